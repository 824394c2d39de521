import type { BindSyncOptions } from "dgram";
import type { AddressInfo, SocketOptionValue } from "net";

declare module "dgram" {
    interface BindSyncOptions {
        /** Whether nobody else can bind the address. Not for sockets that have `reuseAddr` or `reusePort`. */
        exclusive?: boolean | undefined;
        /**
         * A descriptor to take over that is bound already, and not connected. It
         * goes without any of the others. There are none on Windows.
         */
        fd?: number | undefined;
    }
    interface Socket {
        /**
         * Binds the socket before it returns. Nothing is looked up.
         * @param options The port, which the system chooses if it is 0 or left
         *   out, and the IP address, which is that of all interfaces if left out,
         *   or a descriptor that is bound.
         * @returns the address that the socket has then
         * @throws one of `DatagramSyncErrorCode`, or a system error
         * @example
         * ```mjs
         * import dgram from 'node:dgram';
         *
         * const socket = dgram.createSocket('udp4');
         * const { port } = socket.bindSync({ address: '127.0.0.1' });
         * console.log(port > 0);
         * socket.close();
         * ```
         */
        bindSync(options?: BindSyncOptions): AddressInfo;
        /**
         * Connects the socket before it returns, and binds it if need be. Nothing
         * is looked up or sent.
         * @param port The remote port.
         * @param address The remote IP address, which is that of this machine if
         *   left out.
         * @throws one of `DatagramSyncErrorCode`, or a system error
         */
        connectSync(port: number, address?: string): void;
        /**
         * Reads an option of the underlying socket as an integer. The socket must
         * be bound.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_BROADCAST`.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number): number;
        /**
         * Reads the bytes of an option of the underlying socket. The socket must be
         * bound.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length How many bytes to read at most, from 0 to 1048576.
         * @returns the bytes that the system wrote, which may be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the underlying socket, or keeps it until the socket is
         * bound.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_BROADCAST`.
         * @param value A number or a boolean is passed as an `int`, a string with a
         *   NUL byte after it, a view as the bytes that it has.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        setsockopt(level: number, optname: number, value: SocketOptionValue): this;
    }
}
