import type { AddressInfo, SetKeepAliveOptions, SocketOptionValue } from "net";

declare module "net" {
    /**
     * What a bound socket is bound to. `path` and `fd` cannot be combined with any
     * other option. Further restrictions are described at the options below.
     */
    interface BoundSocketOptions {
        /**
         * The path of a Unix domain socket, or the name of a Windows pipe. On
         * Linux, one that begins with `'\0'` is in the abstract namespace.
         */
        path?: string | null | undefined;
        /**
         * Whether no other socket can be bound to the address, until the socket and
         * everything that adopted it are closed. Cannot be combined with `reusePort`
         * or `shared: 'reuseport'`.
         */
        exclusive?: boolean | null | undefined;
        /**
         * Whether the address is shared with all bound sockets of this process, in
         * any thread, that specify the same address and `shared`. With `true`, they
         * are one socket with one queue of connections. With `'reuseport'`, each is a
         * socket of its own, and the system distributes connections among them, on
         * platforms that support it. Cannot be combined with `reusePort`.
         */
        shared?: boolean | "reuseport" | null | undefined;
        /**
         * A descriptor to take over, which must be bound and not connected. It
         * belongs to the bound socket afterwards. Cannot be used on Windows.
         */
        fd?: number | null | undefined;
    }
    interface BoundSocket {
        /**
         * Whether the socket was bound to a `path`. It can be read even after the
         * socket was adopted or closed.
         */
        readonly isPipe: boolean;
        /**
         * Returns what the socket is bound to: the path of a pipe, or the address,
         * family, and port of a TCP socket.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted or closed
         * @example
         * ```cjs
         * const net = require('node:net');
         *
         * const bound = new net.BoundHandle({ host: '127.0.0.1' });
         * const address = bound.address();
         * if (typeof address !== 'string') console.log(address.port > 0);
         * bound.close();
         * ```
         */
        address(): AddressInfo | string;
        /**
         * Creates a second bound socket for the same socket of the system, with the
         * same address, options, and queue. Each is adopted and closed on its own,
         * and the address is free when all of them are closed.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted, closed,
         *   or transferred, or a system error such as `EMFILE`
         * @example
         * ```cjs
         * const net = require('node:net');
         *
         * const bound = new net.BoundHandle({ host: '127.0.0.1', exclusive: true });
         * const clone = bound.clone();
         * bound.close();
         * console.log(clone.address().port > 0); // Prints: true
         * clone.close();
         * ```
         */
        clone(): BoundSocket;
        /**
         * Reads an option of the bound socket as an integer.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_RCVBUF`.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number): number;
        /**
         * Reads an option of the bound socket as bytes.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length The maximum number of bytes to read, from 0 to 1048576.
         * @returns the bytes that the system wrote, which can be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the bound socket, before it listens or connects.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_RCVBUF`.
         * @param value A number or a boolean is passed as an `int`, a string is
         *   passed with a NUL byte after it, and a view as its bytes.
         * @throws one of `SocketOptionErrorCode`, or a system error
         * @example
         * ```mjs
         * import net from 'node:net';
         *
         * const { SOL_SOCKET, SO_RCVBUF } = net.constants;
         *
         * const bound = new net.BoundHandle({ host: '127.0.0.1' });
         * bound.setsockopt(SOL_SOCKET, SO_RCVBUF, 64 * 1024);
         * console.log(bound.getsockopt(SOL_SOCKET, SO_RCVBUF) >= 64 * 1024);
         * bound.close();
         * ```
         */
        setsockopt(level: number, optname: number, value: SocketOptionValue): this;
    }

