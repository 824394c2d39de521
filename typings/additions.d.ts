// What the modules of @types/node do not have, for them to export.
//
// Newer versions of @types/node declare `BoundSocket`, older ones do not, and
// which of "net" and "node:net" has the declarations changed as well. A module's
// own declaration hides what it exports by `export *`. So "bindery:bound-socket"
// counts only where there is no `BoundSocket`, and no name is declared twice.
// Of two `export *` the first one counts, so the files of @types/node have to come
// before this one. The modules "bindery:..." are for the files beside this one:
// Node.js does not have them.
/// <reference types="node" />

declare module "bindery:net" {
    import { BoundSocket } from "net";

    /**
     * Levels and names of socket options, with the numbers of this platform.
     *
     * A name is optional if there is a platform that lacks it, and then
     * `undefined` there. Required are the levels, what POSIX asks for and Windows
     * has, and what libuv cannot do without.
     * @example
     * ```cjs
     * const net = require('node:net');
     *
     * const { TCP_QUICKACK } = net.constants;
     * console.log(TCP_QUICKACK === undefined ? 'not here' : TCP_QUICKACK);
     * ```
     */
    interface SocketConstants {
        /** The level of options that every kind of socket has. */
        readonly SOL_SOCKET: number;
        /** The level of IPv4. */
        readonly IPPROTO_IP: number;
        /** The level of IPv6. */
        readonly IPPROTO_IPV6: number;
        /** The level of TCP. */
        readonly IPPROTO_TCP: number;
        /** The level of UDP. */
        readonly IPPROTO_UDP: number;
        /** Lets a port be bound again that a closed connection still occupies. */
        readonly SO_REUSEADDR: number;
        /** Lets several sockets be bound to one address and port. */
        readonly SO_REUSEPORT?: number;
        /** Whether idle connections are probed. */
        readonly SO_KEEPALIVE: number;
        /** Whether datagrams may be sent to broadcast addresses. */
        readonly SO_BROADCAST: number;
        /** What closing does with unsent data; a struct. */
        readonly SO_LINGER: number;
        /** The size of the receive buffer. */
        readonly SO_RCVBUF: number;
        /** The size of the send buffer. */
        readonly SO_SNDBUF: number;
        /** As `SO_RCVBUF`, beyond the limit of the system; needs a privilege. */
        readonly SO_RCVBUFFORCE?: number;
        /** As `SO_SNDBUF`, beyond the limit of the system; needs a privilege. */
        readonly SO_SNDBUFFORCE?: number;
        /** How many bytes must have arrived before the socket counts as readable. */
        readonly SO_RCVLOWAT: number;
        /** How much room makes the socket writable; read-only on Linux. */
        readonly SO_SNDLOWAT?: number;
        /** For how long a read may wait; a struct, or milliseconds on Windows. */
        readonly SO_RCVTIMEO: number;
        /** For how long a write may wait; a struct, or milliseconds on Windows. */
        readonly SO_SNDTIMEO: number;
        /** The pending error, which reading clears. */
        readonly SO_ERROR: number;
        /** The type of the socket; read-only. */
        readonly SO_TYPE: number;
        /** The address family of the socket; read-only. */
        readonly SO_DOMAIN?: number;
        /** The protocol of the socket; read-only. */
        readonly SO_PROTOCOL?: number;
        /** Whether the socket listens; read-only. */
        readonly SO_ACCEPTCONN: number;
        /** The network interface that the socket is tied to; a string. */
        readonly SO_BINDTODEVICE?: number;
        /** The network interface that the socket is tied to; its index. */
        readonly SO_BINDTOIFINDEX?: number;
        /** The mark of packets that are sent, for routing and filters. */
        readonly SO_MARK?: number;
        /** The queueing priority of packets that are sent. */
        readonly SO_PRIORITY?: number;
        /** How many bytes a second are sent at most. */
        readonly SO_MAX_PACING_RATE?: number;
        /** The processor that handled the last packet. */
        readonly SO_INCOMING_CPU?: number;
        /** The receive queue that the last packet came from; read-only. */
        readonly SO_INCOMING_NAPI_ID?: number;
        /** How many microseconds to poll the device before waiting. */
        readonly SO_BUSY_POLL?: number;
        /** How many packets polling the device takes at once. */
        readonly SO_BUSY_POLL_BUDGET?: number;
        /** Whether polling the device comes before its interrupts. */
        readonly SO_PREFER_BUSY_POLL?: number;
        /** Whether sending may go without copies. */
        readonly SO_ZEROCOPY?: number;
        /** Process, user and group of the peer of a Unix domain socket; a struct, read-only. */
        readonly SO_PEERCRED?: number;
        /** The groups of the peer of a Unix domain socket; read-only. */
        readonly SO_PEERGROUPS?: number;
        /** The security context of the peer; a string, read-only. */
        readonly SO_PEERSEC?: number;
        /** Whether messages come with the credentials of their sender. */
        readonly SO_PASSCRED?: number;
        /** Whether datagrams come with the time of their arrival. */
        readonly SO_TIMESTAMP?: number;
        /** As `SO_TIMESTAMP`, in nanoseconds. */
        readonly SO_TIMESTAMPNS?: number;
        /** Whether datagrams come with the number of those that were dropped. */
        readonly SO_RXQ_OVFL?: number;
        /** A number of eight bytes that identifies the socket; read-only. */
        readonly SO_COOKIE?: number;
        /** The memory that the socket takes; read-only. */
        readonly SO_MEMINFO?: number;
        /** Whether urgent data stays in the stream. */
        readonly SO_OOBINLINE: number;
        /** Whether packets go to neighbours alone, past the routing table. */
        readonly SO_DONTROUTE?: number;
        /** Whether writing to a closed connection raises no signal. */
        readonly SO_NOSIGPIPE?: number;
        /** As `SO_LINGER`, in seconds; a struct. */
        readonly SO_LINGER_SEC?: number;
        /** As `SO_REUSEPORT`, with connections spread over the sockets. */
        readonly SO_REUSEPORT_LB?: number;
        /** Keeps other sockets from the port, whatever they set. */
        readonly SO_EXCLUSIVEADDRUSE?: number;
        /** A number that filters can match. */
        readonly SO_USER_COOKIE?: number;
        /** Whether small segments are sent at once. */
        readonly TCP_NODELAY: number;
        /** Holds back partial segments until it is turned off. */
        readonly TCP_CORK?: number;
        /** Holds back partial segments until it is turned off. */
        readonly TCP_NOPUSH?: number;
        /** Whether segments are acknowledged at once. */
        readonly TCP_QUICKACK?: number;
        /** Seconds without data before the first keep-alive probe. */
        readonly TCP_KEEPIDLE?: number;
        /** Seconds without data before the first keep-alive probe. */
        readonly TCP_KEEPALIVE?: number;
        /** Seconds from one keep-alive probe to the next. */
        readonly TCP_KEEPINTVL?: number;
        /** Keep-alive probes without an answer that end the connection. */
        readonly TCP_KEEPCNT?: number;
        /** Milliseconds after which unacknowledged data ends the connection. */
        readonly TCP_USER_TIMEOUT?: number;
        /** Seconds of retransmission after which the connection ends. */
        readonly TCP_RXT_CONNDROPTIME?: number;
        /** Seconds after which connecting is given up. */
        readonly TCP_CONNECTIONTIMEOUT?: number;
        /** Figures about the connection; a struct, read-only. */
        readonly TCP_CONNECTION_INFO?: number;
        /** The largest segment. */
        readonly TCP_MAXSEG?: number;
        /** Seconds of retransmission after which the connection ends. */
        readonly TCP_MAXRT?: number;
        /** How often a connection is tried. */
        readonly TCP_SYNCNT?: number;
        /** Seconds in the state FIN-WAIT-2. */
        readonly TCP_LINGER2?: number;
        /** Seconds to wait for data before a connection is accepted. */
        readonly TCP_DEFER_ACCEPT?: number;
        /** The largest window that is announced. */
        readonly TCP_WINDOW_CLAMP?: number;
        /** The congestion control algorithm; a string. */
        readonly TCP_CONGESTION?: number;
        /** How many fast-open requests may wait. */
        readonly TCP_FASTOPEN?: number;
        /** Whether connecting sends the first data along. */
        readonly TCP_FASTOPEN_CONNECT?: number;
        /** The keys that fast-open cookies are made with. */
        readonly TCP_FASTOPEN_KEY?: number;
        /** Whether fast open does without cookies. */
        readonly TCP_FASTOPEN_NO_COOKIE?: number;
        /** Figures about the connection; a struct, read-only. */
        readonly TCP_INFO?: number;
        /** Figures of the congestion control; a struct, read-only. */
        readonly TCP_CC_INFO?: number;
        /** Whether a listener keeps the header that opened a connection. */
        readonly TCP_SAVE_SYN?: number;
        /** The header that opened the connection; read-only, and once. */
        readonly TCP_SAVED_SYN?: number;
        /** How much unsent data the socket may hold and still be writable. */
        readonly TCP_NOTSENT_LOWAT?: number;
        /** Microseconds by which packets are held back. */
        readonly TCP_TX_DELAY?: number;
        /** The protocol above TCP that the kernel handles; a string. */
        readonly TCP_ULP?: number;
        /** The key that signs segments; a struct. */
        readonly TCP_MD5SIG?: number;
        /** Type of service of packets that are sent. */
        readonly IP_TOS?: number;
        /** Time to live of packets that are sent. */
        readonly IP_TTL: number;
        /** The least time to live that packets may arrive with. */
        readonly IP_MINTTL?: number;
        /** The interface that multicast goes out of. */
        readonly IP_MULTICAST_IF: number;
        /** Time to live of multicast. */
        readonly IP_MULTICAST_TTL: number;
        /** Whether multicast comes back to this machine. */
        readonly IP_MULTICAST_LOOP: number;
        /** Joins a multicast group; a struct. */
        readonly IP_ADD_MEMBERSHIP: number;
        /** Leaves a multicast group; a struct. */
        readonly IP_DROP_MEMBERSHIP: number;
        /** Joins a multicast group for one sender; a struct. */
        readonly IP_ADD_SOURCE_MEMBERSHIP?: number;
        /** Leaves a multicast group for one sender; a struct. */
        readonly IP_DROP_SOURCE_MEMBERSHIP?: number;
        /** Whether addresses can be bound that no interface has. */
        readonly IP_FREEBIND?: number;
        /** Whether foreign addresses can be bound, for proxies; needs a privilege. */
        readonly IP_TRANSPARENT?: number;
        /** Whether choosing a port waits until the socket connects. */
        readonly IP_BIND_ADDRESS_NO_PORT?: number;
        /** The lowest and highest port that the system chooses. */
        readonly IP_LOCAL_PORT_RANGE?: number;
        /** The known path MTU of a connected socket; read-only. */
        readonly IP_MTU?: number;
        /** How the path MTU is found. */
        readonly IP_MTU_DISCOVER?: number;
        /** Whether datagrams come with their destination. */
        readonly IP_PKTINFO?: number;
        /** Whether datagrams come with their type of service. */
        readonly IP_RECVTOS?: number;
        /** Whether datagrams come with their time to live. */
        readonly IP_RECVTTL?: number;
        /** Whether errors are queued on the socket. */
        readonly IP_RECVERR?: number;
        /** Whether groups that other sockets joined are received too. */
        readonly IP_MULTICAST_ALL?: number;
        /** The interface that the socket is tied to. */
        readonly IP_BOUND_IF?: number;
        /** The interface that packets go out of. */
        readonly IP_UNICAST_IF?: number;
        /** Whether foreign addresses can be bound; needs a privilege. */
        readonly IP_BINDANY?: number;
        /** Whether packets must not be fragmented. */
        readonly IP_DONTFRAG?: number;
        /** Whether packets must not be fragmented. */
        readonly IP_DONTFRAGMENT?: number;
        /** Whether IPv4 is left out. */
        readonly IPV6_V6ONLY: number;
        /** Hop limit of packets that are sent. */
        readonly IPV6_UNICAST_HOPS: number;
        /** The least hop limit that packets may arrive with. */
        readonly IPV6_MINHOPCOUNT?: number;
        /** The interface that multicast goes out of. */
        readonly IPV6_MULTICAST_IF: number;
        /** Hop limit of multicast. */
        readonly IPV6_MULTICAST_HOPS: number;
        /** Whether multicast comes back to this machine. */
        readonly IPV6_MULTICAST_LOOP: number;
        /** Whether groups that other sockets joined are received too. */
        readonly IPV6_MULTICAST_ALL?: number;
        /** Joins a multicast group; a struct. */
        readonly IPV6_JOIN_GROUP: number;
        /** Leaves a multicast group; a struct. */
        readonly IPV6_LEAVE_GROUP: number;
        /** Traffic class of packets that are sent. */
        readonly IPV6_TCLASS?: number;
        /** Whether packets get a flow label that the system makes. */
        readonly IPV6_AUTOFLOWLABEL?: number;
        /** The MTU of the socket. */
        readonly IPV6_MTU?: number;
        /** How the path MTU is found. */
        readonly IPV6_MTU_DISCOVER?: number;
        /** Whether datagrams come with their destination. */
        readonly IPV6_RECVPKTINFO?: number;
        /** Whether datagrams come with their hop limit. */
        readonly IPV6_RECVHOPLIMIT?: number;
        /** Whether datagrams come with their traffic class. */
        readonly IPV6_RECVTCLASS?: number;
        /** Whether errors are queued on the socket. */
        readonly IPV6_RECVERR?: number;
        /** Whether addresses can be bound that no interface has. */
        readonly IPV6_FREEBIND?: number;
        /** Whether foreign addresses can be bound, for proxies; needs a privilege. */
        readonly IPV6_TRANSPARENT?: number;
        /** Whether packets must not be fragmented. */
        readonly IPV6_DONTFRAG?: number;
        /** The interface that the socket is tied to. */
        readonly IPV6_BOUND_IF?: number;
        /** The interface that packets go out of. */
        readonly IPV6_UNICAST_IF?: number;
        /** The size of the datagrams that a larger one is cut into. */
        readonly UDP_SEGMENT?: number;
        /** Whether datagrams may arrive joined. */
        readonly UDP_GRO?: number;
        /** Holds back data until it is turned off, to send it as one datagram. */
        readonly UDP_CORK?: number;
    }

