// The error codes of wasi:sockets for the errors of Node.js.

const CODES = {
  EACCES: 'access-denied',
  EPERM: 'access-denied',
  ERR_ACCESS_DENIED: 'access-denied',
  EADDRINUSE: 'address-in-use',
  EADDRNOTAVAIL: 'address-not-bindable',
  EAFNOSUPPORT: 'not-supported',
  ENOPROTOOPT: 'not-supported',
  ENOTSUP: 'not-supported',
  EOPNOTSUPP: 'not-supported',
  EPROTONOSUPPORT: 'not-supported',
  ECONNABORTED: 'connection-aborted',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  EHOSTDOWN: 'remote-unreachable',
  EHOSTUNREACH: 'remote-unreachable',
  ENETDOWN: 'remote-unreachable',
  ENETUNREACH: 'remote-unreachable',
  EINVAL: 'invalid-argument',
  EISCONN: 'invalid-state',
  ENOTCONN: 'invalid-state',
  ERR_SERVER_NOT_RUNNING: 'invalid-state',
  ERR_SOCKET_CLOSED: 'invalid-state',
  ERR_SOCKET_DGRAM_NOT_RUNNING: 'invalid-state',
  ERR_SOCKET_HANDLE_ADOPTED: 'invalid-state',
  EMFILE: 'new-socket-limit',
  ENFILE: 'new-socket-limit',
  EMSGSIZE: 'datagram-too-large',
  ENOBUFS: 'out-of-memory',
  ENOMEM: 'out-of-memory',
  ETIMEDOUT: 'timeout',
  EAI_AGAIN: 'temporary-resolver-failure',
  EAI_FAIL: 'permanent-resolver-failure',
  EAI_NODATA: 'name-unresolvable',
  ENOTFOUND: 'name-unresolvable',
};

/** The code for an error of Node.js, or undefined for a mistake in the host. */
export const codeOf = (error) =>
  CODES[error.code] ?? (error.syscall === undefined ? undefined : 'unknown');

/** What a function of wasi:sockets fails with. `payload` is where jco looks for it. */
export class Refusal extends Error {
  constructor(payload) {
    super(typeof payload === 'string' ? payload : payload.tag);
    this.payload = payload;
  }
}

/** A stream that failed, or that has ended. */
export const failed = (error) =>
  new Refusal({ tag: 'last-operation-failed', val: { code: codeOf(error) ?? 'unknown', message: error.message } });
export const closed = () => new Refusal({ tag: 'closed' });

/** The refusal for an error of a system call. Any other error is a mistake in the host, and stays what it is. */
export function refusalOf(error) {
  if (error instanceof Refusal) return error;
  const code = codeOf(error);
  return code === undefined ? error : new Refusal(code);
}
