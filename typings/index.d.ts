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
 * that they belong to, `node:net` and `node:dgram` first of all.
 */

/// <reference path="./additions.d.ts" />
/// <reference path="./structs.d.ts" />
/// <reference path="./net.d.ts" />
/// <reference path="./dgram.d.ts" />
/// <reference path="./clients.d.ts" />
/// <reference path="./early.d.ts" />
/// <reference path="./threads.d.ts" />
/// <reference path="./children.d.ts" />

/**
 * `code` of the errors that `setsockopt()` and `getsockopt()` throw before they
 * reach the operating system. What the operating system refuses has a system
 * error's code instead, such as `'ENOPROTOOPT'`.
 */
export type SocketOptionErrorCode =
    /** The permission model denies network access. */
    | "ERR_ACCESS_DENIED"
    /** `level`, `optname` or `value` has the wrong type. A constant that the platform lacks is `undefined`. */
    | "ERR_INVALID_ARG_TYPE"
    /** The option's value holds pointers, needs a `length`, or is not one that libuv can serve; or `value` is unusable. */
    | "ERR_INVALID_ARG_VALUE"
    /** `getsockopt()` was called before the socket exists. */
    | "ERR_INVALID_STATE"
    /** A number is no integer or out of range, or a string is too long. */
    | "ERR_OUT_OF_RANGE"
    /** The server does not listen. */
    | "ERR_SERVER_NOT_RUNNING"
    /** The connection is closed. */
    | "ERR_SOCKET_CLOSED"
    /** The datagram socket is closed. */
    | "ERR_SOCKET_DGRAM_NOT_RUNNING"
    /** The bound socket was adopted or closed. */
    | "ERR_SOCKET_HANDLE_ADOPTED"
    /** The server listens through the primary process of its cluster. */
    | "ERR_SOCKET_HANDLE_SHARED";

/**
 * `code` of the errors that a bound socket throws, and what adopts it, other
 * than system errors such as `'EADDRINUSE'`.
 */
export type BoundSocketErrorCode =
    /** The permission model denies network access. */
    | "ERR_ACCESS_DENIED"
    /** An option has the wrong type. */
    | "ERR_INVALID_ARG_TYPE"
    /** An option is unusable, or does not go with another, or with what the address is shared with. */
    | "ERR_INVALID_ARG_VALUE"
    /** A number is no integer, or no descriptor. */
    | "ERR_OUT_OF_RANGE"
    /** The port is out of range. */
    | "ERR_SOCKET_BAD_PORT"
    /** The bound socket was adopted, closed, transferred or given away before. */
    | "ERR_SOCKET_HANDLE_ADOPTED";

/**
 * `code` of the errors that `bindSync()` and `connectSync()` throw, other than
 * system errors such as `'EADDRINUSE'`.
 */
export type DatagramSyncErrorCode =
    /** The permission model denies network access. */
    | "ERR_ACCESS_DENIED"
    /** An argument or option has the wrong type. */
    | "ERR_INVALID_ARG_TYPE"
    /** The address is not an IP address, the descriptor is unusable, or an option does not go with another. */
    | "ERR_INVALID_ARG_VALUE"
    /** The descriptor is none. */
    | "ERR_OUT_OF_RANGE"
    /** The socket is bound already, or about to be. */
    | "ERR_SOCKET_ALREADY_BOUND"
    /** The port is out of range. */
    | "ERR_SOCKET_BAD_PORT"
    /** The socket is connected already. */
    | "ERR_SOCKET_DGRAM_IS_CONNECTED"
    /** The socket is closed. */
    | "ERR_SOCKET_DGRAM_NOT_RUNNING";
