import type { BoundSocket } from "net";

declare module "http" {
    interface ClientRequestArgs {
        /**
         * A bound socket to connect from. For `https.request()`, it has an effect
         * on the lines v20.x and v22.x alone.
         *
         * An agent that keeps connections alive can use an idle one instead. If
         * the local address matters, set `agent` to `false`.
         */
        handle?: BoundSocket | undefined;
    }
}

declare module "http2" {
    interface ClientSessionOptions {
        /** A bound socket to connect from. For `https:`, it has an effect on the lines v20.x and v22.x alone. */
        handle?: BoundSocket | undefined;
    }
}

declare module "tls" {
    interface ConnectionOptions {
        /**
         * A bound socket to connect from. It has an effect on the lines v20.x and
         * v22.x alone: upstream's implementation, which newer lines have, leaves it
         * out of account.
         */
        handle?: BoundSocket | undefined;
    }
}
