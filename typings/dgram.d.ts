import type { BindSyncOptions } from "dgram";
import type { AddressInfo, SocketOptionValue } from "net";

declare module "dgram" {
    interface BindSyncOptions {
        /** Whether no other socket can be bound to the address. Not with `reuseAddr` or `reusePort`. */
        exclusive?: boolean | null | undefined;
        /**
         * A descriptor to take over, which must be bound and not connected. It
         * cannot be combined with any other option, or used on Windows.
         */
        fd?: number | null | undefined;
    }
    interface Socket {
        /**
         * Binds the socket synchronously. Host names are not looked up.
         * @param options The port, which the system chooses if it is 0 or omitted,
         *   and the IP address, which defaults to all interfaces, or a descriptor
         *   that is bound.
         * @returns the address that the socket is bound to
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
         * Connects the socket synchronously, after binding it if necessary. Host
         * names are not looked up, and nothing is sent.
         * @param port The remote port.
         * @param address The remote IP address, which defaults to the loopback
         *   address.
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
         * Reads an option of the underlying socket as bytes. The socket must be
         * bound.
         * @param level The protocol level.
         * @param optname The option's name.
         * @param length The maximum number of bytes to read, from 0 to 1048576.
         * @returns the bytes that the system wrote, which can be fewer
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        getsockopt(level: number, optname: number, length: number): Buffer;
        /**
         * Sets an option of the underlying socket. Before the socket is bound, the
         * option is kept until it is.
         * @param level The protocol level, such as `net.constants.SOL_SOCKET`.
         * @param optname The option's name, such as `net.constants.SO_BROADCAST`.
         * @param value A number or a boolean is passed as an `int`, a string is
         *   passed with a NUL byte after it, and a view as its bytes.
         * @throws one of `SocketOptionErrorCode`, or a system error
         */
        setsockopt(level: number, optname: number, value: SocketOptionValue): this;
    }
}
