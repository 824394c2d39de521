import type { BoundSocket } from "net";

declare module "http" {
    interface ClientRequestArgs {
        /**
         * A bound socket to connect from. For `https.request()`, it only has an
         * effect on the lines v20.x and v22.x.
         *
         * An agent that keeps connections alive can use an idle connection instead.
         * If the local address matters, set `agent` to `false`.
         */
        handle?: BoundSocket | undefined;
    }
}

declare module "http2" {
    interface ClientSessionOptions {
        /** A bound socket to connect from. For `https:`, it only has an effect on the lines v20.x and v22.x. */
        handle?: BoundSocket | undefined;
    }
}

declare module "tls" {
    interface ConnectionOptions {
        /**
         * A bound socket to connect from. It only has an effect on the lines v20.x
         * and v22.x. Upstream's implementation, which newer lines have, ignores it.
         */
        handle?: BoundSocket | undefined;
    }
}
