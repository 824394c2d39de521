import type { Socket } from "dgram";

declare module "dgram" {
    interface Socket {
        /**
         * Returns another socket for the same system socket, which must be bound.
         * @example
         * ```cjs
         * const dgram = require('node:dgram');
         *
         * const socket = dgram.createSocket('udp4');
         * const { port } = socket.bindSync({ address: '127.0.0.1' });
         * const copy = socket.clone();
         * console.log(copy.address().port === port); // Prints: true
         * copy.close();
         * socket.close();
         * ```
         */
        clone(): Socket;
        /** Returns the descriptor of the socket, which must be bound. It belongs to the socket. */
        fd(): number;
    }
}
