import type { IncomingMessage, ServerResponse } from "http";
import type { Http2ServerRequest, Http2ServerResponse } from "http2";
import type { SocketOption, SocketOptionError } from "net";

declare module "net" {
    interface BoundSocketOptions {
        /**
         * Socket options to set, in order, before the socket is bound. If one is
         * refused, a `SocketOptionError` is thrown.
         * @example
         * ```cjs
         * const net = require('node:net');
         *
         * const { SOL_SOCKET, SO_RCVBUF } = net.constants;
         * const bound = new net.BoundHandle({
         *   host: '127.0.0.1',
         *   socketOptions: [[SOL_SOCKET, SO_RCVBUF, 65_536]],
         * });
         * console.log(bound.getsockopt(SOL_SOCKET, SO_RCVBUF) >= 65_536); // Prints: true
         * bound.close();
         * ```
         */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface SocketConstructorOpts {
        /** Socket options to set, in order, for each connection, unless `connect()` is given others. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface TcpSocketConnectOpts {
        /** Socket options to set, in order, before the socket is bound or connects. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface IpcSocketConnectOpts {
        /** Socket options to set, in order, before the socket connects. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface ListenOptions {
        /** Socket options to set, in order, before the socket is bound. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface ServerOpts {
        /**
         * Socket options to set, in order, on each connection before the
         * `'connection'` event. If one is refused, the connection is closed, and
         * `'drop'` is emitted.
         */
        acceptedSocketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface DropArgument {
        /** The error of the option that was refused, if that is why the connection was dropped. */
        error?: SocketOptionError | undefined;
    }
}

declare module "dgram" {
    interface SocketOptions {
        /** Socket options to set, in order, before the socket is bound. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
}

declare module "http" {
    interface ClientRequestArgs {
        /** Socket options to set, in order, before the connection is made. Only one with the same options is reused. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
    interface ServerOptions<
        Request extends typeof IncomingMessage = typeof IncomingMessage,
        Response extends typeof ServerResponse<InstanceType<Request>> = typeof ServerResponse,
    > {
        /** Socket options to set, in order, on each connection, as for `net.createServer()`. */
        acceptedSocketOptions?: readonly SocketOption[] | null | undefined;
    }
}

declare module "http2" {
    interface ServerSessionOptions<
        Http1Request extends typeof IncomingMessage = typeof IncomingMessage,
        Http1Response extends typeof ServerResponse<InstanceType<Http1Request>> = typeof ServerResponse,
        Http2Request extends typeof Http2ServerRequest = typeof Http2ServerRequest,
        Http2Response extends typeof Http2ServerResponse<InstanceType<Http2Request>> = typeof Http2ServerResponse,
    > {
        /** Socket options to set, in order, on each connection, as for `net.createServer()`. */
        acceptedSocketOptions?: readonly SocketOption[] | null | undefined;
    }
}

declare module "tls" {
    interface ConnectionOptions {
        /** Socket options to set, in order, before the socket is bound or connects. */
        socketOptions?: readonly SocketOption[] | null | undefined;
    }
}
