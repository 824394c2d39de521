import type { MessageError, ReceiveInfoName, SocketEventMap } from "dgram";

declare module "dgram" {
    interface RemoteInfo {
        /** The address that the message was sent to, if `receiveInfo` names it. */
        localAddress?: string | undefined;
        /** The index of the interface that received the message, if `receiveInfo` names it. */
        interfaceIndex?: number | undefined;
        /** The time to live, or hop limit, that was left, if `receiveInfo` names it. */
        ttl?: number | undefined;
        /** The type of service, or traffic class, if `receiveInfo` names it. ECN is `tos & 3`. */
        tos?: number | undefined;
        /** When the system received the message, in nanoseconds since the epoch, if `receiveInfo` names it. */
        timestamp?: bigint | undefined;
        /** The size of the segments that the message consists of, if `receiveInfo` names it. */
        segmentSize?: number | undefined;
        /** How many messages the system has dropped, if `receiveInfo` names it. */
        dropped?: number | undefined;
        /** Whether the message was cut off, if `receiveInfo` names it. */
        truncated?: boolean | undefined;
    }
    interface SocketEventMap {
        messageError: [error: MessageError];
    }
    interface SocketOptions {
        /**
         * What `'message'` events say of each message. `true` is all that the
         * system has except `'segmentSize'` and `'errors'`. A name that the system
         * lacks throws `ENOTSUP`.
         * @example
         * ```mjs
         * import dgram from 'node:dgram';
         *
         * const socket = dgram.createSocket({ type: 'udp4', receiveInfo: true });
         * socket.on('message', (message, { localAddress }) => console.log(localAddress));
         * socket.close();
         * ```
         */
        receiveInfo?: boolean | readonly ReceiveInfoName[] | null | undefined;
    }
    interface Socket {
        /**
         * Changes what `'message'` events say of each message.
         * @param receiveInfo As the option of `dgram.createSocket()`.
         */
        setReceiveInfo(receiveInfo: boolean | readonly ReceiveInfoName[]): this;
        /** `'messageError'` needs `'errors'` in `receiveInfo`: the network reports an error of a message. */
        on<E extends keyof SocketEventMap>(event: E, listener: (...args: SocketEventMap[E]) => void): this;
        on(event: string | symbol, listener: (...args: any[]) => void): this;
        once<E extends keyof SocketEventMap>(event: E, listener: (...args: SocketEventMap[E]) => void): this;
        once(event: string | symbol, listener: (...args: any[]) => void): this;
    }
}