    /** What `setsockopt()` takes as the value of an option. */
    type SocketOptionValue = number | boolean | string | NodeJS.ArrayBufferView;

    /** What a list of socket options has: a level, a name and a value. */
    type SocketOption = readonly [level: number, optname: number, value: SocketOptionValue];

    /** The error of an option in a list, which ended what the list was for. */
    interface SocketOptionError extends NodeJS.ErrnoException {
        /** Its place in the list, or `undefined` if `setsockopt()` was called with it before there was a socket. */
        index: number | undefined;
        level: number;
        optname: number;
    }

    /** Levels and names of socket options, for `setsockopt()` and `getsockopt()`. It is frozen. */
    const constants: SocketConstants;

    export {
        /** A second name of the class `BoundSocket`, under which it was proposed. */
        BoundSocket as BoundHandle,
        constants,
        SocketConstants,
        SocketOption,
        SocketOptionError,
        SocketOptionValue,
    };
}

declare module "bindery:bound-socket" {
    import { AddressInfo } from "net";

    /** What a bound socket is bound to. A `path` goes without any of the others. */
    interface BoundSocketOptions {
        /** The IP address. `'0.0.0.0'`, or `'::'` with `ipv6Only`, if it is left out. Names are not looked up. */
        host?: string | undefined;
        /** The port. The system chooses one if it is 0 or left out. */
        port?: number | undefined;
        /** Whether an IPv6 socket leaves IPv4 out. */
        ipv6Only?: boolean | undefined;
        /** Whether other sockets can listen on the same address and port, where the platform can do that. */
        reusePort?: boolean | undefined;
    }

