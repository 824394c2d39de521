import type { BatchMessage, MessageData, MessageOptions } from "dgram";

declare module "dgram" {
    interface Socket {
        /**
         * Returns the size of the largest packet that the path takes, as far as
         * the system knows. The socket must be connected.
         */
        getMtu(): number;
        /**
         * Sends a message whose options differ from those of the socket.
         * @param callback Gets the number of bytes.
         */
        send(
            msg: MessageData,
            options: MessageOptions,
            callback?: (error: Error | null, bytes: number) => void,
        ): void;
        /**
         * Sends messages in order, with as few system calls as possible.
         * @param callback Gets the number of messages that were sent.
         * @example
         * ```cjs
         * const dgram = require('node:dgram');
         *
         * const socket = dgram.createSocket('udp4');
         * const { port } = socket.bindSync({ address: '127.0.0.1' });
         * socket.sendMany([{ msg: 'one', port }, { msg: 'two', port, tos: 1 }], (error, count) => {
         *   console.log(count); // Prints: 2
         *   socket.close();
         * });
         * ```
         */
        sendMany(list: readonly BatchMessage[], callback?: (error: Error | null, count: number) => void): void;
        /**
         * Sends a message at once.
         * @returns the number of bytes
         * @throws a system error, such as `EAGAIN`
         */
        sendSync(msg: MessageData, options?: MessageOptions): number;
        /** Sets whether datagrams must not be fragmented. */
        setDontFragment(flag: boolean): this;
    }
}
