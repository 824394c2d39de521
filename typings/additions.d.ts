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
     * A name that some platform lacks is optional, and is `undefined` on that
     * platform. The levels, the names that POSIX requires and Windows has, and
     * those that libuv depends on are required.
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
        /** Whether a port that a closed connection still occupies can be bound again. */
        readonly SO_REUSEADDR: number;
        /** Whether several sockets can be bound to one address and port. */
        readonly SO_REUSEPORT?: number;
        /** Whether idle connections are probed. */
        readonly SO_KEEPALIVE: number;
        /** Whether datagrams may be sent to broadcast addresses. */
        readonly SO_BROADCAST: number;
        /** What closing the socket does with unsent data; a struct. */
        readonly SO_LINGER: number;
        /** The size of the receive buffer. */
        readonly SO_RCVBUF: number;
        /** The size of the send buffer. */
        readonly SO_SNDBUF: number;
        /** Like `SO_RCVBUF`, but not limited by the system; requires a privilege. */
        readonly SO_RCVBUFFORCE?: number;
        /** Like `SO_SNDBUF`, but not limited by the system; requires a privilege. */
        readonly SO_SNDBUFFORCE?: number;
        /** How many bytes must have arrived before the socket counts as readable. */
        readonly SO_RCVLOWAT: number;
        /** How much free space makes the socket count as writable; read-only on Linux. */
        readonly SO_SNDLOWAT: number;
        /** How long a read may wait; a struct, or milliseconds on Windows. */
        readonly SO_RCVTIMEO: number;
        /** How long a write may wait; a struct, or milliseconds on Windows. */
        readonly SO_SNDTIMEO: number;
        /** The pending error, which is cleared when it is read. */
        readonly SO_ERROR: number;
        /** The type of the socket; read-only. */
        readonly SO_TYPE: number;
        /** The address family of the socket; read-only. */
        readonly SO_DOMAIN?: number;
        /** The protocol of the socket; read-only. */
        readonly SO_PROTOCOL?: number;
        /** Whether the socket is listening; read-only. */
        readonly SO_ACCEPTCONN: number;
        /** The name of the network interface that the socket is bound to; a string. */
        readonly SO_BINDTODEVICE?: number;
        /** The index of the network interface that the socket is bound to. */
        readonly SO_BINDTOIFINDEX?: number;
        /** The mark of packets that are sent, for routing and filters. */
        readonly SO_MARK?: number;
        /** The queueing priority of packets that are sent. */
        readonly SO_PRIORITY?: number;
        /** The maximum number of bytes to send per second. */
        readonly SO_MAX_PACING_RATE?: number;
        /** The processor that handled the last packet. */
        readonly SO_INCOMING_CPU?: number;
        /** The receive queue that the last packet came from; read-only. */
        readonly SO_INCOMING_NAPI_ID?: number;
        /** How many microseconds the device is polled before waiting. */
        readonly SO_BUSY_POLL?: number;
        /** How many packets are taken at once when the device is polled. */
        readonly SO_BUSY_POLL_BUDGET?: number;
        /** Whether polling the device is preferred to interrupts. */
        readonly SO_PREFER_BUSY_POLL?: number;
        /** Whether data can be sent without being copied. */
        readonly SO_ZEROCOPY?: number;
        /** The process, user, and group of the peer of a Unix domain socket; a struct, read-only. */
        readonly SO_PEERCRED?: number;
        /** The groups of the peer of a Unix domain socket; read-only. */
        readonly SO_PEERGROUPS?: number;
        /** The security context of the peer; a string, read-only. */
        readonly SO_PEERSEC?: number;
        /** Whether messages are received with the credentials of their sender. */
        readonly SO_PASSCRED?: number;
        /** Whether datagrams are received with the time of their arrival. */
        readonly SO_TIMESTAMP?: number;
        /** Like `SO_TIMESTAMP`, in nanoseconds. */
        readonly SO_TIMESTAMPNS?: number;
        /** Whether datagrams are received with the number of those that were dropped. */
        readonly SO_RXQ_OVFL?: number;
        /** A number of eight bytes that identifies the socket; read-only. */
        readonly SO_COOKIE?: number;
        /** The memory that the socket uses; read-only. */
        readonly SO_MEMINFO?: number;
        /** Whether urgent data stays in the stream. */
        readonly SO_OOBINLINE: number;
        /** Whether packets bypass the routing table and only reach direct neighbors. */
        readonly SO_DONTROUTE: number;
        /** Whether writing to a closed connection does not raise a signal. */
        readonly SO_NOSIGPIPE?: number;
        /** Like `SO_LINGER`, in seconds; a struct. */
        readonly SO_LINGER_SEC?: number;
        /** Like `SO_REUSEPORT`, with connections distributed among the sockets. */
        readonly SO_REUSEPORT_LB?: number;
        /** Whether other sockets are kept from the port, whatever options they set. */
        readonly SO_EXCLUSIVEADDRUSE?: number;
        /** A number that filters can match. */
        readonly SO_USER_COOKIE?: number;
        /** Whether small segments are sent immediately. */
        readonly TCP_NODELAY: number;
        /** Whether partial segments are held back until this is turned off. */
        readonly TCP_CORK?: number;
        /** Whether partial segments are held back until this is turned off. */
        readonly TCP_NOPUSH?: number;
        /** Whether segments are acknowledged immediately. */
        readonly TCP_QUICKACK?: number;
        /** Seconds without data before the first keep-alive probe. */
        readonly TCP_KEEPIDLE?: number;
        /** Seconds without data before the first keep-alive probe. */
        readonly TCP_KEEPALIVE?: number;
        /** Seconds from one keep-alive probe to the next. */
        readonly TCP_KEEPINTVL?: number;
        /** How many unanswered keep-alive probes end the connection. */
        readonly TCP_KEEPCNT?: number;
        /** Milliseconds after which unacknowledged data ends the connection. */
        readonly TCP_USER_TIMEOUT?: number;
        /** Seconds of retransmission after which the connection ends. */
        readonly TCP_RXT_CONNDROPTIME?: number;
        /** Seconds after which an attempt to connect is given up. */
        readonly TCP_CONNECTIONTIMEOUT?: number;
        /** Information about the connection; a struct, read-only. */
        readonly TCP_CONNECTION_INFO?: number;
        /** The maximum segment size. */
        readonly TCP_MAXSEG?: number;
        /** Seconds of retransmission after which the connection ends. */
        readonly TCP_MAXRT?: number;
        /** How many times connecting is attempted. */
        readonly TCP_SYNCNT?: number;
        /** Seconds that the connection stays in the state FIN-WAIT-2. */
        readonly TCP_LINGER2?: number;
        /** Seconds to wait for data before a connection is accepted. */
        readonly TCP_DEFER_ACCEPT?: number;
        /** The largest window that is advertised. */
        readonly TCP_WINDOW_CLAMP?: number;
        /** The congestion control algorithm; a string. */
        readonly TCP_CONGESTION?: number;
        /** How many fast-open requests may be pending. */
        readonly TCP_FASTOPEN?: number;
        /** Whether the first data is sent along with the connection request. */
        readonly TCP_FASTOPEN_CONNECT?: number;
        /** The keys that fast-open cookies are created with. */
        readonly TCP_FASTOPEN_KEY?: number;
        /** Whether fast open works without cookies. */
        readonly TCP_FASTOPEN_NO_COOKIE?: number;
        /** Information about the connection; a struct, read-only. */
        readonly TCP_INFO?: number;
        /** Information about the congestion control; a struct, read-only. */
        readonly TCP_CC_INFO?: number;
        /** Whether a listener keeps the header that opened a connection. */
        readonly TCP_SAVE_SYN?: number;
        /** The header that opened the connection; read-only, and can be read once. */
        readonly TCP_SAVED_SYN?: number;
        /** How much unsent data the socket may hold and still be writable. */
        readonly TCP_NOTSENT_LOWAT?: number;
        /** Microseconds by which packets are delayed. */
        readonly TCP_TX_DELAY?: number;
        /** The protocol on top of TCP that the kernel handles; a string. */
        readonly TCP_ULP?: number;
        /** The key that signs segments; a struct. */
        readonly TCP_MD5SIG?: number;
        /** The type of service of packets that are sent. */
        readonly IP_TOS?: number;
        /** The time to live of packets that are sent. */
        readonly IP_TTL: number;
        /** The minimum time to live of packets that are received. */
        readonly IP_MINTTL?: number;
        /** The interface that multicast packets are sent from. */
        readonly IP_MULTICAST_IF: number;
        /** The time to live of multicast packets. */
        readonly IP_MULTICAST_TTL: number;
        /** Whether multicast packets are looped back to this machine. */
        readonly IP_MULTICAST_LOOP: number;
        /** Joins a multicast group; a struct. */
        readonly IP_ADD_MEMBERSHIP: number;
        /** Leaves a multicast group; a struct. */
        readonly IP_DROP_MEMBERSHIP: number;
        /** Joins a multicast group for one sender; a struct. */
        readonly IP_ADD_SOURCE_MEMBERSHIP?: number;
        /** Leaves a multicast group for one sender; a struct. */
        readonly IP_DROP_SOURCE_MEMBERSHIP?: number;
        /** Whether the socket can be bound to an address that no interface has. */
        readonly IP_FREEBIND?: number;
        /** Whether the socket can be bound to a foreign address, for proxies; requires a privilege. */
        readonly IP_TRANSPARENT?: number;
        /** Whether the port is not chosen before the socket connects. */
        readonly IP_BIND_ADDRESS_NO_PORT?: number;
        /** The lowest and highest port that the system chooses. */
        readonly IP_LOCAL_PORT_RANGE?: number;
        /** The known path MTU of a connected socket; read-only. */
        readonly IP_MTU?: number;
        /** How the path MTU is discovered. */
        readonly IP_MTU_DISCOVER?: number;
        /** Whether datagrams are received with their destination. */
        readonly IP_PKTINFO?: number;
        /** Whether datagrams are received with their type of service. */
        readonly IP_RECVTOS?: number;
        /** Whether datagrams are received with their time to live. */
        readonly IP_RECVTTL?: number;
        /** Whether errors are queued on the socket. */
        readonly IP_RECVERR?: number;
        /** Whether messages to groups that only other sockets joined are received as well. */
        readonly IP_MULTICAST_ALL?: number;
        /** The interface that the socket is bound to. */
        readonly IP_BOUND_IF?: number;
        /** The interface that packets are sent from. */
        readonly IP_UNICAST_IF?: number;
        /** Whether the socket can be bound to a foreign address; requires a privilege. */
        readonly IP_BINDANY?: number;
        /** Whether packets must not be fragmented. */
        readonly IP_DONTFRAG?: number;
        /** Whether packets must not be fragmented. */
        readonly IP_DONTFRAGMENT?: number;
        /** Whether the socket is restricted to IPv6. */
        readonly IPV6_V6ONLY: number;
        /** The hop limit of packets that are sent. */
        readonly IPV6_UNICAST_HOPS: number;
        /** The minimum hop limit of packets that are received. */
        readonly IPV6_MINHOPCOUNT?: number;
        /** The interface that multicast packets are sent from. */
        readonly IPV6_MULTICAST_IF: number;
        /** The hop limit of multicast packets. */
        readonly IPV6_MULTICAST_HOPS: number;
        /** Whether multicast packets are looped back to this machine. */
        readonly IPV6_MULTICAST_LOOP: number;
        /** Whether messages to groups that only other sockets joined are received as well. */
        readonly IPV6_MULTICAST_ALL?: number;
        /** Joins a multicast group; a struct. */
        readonly IPV6_JOIN_GROUP: number;
        /** Leaves a multicast group; a struct. */
        readonly IPV6_LEAVE_GROUP: number;
        /** The traffic class of packets that are sent. */
        readonly IPV6_TCLASS?: number;
        /** Whether packets get a flow label that the system generates. */
        readonly IPV6_AUTOFLOWLABEL?: number;
        /** The MTU of the socket. */
        readonly IPV6_MTU?: number;
        /** How the path MTU is discovered. */
        readonly IPV6_MTU_DISCOVER?: number;
        /** Whether datagrams are received with their destination. */
        readonly IPV6_RECVPKTINFO?: number;
        /** Whether datagrams are received with their hop limit. */
        readonly IPV6_RECVHOPLIMIT?: number;
        /** Whether datagrams are received with their traffic class. */
        readonly IPV6_RECVTCLASS?: number;
        /** Whether errors are queued on the socket. */
        readonly IPV6_RECVERR?: number;
        /** Whether the socket can be bound to an address that no interface has. */
        readonly IPV6_FREEBIND?: number;
        /** Whether the socket can be bound to a foreign address, for proxies; requires a privilege. */
        readonly IPV6_TRANSPARENT?: number;
        /** Whether packets must not be fragmented. */
        readonly IPV6_DONTFRAG?: number;
        /** The interface that the socket is bound to. */
        readonly IPV6_BOUND_IF?: number;
        /** The interface that packets are sent from. */
        readonly IPV6_UNICAST_IF?: number;
        /** The size of the datagrams that a larger one is split into. */
        readonly UDP_SEGMENT?: number;
        /** Whether several datagrams can be received as one. */
        readonly UDP_GRO?: number;
        /** Whether data is held back until this is turned off, and then sent as one datagram. */
        readonly UDP_CORK?: number;
    }

    /** What `setsockopt()` takes as the value of an option. */
    type SocketOptionValue = number | boolean | string | NodeJS.ArrayBufferView;

    /**
     * An element of a list of socket options: a level, a name, and a value.
     *
     * A list that is declared on its own needs this type. Otherwise, its elements
     * are inferred to be arrays of any length.
     * @example
     * ```ts
     * import type {} from '@bindery/types';
     * import net, { type SocketOption } from 'node:net';
     *
     * const { SOL_SOCKET, SO_RCVBUF } = net.constants;
     *
     * const socketOptions: SocketOption[] = [[SOL_SOCKET, SO_RCVBUF, 65_536]];
     * new net.BoundHandle({ host: '127.0.0.1', socketOptions }).close();
     * ```
     */
    type SocketOption = readonly [level: number, optname: number, value: SocketOptionValue];

    /** The error that is reported when an option in a list cannot be set. */
    interface SocketOptionError extends NodeJS.ErrnoException {
        /** The position in the list, or `undefined` if it was passed to `setsockopt()` before there was a socket. */
        index: number | undefined;
        level: number;
        optname: number;
    }

    /** Levels and names of socket options, for `setsockopt()` and `getsockopt()`. It is frozen. */
    const constants: SocketConstants;

    export {
        /** A second name for the class `BoundSocket`, under which it was proposed. */
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

    /** What a bound socket is bound to. `path` cannot be combined with any other option. */
    interface BoundSocketOptions {
        /** The IP address. Defaults to `'0.0.0.0'`, or to `'::'` with `ipv6Only`. Host names are not looked up. */
        host?: string | undefined;
        /** The port. If it is 0 or omitted, the system chooses one. */
        port?: number | undefined;
        /** Whether an IPv6 socket does not accept IPv4 connections. */
        ipv6Only?: boolean | undefined;
        /** Whether other sockets can listen on the same address and port, on platforms that support it. */
        reusePort?: boolean | undefined;
    }

    /**
     * A socket that is bound when its constructor returns, and gets its role from
     * what adopts it: `server.listen()`, `new net.Socket()`, `net.connect()`,
     * `tls.connect()`, or `http.request()`. If nothing adopts it, it has to be
     * closed.
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
         * Returns the file descriptor, which still belongs to the bound socket, or
         * -1 on platforms where sockets have none.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted or closed
         */
        fd(): number;
        /**
         * Closes the socket. A pipe's path is deleted, unless it was handed on and
         * another process or thread may still serve it.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted or closed
         */
        close(): void;
        /** Closes the socket, unless it was adopted or closed before. */
        [Symbol.dispose](): void;
    }

    /** Whether and how an idle connection is probed. Times are in milliseconds. */
    interface SetKeepAliveOptions {
        /** Whether keep-alive is on. Defaults to `false`. */
        enable?: boolean | undefined;
        /** The time from the last packet with data to the first probe. */
        initialDelay?: number | undefined;
        /** The time from one probe to the next. */
        interval?: number | undefined;
        /** How many unanswered probes end the connection. */
        count?: number | undefined;
    }
}

