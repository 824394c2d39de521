import type { AddressInfo, SetKeepAliveOptions, SocketOptionValue } from "net";

declare module "net" {
    /**
     * What a bound socket is bound to. `path` and `fd` go without any of the
     * others; what else does not go together is said where it is declared.
     */
    interface BoundSocketOptions {
        /**
         * The path of a Unix domain socket, or the name of a Windows pipe. On
         * Linux, one that begins with `'\0'` is in the abstract namespace.
         */
        path?: string | undefined;
        /**
         * Whether nobody else can bind the address, until the socket and everything
         * that adopted it is closed. Not with `reusePort`, nor with
         * `shared: 'reuseport'`.
         */
        exclusive?: boolean | undefined;
        /**
         * Whether the address is shared with the bound sockets of this process, in
         * any thread, that name it too: `true` makes them one socket with one queue
         * of connections, `'reuseport'` a socket each, over which the system spreads
         * connections where the platform can do that. Not with `reusePort`.
         */
        shared?: boolean | "reuseport" | undefined;
        /**
         * A descriptor to take over that is bound already, and not connected. It is
         * the bound socket's own then. There are none on Windows.
         */
        fd?: number | undefined;
    }
    interface BoundSocket {
        /**
         * Whether the socket was bound to a `path`. It can be read after the
         * socket was adopted or closed, too.
         */
        readonly isPipe: boolean;
        /**
         * What the socket is bound to: the path of a pipe, or the address, family
         * and port of a TCP socket, with the port that the system chose.
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
         * Makes a second bound socket of the same socket of the system: with the
         * same address, options and queue. Each is adopted and closed on its own,
         * and the address is free when all of them are closed.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` after the socket was adopted, closed
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
         * Reads the bytes of an option of the bound socket.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length How many bytes to read at most, from 0 to 1048576.
         * @returns the bytes that the system wrote, which may be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the bound socket, before it listens or connects.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_RCVBUF`.
         * @param value A number or a boolean is passed as an `int`, a string with a
         *   NUL byte after it, a view as the bytes that it has.
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
         * Reads the bytes of an option of the underlying socket: of a struct or a
         * string.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length How many bytes to read at most, from 0 to 1048576.
         * @returns the bytes that the system wrote, which may be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the underlying socket, which exists once the
         * connection is made, or from the start if a bound socket was adopted.
         * @param level The protocol level, such as `net.constants.IPPROTO_TCP`.
         * @param optname The option's name, such as `net.constants.TCP_NODELAY`.
         * @param value A number or a boolean is passed as an `int`, a string with a
         *   NUL byte after it, a view as the bytes that it has.
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
         * Turns keep-alive on or off and sets its times, given by name.
         * @param options Times are in milliseconds.
         */
        setKeepAlive(options: SetKeepAliveOptions): this;
        /**
         * Turns keep-alive on or off and sets its times. A value that is zero or
         * less leaves that setting as it is.
         * @param enable `false` if it is left out.
         * @param initialDelay Milliseconds from the last data to the first probe.
         * @param interval Milliseconds from one probe to the next.
         * @param count How many probes without an answer end the connection.
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
         * Reads the bytes of an option of the listening socket.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length How many bytes to read at most, from 0 to 1048576.
         * @returns the bytes that the system wrote, which may be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the listening socket.
         * @param level The protocol level, such as `net.constants.IPPROTO_TCP`.
         * @param optname The option's name, such as `net.constants.TCP_DEFER_ACCEPT`.
         * @param value A number or a boolean is passed as an `int`, a string with a
         *   NUL byte after it, a view as the bytes that it has.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        setsockopt(level: number, optname: number, value: SocketOptionValue): this;
        /**
         * Adopts a bound socket and listens on it.
         * @param handle The server owns its socket from then on.
         * @param backlog How many connections may wait to be accepted.
         * @param listeningListener Called when the server listens.
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
         * @param handle The server owns its socket from then on.
         * @param listeningListener Called when the server listens.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted or closed before
         */
        listen(handle: BoundSocket, listeningListener?: () => void): this;
    }

    interface ListenOptions {
        /** A bound socket to adopt and listen on. `host`, `port` and `path` have no effect then. */
        handle?: BoundSocket | undefined;
    }

    interface SocketConstructorOpts {
        /** A bound socket to adopt, whose address the connection is made from. */
        handle?: BoundSocket | undefined;
    }
}
