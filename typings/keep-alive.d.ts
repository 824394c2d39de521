import type { IncomingMessage, ServerResponse } from "http";
import type { SetKeepAliveOptions } from "net";

declare module "net" {
    /** How an idle connection is probed, beside `keepAlive` and `keepAliveInitialDelay`. */
    interface KeepAliveProbeOptions {
        /** Milliseconds from one keep-alive probe to the next. */
        keepAliveInterval?: number | null | undefined;
        /** How many unanswered keep-alive probes end the connection. */
        keepAliveCount?: number | null | undefined;
    }
    interface SocketConstructorOpts extends KeepAliveProbeOptions {}
    interface TcpSocketConnectOpts extends KeepAliveProbeOptions {}
    interface ServerOpts extends KeepAliveProbeOptions {}
}

declare module "http" {
    interface ServerOptions<
        Request extends typeof IncomingMessage = typeof IncomingMessage,
        Response extends typeof ServerResponse<InstanceType<Request>> = typeof ServerResponse,
    > {
        /** Milliseconds from one keep-alive probe to the next. */
        keepAliveInterval?: number | null | undefined;
        /** How many unanswered keep-alive probes end the connection. */
        keepAliveCount?: number | null | undefined;
    }
    interface AgentOptions {
        /** Milliseconds from one keep-alive probe to the next. */
        keepAliveInterval?: number | null | undefined;
        /** How many unanswered keep-alive probes end the connection. */
        keepAliveCount?: number | null | undefined;
    }
    interface ClientRequest {
        /**
         * Calls `socket.setKeepAlive()` once the request has a connected socket.
         * Throws for invalid values at once.
         */
        setSocketKeepAlive(options: SetKeepAliveOptions): void;
        setSocketKeepAlive(enable?: boolean, initialDelay?: number, interval?: number, count?: number): void;
    }
}

declare module "tls" {
    interface ConnectionOptions {
        /** Milliseconds from one keep-alive probe to the next. */
        keepAliveInterval?: number | null | undefined;
        /** How many unanswered keep-alive probes end the connection. */
        keepAliveCount?: number | null | undefined;
    }
}