    /**
     * A socket that is bound when its constructor returns, and gets its role from
     * what adopts it: `server.listen()`, `new net.Socket()`, `net.connect()` or
     * `http.request()`. Until then it has to be closed if it is not used.
     * @example
     * ```mjs
     * import net from 'node:net';
     *
     * const bound = new net.BoundSocket({ host: '127.0.0.1' });
     * const server = net.createServer();
     * server.on('error', (err) => console.error(err.message));
     * server.listen(bound, () => server.close());
     * ```
     */
    class BoundSocket {
        /**
         * Creates the socket and binds it.
         * @throws one of `BoundSocketErrorCode`, or a system error such as
         *   `EADDRINUSE`
         */
        constructor(options?: BoundSocketOptions);
        /**
         * The file descriptor, which stays the bound socket's own, or -1 where
         * sockets have none.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted or closed
         */
        fd(): number;
        /**
         * Closes the socket, and deletes the path of a pipe.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted or closed
         */
        close(): void;
        /** Closes the socket if it was not adopted or closed. */
        [Symbol.dispose](): void;
    }

    /** Whether and how an idle connection is probed. Times are in milliseconds. */
    interface SetKeepAliveOptions {
        /** `false` if it is left out. */
        enable?: boolean | undefined;
        /** The time from the last data to the first probe. */
        initialDelay?: number | undefined;
        /** The time from one probe to the next. */
        interval?: number | undefined;
        /** How many probes without an answer end the connection. */
        count?: number | undefined;
    }
}

declare module "bindery:dgram" {
    /** What a datagram socket is bound to. */
    interface BindSyncOptions {
        /** The port. The system chooses one if it is 0 or left out. */
        port?: number | undefined;
        /** The IP address. That of all interfaces if it is left out. */
        address?: string | undefined;
    }
}

declare module "net" {
    export * from "bindery:net";
    // @ts-ignore: where "node:net" has a BoundSocket, that one is meant.
    export * from "bindery:bound-socket";
}

declare module "node:net" {
    export * from "bindery:net";
    // @ts-ignore: where "net" has a BoundSocket, that one is meant.
    export * from "bindery:bound-socket";
}

declare module "dgram" {
    // @ts-ignore: where "node:dgram" has it, that one is meant.
    export * from "bindery:dgram";
}

declare module "node:dgram" {
    // @ts-ignore: where "dgram" has it, that one is meant.
    export * from "bindery:dgram";
}
