import type { BoundSocket } from "net";

declare module "http" {
    interface ClientRequestArgs {
        /**
         * A bound socket to connect from, or a function that returns one. The
         * request gets a connection of its own.
         */
        handle?: BoundSocket | (() => BoundSocket) | null | undefined;
    }
}

declare module "http2" {
    interface ClientSessionOptions {
        /** A bound socket to connect from, or a function that returns one. */
        handle?: BoundSocket | (() => BoundSocket) | null | undefined;
    }
}

declare module "tls" {
    interface ConnectionOptions {
        /** A bound socket to connect from, or a function that returns one. */
        handle?: BoundSocket | (() => BoundSocket) | null | undefined;
    }
}