declare module "bindery:dgram" {
    /** What a datagram socket is bound to. */
    interface BindSyncOptions {
        /** The port. If it is 0 or omitted, the system chooses one. */
        port?: number | undefined;
        /** The IP address. If it is omitted, the socket is bound to all interfaces. */
        address?: string | undefined;
    }
    /** What the system can say of a message. */
    type ReceiveInfoName =
        | "localAddress"
        | "interfaceIndex"
        | "ttl"
        | "tos"
        | "timestamp"
        | "segmentSize"
        | "dropped"
        | "truncated"
        | "errors";
    /** An error that the network reports of a message that was sent. */
    interface MessageError extends NodeJS.ErrnoException {
        /** The address that the message was sent to. */
        address?: string | undefined;
        /** The port that the message was sent to, if the system knows it. */
        port?: number | undefined;
        /** Who has reported the error, unless that is this system. */
        offender?: string | undefined;
        /** With `EMSGSIZE`, the size that the path can take. */
        mtu?: number | undefined;
    }
    /** The options of a message of its own. */
    interface MessageOptions {
        /** The port of the peer. Not for a connected socket. */
        port?: number | undefined;
        /** The peer, by default this system. Not for a connected socket. */
        address?: string | undefined;
        /** The IP address to send from. */
        localAddress?: string | undefined;
        /** The index of the interface to send from. */
        interfaceIndex?: number | undefined;
        /** The type of service, or traffic class, from 0 to 255. */
        tos?: number | undefined;
        /** The time to live, or hop limit, from 1 to 255. */
        ttl?: number | undefined;
        /** Sends the message as datagrams of so many bytes. */
        segmentSize?: number | undefined;
        /** Whether the datagram must not be fragmented. */
        dontFragment?: boolean | undefined;
    }
    /** Events, with what their listeners get. */
    interface SocketEventMap {
        messageError: [error: MessageError];
    }
    /** What can be sent as one message. */
    type MessageData = string | NodeJS.ArrayBufferView | readonly (string | NodeJS.ArrayBufferView)[];
    /** A message of a batch. */
    interface BatchMessage extends MessageOptions {
        msg: MessageData;
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
