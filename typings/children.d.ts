import type { MessageOptions, SendHandle, Serializable } from "child_process";
import type { BoundSocket } from "net";

// Each `send()` below ends with the overload that it ends with in @types/node: the
// last one is what `Parameters<>` and its like are told of.

/**
 * What can be sent. The type that @types/node has for it is an alias, to which
 * nothing can be added. It is named along, so that a class whose `send()` takes
 * that alone still extends those that are declared here.
 */
type SentHandle = SendHandle | BoundSocket;

/** What a process receives. @types/node has more than one type for it. */
type Received = Parameters<NodeJS.MessageListener>[0];

declare module "child_process" {
    interface ChildProcess {
        /**
         * Sends a message along with a bound socket or another handle. The child
         * process receives a bound socket of its own, which refers to the same
         * socket of the system. The sender's does not have it anymore.
         * @param callback Called with `null` when the message has been written, or
         *   with an error, in which case the sender still has the bound socket.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted, closed, transferred,
         *   or sent before, or a system error, such as `EMFILE`, or `ENOTSUP`
         *   for a named pipe of Windows
         */
        send(message: Serializable, sendHandle: SentHandle, callback?: (error: Error | null) => void): boolean;
        /**
         * Sends a message along with a bound socket or another handle. The bound
         * socket is moved, unless `keepOpen` is `true`.
         *
         * A listener for `'message'` that can receive a bound socket has to declare
         * the type of its parameter: `SendHandle | net.BoundSocket`.
         * @param options With `keepOpen: true`, the sender keeps its bound socket.
         *   Otherwise, the methods of the bound socket throw
         *   `ERR_SOCKET_HANDLE_ADOPTED` from then on, and the socket is closed if it
         *   does not arrive.
         * @param callback Called with `null` when the message has been written, or
         *   with an error, in which case the sender still has the bound socket.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted, closed, transferred,
         *   or sent before, `ERR_INVALID_ARG_TYPE` if `keepOpen` is not a
         *   boolean, or a system error
         * @example
         * ```cjs
         * const { fork } = require('node:child_process');
         * const net = require('node:net');
         *
         * if (process.argv[2] === 'child') {
         *   process.once('message', (message, bound) => {
         *     const server = net.createServer((socket) => {
         *       socket.end('served by the child');
         *       server.close();
         *     });
         *     server.listen(bound, () => process.disconnect());
         *   });
         * } else {
         *   const bound = new net.BoundHandle({ host: '127.0.0.1' });
         *   const { port } = bound.address();
         *   const child = fork(__filename, ['child']);
         *   child.send('serve', bound, (error) => {
         *     console.log(error); // Prints: null
         *   });
         *   child.once('disconnect', () => {
         *     net.connect(port, '127.0.0.1').setEncoding('utf8')
         *       .on('data', console.log); // Prints: served by the child
         *   });
         * }
         * ```
         */
        send(
            message: Serializable,
            sendHandle: SentHandle,
            options?: MessageOptions,
            callback?: (error: Error | null) => void,
        ): boolean;
        /** Sends a message, with or without a handle. */
        send(
            message: Serializable,
            sendHandle?: SendHandle,
            options?: MessageOptions,
            callback?: (error: Error | null) => void,
        ): boolean;
    }
}

declare module "cluster" {
    interface Worker {
        // Since @types/node 26, this interface inherits `send()`. With one of its
        // own it does not, so every overload is here.
        /** Sends a message to the worker. */
        send(message: Serializable, callback?: (error: Error | null) => void): boolean;
        /**
         * Sends a message to the worker along with a bound socket or another handle.
         * The cluster is not involved in what the worker does with it.
         * @param callback Called with `null` when the message has been written, or
         *   with an error, in which case the sender still has the bound socket.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted, closed, transferred,
         *   or sent before, or a system error
         */
        send(message: Serializable, sendHandle: SentHandle, callback?: (error: Error | null) => void): boolean;
        /**
         * Sends a message to the worker along with a bound socket or another handle.
         * The bound socket is moved, unless `keepOpen` is `true`.
         * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted, closed, transferred,
         *   or sent before, `ERR_INVALID_ARG_TYPE` if `keepOpen` is not a
         *   boolean, or a system error
         */
        send(
            message: Serializable,
            sendHandle: SentHandle,
            options?: MessageOptions,
            callback?: (error: Error | null) => void,
        ): boolean;
        /** Sends a message to the worker along with a handle. */
        send(
            message: Serializable,
            sendHandle: SendHandle,
            options?: MessageOptions,
            callback?: (error: Error | null) => void,
        ): boolean;
    }
}

declare global {
    namespace NodeJS {
        interface Process {
            /**
             * Sends a message to the parent process along with a bound socket or
             * another handle.
             * @param callback Called with `null` when the message has been written,
             *   or with an error, in which case the sender still has the bound socket.
             * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted, closed,
             *   transferred, or sent before, or a system error
             */
            send?(message: any, sendHandle: SentHandle, callback?: (error: Error | null) => void): boolean;
            /**
             * Sends a message to the parent process along with a bound socket or
             * another handle. The bound socket is moved, unless `keepOpen` is `true`.
             * @throws `ERR_SOCKET_HANDLE_ADOPTED` if it was adopted, closed,
             *   transferred, or sent before, `ERR_INVALID_ARG_TYPE` if
             *   `keepOpen` is not a boolean, or a system error
             */
            send?(
                message: any,
                sendHandle: SentHandle,
                options?: MessageOptions,
                callback?: (error: Error | null) => void,
            ): boolean;
            /** Sends a message to the parent process. */
            send?(message: any, callback: (error: Error | null) => void): boolean;

            // `on()` and `once()`, and all of these in ChildProcess and in Worker,
            // take any listener in @types/node. What it infers for the parameters of
            // a listener stays as it is.
            /** Adds a listener for messages, which can declare a bound socket as its second parameter. */
            addListener<H extends SentHandle = SendHandle>(
                event: "message",
                listener: (message: Received, sendHandle: H) => void,
            ): this;
            /** Adds a listener for messages before the others, which can declare a bound socket. */
            prependListener<H extends SentHandle = SendHandle>(
                event: "message",
                listener: (message: Received, sendHandle: H) => void,
            ): this;
            /** Adds a listener for one message before the others, which can declare a bound socket. */
            prependOnceListener<H extends SentHandle = SendHandle>(
                event: "message",
                listener: (message: Received, sendHandle: H) => void,
            ): this;
        }
    }
}
