import type { Socket } from "dgram";
import type { BoundSocket } from "net";
import type { WorkerOptions } from "worker_threads";

/**
 * What a transfer list can contain. The type that @types/node has for it is an
 * alias, which cannot be extended, and has had more than one name.
 */
type Transfers = ReadonlyArray<NonNullable<WorkerOptions["transferList"]>[number] | BoundSocket | Socket>;

declare module "worker_threads" {
    interface MessagePort {
        /**
         * Sends a value, with bound sockets in the transfer list. Each becomes a
         * bound socket of the receiver, and is closed if it does not arrive.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if one was adopted, closed, or
         *   transferred before
         * @example
         * ```cjs
         * const net = require('node:net');
         * const { MessageChannel } = require('node:worker_threads');
         *
         * const { port1, port2 } = new MessageChannel();
         * port2.once('message', (received) => {
         *   console.log(received instanceof net.BoundHandle); // Prints: true
         *   received.close();
         *   port2.close();
         * });
         * const bound = new net.BoundHandle({ host: '127.0.0.1' });
         * port1.postMessage(bound, [bound]);
         * ```
         */
        postMessage(value: any, transferList: Transfers): void;
        /** Sends a value, with bound sockets in the transfer list. */
        postMessage(value: any, options: { transfer: Transfers }): void;
    }
    interface Worker {
        /**
         * Sends a value to the thread, with bound sockets in the transfer list.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if one was adopted, closed, or
         *   transferred before
         */
        postMessage(value: any, transferList: Transfers): void;
    }
    /**
     * Sends a value to the thread with that ID, with bound sockets in the transfer
     * list.
     */
    function postMessageToThread(threadId: number, value: any, transferList: Transfers, timeout?: number): Promise<void>;
}

declare global {
    /**
     * Copies a value. Bound sockets in the transfer list are moved to the copy.
     * @throws `ERR_SOCKET_HANDLE_ADOPTED` if one was adopted, closed, or transferred
     *   before
     */
    function structuredClone<T>(value: T, options: { transfer: Transfers }): T;
}
