/**
 * What bindery adds to Node.js, declared beside `@types/node`.
 *
 * Name the package in tsconfig's `types`, or refer to it from a file:
 *
 * ```ts
 * import type {} from '@bindery/types';
 * ```
 *
 * There is nothing to import at run time. The declarations are in the modules
 * that they belong to, mainly `node:net` and `node:dgram`.
 */

/// <reference path="./additions.d.ts" />
/// <reference path="./structs.d.ts" />
/// <reference path="./net.d.ts" />
/// <reference path="./dgram.d.ts" />
/// <reference path="./message-info.d.ts" />
/// <reference path="./batches.d.ts" />
/// <reference path="./handover.d.ts" />
/// <reference path="./clients.d.ts" />
/// <reference path="./early.d.ts" />
/// <reference path="./keep-alive.d.ts" />
/// <reference path="./threads.d.ts" />
/// <reference path="./children.d.ts" />

/**
 * The `code` of errors that `setsockopt()` and `getsockopt()` throw before they
 * call the operating system. Errors of the operating system have the code of a
 * system error instead, such as `'ENOPROTOOPT'`.
 */
export type SocketOptionErrorCode =
    /** The permission model denies network access. */
    | "ERR_ACCESS_DENIED"
    /** `level`, `optname`, or `value` has the wrong type. A constant that the platform lacks is `undefined`. */
    | "ERR_INVALID_ARG_TYPE"
    /** The option needs a `length`, or `value` is invalid. */
    | "ERR_INVALID_ARG_VALUE"
    /** `getsockopt()` was called before there was a socket. */
    | "ERR_INVALID_STATE"
    /** A number is not an integer or is out of range, or a string is too long. */
    | "ERR_OUT_OF_RANGE"
    /** The server is not listening. */
    | "ERR_SERVER_NOT_RUNNING"
    /** The connection is closed. */
    | "ERR_SOCKET_CLOSED"
    /** The datagram socket is closed. */
    | "ERR_SOCKET_DGRAM_NOT_RUNNING"
    /** The bound socket was adopted or closed. */
    | "ERR_SOCKET_HANDLE_ADOPTED"
    /** The server listens through the primary process of its cluster. */
    | "ERR_SOCKET_HANDLE_SHARED"
    /** The option holds pointers or descriptors, is not known to have such a value, or cannot be served by libuv. */
    | "ERR_SOCKET_OPTION_REFUSED";

/**
 * The `code` of errors that are thrown by a bound socket, and by what adopts it,
 * other than system errors such as `'EADDRINUSE'`.
 */
export type BoundSocketErrorCode =
    /** The permission model denies network access. */
    | "ERR_ACCESS_DENIED"
    /** An option has the wrong type. */
    | "ERR_INVALID_ARG_TYPE"
    /** An option is invalid, cannot be combined with another one, or differs from that of a shared address. */
    | "ERR_INVALID_ARG_VALUE"
    /** A number is not an integer, or cannot be a descriptor. */
    | "ERR_OUT_OF_RANGE"
    /** The port is out of range. */
    | "ERR_SOCKET_BAD_PORT"
    /** The bound socket was adopted, closed, transferred, or given away before. */
    | "ERR_SOCKET_HANDLE_ADOPTED";

/**
 * The `code` of errors that `bindSync()` and `connectSync()` throw, other than
 * system errors such as `'EADDRINUSE'`.
 */
export type DatagramSyncErrorCode =
    /** The permission model denies network access. */
    | "ERR_ACCESS_DENIED"
    /** An argument or option has the wrong type. */
    | "ERR_INVALID_ARG_TYPE"
    /** The address is not an IP address, the descriptor is invalid, or an option excludes another one. */
    | "ERR_INVALID_ARG_VALUE"
    /** The number cannot be a descriptor. */
    | "ERR_OUT_OF_RANGE"
    /** The socket is already bound, or about to be. */
    | "ERR_SOCKET_ALREADY_BOUND"
    /** The port is out of range. */
    | "ERR_SOCKET_BAD_PORT"
    /** The socket is already connected. */
    | "ERR_SOCKET_DGRAM_IS_CONNECTED"
    /** The socket is closed. */
    | "ERR_SOCKET_DGRAM_NOT_RUNNING";