    interface Socket {
        /**
         * Reads an option of the underlying socket as an integer.
         * @param level The protocol level, such as `net.constants.IPPROTO_TCP`.
         * @param optname The option's name, such as `net.constants.TCP_NODELAY`.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number): number;
        /**
         * Reads an option of the underlying socket as bytes, for a struct or a
         * string.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length The maximum number of bytes to read, from 0 to 1048576.
         * @returns the bytes that the system wrote, which can be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the underlying socket. Before the socket connects, the
         * option is kept and set when it does. A socket that has adopted a bound
         * socket has an underlying socket from the start.
         * @param level The protocol level, such as `net.constants.IPPROTO_TCP`.
         * @param optname The option's name, such as `net.constants.TCP_NODELAY`.
         * @param value A number or a boolean is passed as an `int`, a string is
         *   passed with a NUL byte after it, and a view as its bytes.
         * @throws one of `SocketOptionErrorCode`, or a system error
         * @example
         * ```cjs
         * const net = require('node:net');
         *
         * const { IPPROTO_TCP, TCP_USER_TIMEOUT } = net.constants;
         *
         * const handle = new net.BoundHandle({ host: '127.0.0.1' });
         * const socket = new net.Socket({ handle });
         * if (TCP_USER_TIMEOUT !== undefined)
         *   socket.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
         * socket.destroy();
         * ```
         */
        setsockopt(level: number, optname: number, value: SocketOptionValue): this;
        /**
         * Turns keep-alive on or off and sets its times, passed by name.
         * @param options Times are in milliseconds.
         */
        setKeepAlive(options: SetKeepAliveOptions): this;
        /**
         * Turns keep-alive on or off and sets its times. A value that is zero or
         * negative leaves that setting unchanged.
         * @param enable Whether keep-alive is on. Defaults to `false`.
         * @param initialDelay Milliseconds from the last data to the first probe.
         *   More than 32767999 are ignored, or refused along with `interval` or `count`.
         * @param interval Milliseconds from one probe to the next.
         * @param count How many unanswered probes end the connection.
         */
        setKeepAlive(enable?: boolean, initialDelay?: number, interval?: number, count?: number): this;
    }

    interface Server {
        /**
         * Reads an option of the listening socket as an integer.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_ACCEPTCONN`.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number): number;
        /**
         * Reads an option of the listening socket as bytes.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length The maximum number of bytes to read, from 0 to 1048576.
         * @returns the bytes that the system wrote, which can be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the listening socket.
         * @param level The protocol level, such as `net.constants.IPPROTO_TCP`.
         * @param optname The option's name, such as `net.constants.TCP_DEFER_ACCEPT`.
         * @param value A number or a boolean is passed as an `int`, a string is
         *   passed with a NUL byte after it, and a view as its bytes.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        setsockopt(level: number, optname: number, value: SocketOptionValue): this;
        /**
         * Adopts a bound socket and listens on it.
         * @param handle Its socket belongs to the server from then on.
         * @param backlog How many connections may wait to be accepted.
         * @param listeningListener Called when the server is listening.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted or closed before
         * @example
         * ```mjs
         * import net from 'node:net';
         *
         * const bound = new net.BoundHandle({ host: '127.0.0.1' });
         * const server = net.createServer();
         * server.listen(bound, () => server.close());
         * ```
         */
        listen(handle: BoundSocket, backlog?: number, listeningListener?: () => void): this;
        /**
         * Adopts a bound socket and listens on it.
         * @param handle Its socket belongs to the server from then on.
         * @param listeningListener Called when the server is listening.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted or closed before
         */
        listen(handle: BoundSocket, listeningListener?: () => void): this;
    }

    interface ListenOptions {
        /** A bound socket to adopt and listen on. If it is specified, `host`, `port`, and `path` have no effect. */
        handle?: BoundSocket | undefined;
    }

    interface SocketConstructorOpts {
        /** A bound socket to adopt. The connection is made from its address. */
        handle?: BoundSocket | undefined;
    }

    interface TcpSocketConnectOpts {
        /** A bound socket to connect from, or a function that returns one for each connection. */
        handle?: BoundSocket | (() => BoundSocket) | null | undefined;
    }

    interface IpcSocketConnectOpts {
        /** A bound socket to connect from, or a function that returns one for each connection. */
        handle?: BoundSocket | (() => BoundSocket) | null | undefined;
    }

    interface TcpNetConnectOpts {
        /** A bound socket to connect from. */
        handle?: BoundSocket | undefined;
    }

    interface IpcNetConnectOpts {
        /** A bound socket to connect from. */
        handle?: BoundSocket | undefined;
    }

    /** Connects a new socket, from a bound socket that a function may return. */
    function connect(options: TcpSocketConnectOpts | IpcSocketConnectOpts, connectionListener?: () => void): Socket;
    /** Connects a new socket, from a bound socket that a function may return. */
    function createConnection(options: TcpSocketConnectOpts | IpcSocketConnectOpts, connectionListener?: () => void): Socket;
}
