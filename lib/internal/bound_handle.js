'use strict';

const {
  Number,
  Symbol,
} = primordials;

const {
  Pipe,
  constants: {
    SOCKET: kPipeSocket,
    UV_READABLE,
    UV_WRITABLE,
  },
} = internalBinding('pipe_wrap');
const {
  TCP,
  constants: {
    SOCKET: kTCPSocket,
    UV_TCP_IPV6ONLY,
  },
} = internalBinding('tcp_wrap');
const { UV_EADDRINUSE } = internalBinding('uv');

const { owner_symbol } = require('internal/async_hooks').symbols;
const {
  ErrnoException,
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_HANDLE_ADOPTED,
  },
} = require('internal/errors');
const { isIP } = require('internal/net');
const { SymbolDispose, kEmptyObject } = require('internal/util');
const {
  validateBoolean,
  validateObject,
  validatePort,
  validateString,
} = require('internal/validators');

// The libuv handle that a client socket has taken over.
const kAdopted = Symbol('kAdopted');
// The BoundHandle that a TLS socket will take over when it connects.
const kClaimed = Symbol('kClaimed');

// Each reads or changes what is private to a BoundHandle.
let getHandle;
let getLocalAddress;
let isBoundHandle;
let isPipe;
let takeHandle;

// Returns a TCP handle and writes its address into `address`.
function bindAddress(host, port, ipv6Only, reusePort, address) {
  const handle = new TCP(kTCPSocket);
  const family = isIP(host);
  const flags = family === 6 && ipv6Only ? UV_TCP_IPV6ONLY : 0;
  let err;
  if (reusePort)
    err = handle.bindReusePort(host, port, flags);
  else if (family === 6)
    err = handle.bind6(host, port, flags);
  else
    err = handle.bind(host, port);
  if (err === 0)
    err = handle.getsockname(address);
  // EADDRINUSE is kept back by libuv until listen() or connect(). It shows in
  // the port: the socket has none.
  if (err === 0 &&
      (address.port === 0 || (port !== 0 && address.port !== port))) {
    err = UV_EADDRINUSE;
  }
  if (err !== 0) {
    handle.close();
    throw new ExceptionWithHostPort(err, 'bind', host, port);
  }
  return handle;
}

function bindPath(path) {
  const handle = new Pipe(kPipeSocket);
  const err = handle.bindNoTruncate(path);
  if (err !== 0) {
    handle.close();
    throw new ExceptionWithHostPort(err, 'bind', path);
  }
  return handle;
}

/**
 * A stream socket that was bound, as by bind(2), and has no role yet. A server
 * or a client adopts it, and owns it from then on.
 */
class BoundHandle {
  // Is null once it was adopted or closed.
  #handle = null;
  // The path of a pipe, or what getsockname(2) says.
  #address;

  static {
    getHandle = (bound) => bound.#handle;
    getLocalAddress = (bound) => bound.#address;
    isBoundHandle = (value) =>
      typeof value === 'object' && value !== null && #handle in value;
    isPipe = (bound) => typeof bound.#address === 'string';
    takeHandle = (bound) => {
      const handle = bound.#handle;
      if (handle === null)
        throw new ERR_SOCKET_HANDLE_ADOPTED();
      bound.#handle = null;
      return handle;
    };
  }

  /**
   * @param {{
   *   host?: string,
   *   port?: number | string,
   *   ipv6Only?: boolean,
   *   reusePort?: boolean,
   *   path?: string,
   * }} [options] Either `path` or any of the others. `host` is an IP address.
   */
  constructor(options = kEmptyObject) {
    validateObject(options, 'options');
    const { host, port, ipv6Only, reusePort, path } = options;

    if (path !== undefined) {
      validateString(path, 'options.path');
      if (path === '')
        throw new ERR_INVALID_ARG_VALUE('options.path', path, 'must not be empty');
      if (path[0] === '\0' && process.platform !== 'linux') {
        throw new ERR_INVALID_ARG_VALUE(
          'options.path', path, 'names an abstract socket, which only Linux has');
      }
      if (host !== undefined || port !== undefined ||
          ipv6Only !== undefined || reusePort !== undefined) {
        throw new ERR_INVALID_ARG_VALUE(
          'options', options,
          'must not have host, port, ipv6Only, or reusePort beside path');
      }
      this.#handle = bindPath(path);
      this.#address = path;
      return;
    }

    if (ipv6Only != null)
      validateBoolean(ipv6Only, 'options.ipv6Only');
    if (reusePort != null)
      validateBoolean(reusePort, 'options.reusePort');
    if (host != null) {
      validateString(host, 'options.host');
      if (isIP(host) === 0) {
        throw new ERR_INVALID_ARG_VALUE(
          'options.host', host, 'must be an IP address, no name is looked up');
      }
    }
    const address = {};
    this.#handle = bindAddress(
      host ?? (ipv6Only ? '::' : '0.0.0.0'),
      port == null ? 0 : validatePort(port, 'options.port'),
      ipv6Only,
      reusePort,
      address);
    this.#address = address;
  }

  /**
   * @returns {{ address: string, family: string, port: number } | string} The
   *   local address, or the path of a pipe.
   */
  address() {
    if (this.#handle === null)
      throw new ERR_SOCKET_HANDLE_ADOPTED();
    return isPipe(this) ? this.#address : { ...this.#address };
  }

  /**
   * @returns {number} The file descriptor, which stays the handle's own, or -1
   *   where sockets have none.
   */
  fd() {
    if (this.#handle === null)
      throw new ERR_SOCKET_HANDLE_ADOPTED();
    return this.#handle.fd;
  }

  /** Releases the address. */
  close() {
    takeHandle(this).close();
  }

  [SymbolDispose]() {
    if (this.#handle !== null)
      takeHandle(this).close();
  }

  /** @type {boolean} */
  get isPipe() {
    return isPipe(this);
  }
}

// The handle of a BoundHandle that still has it. Whoever asks takes it later,
// when nothing can fail any more.
function borrowHandle(bound) {
  const handle = getHandle(bound);
  if (handle === null)
    throw new ERR_SOCKET_HANDLE_ADOPTED();
  return handle;
}

function markAdopted(socket, bound) {
  const handle = takeHandle(bound);
  if (isPipe(bound)) {
    // A pipe that was bound is not made readable and writable when libuv
    // connects it, but when libuv opens it.
    if (handle.fd !== -1)
      handle.open(handle.fd);
    // Pipe handles cannot be asked for their name.
    const path = getLocalAddress(bound);
    handle.getsockname = (out) => {
      out.address = path;
      return 0;
    };
  }
  socket[kAdopted] = handle;
}

/**
 * Puts the libuv handle in the place of a BoundHandle in a net.Socket's
 * options. adopt() is to follow when the socket is complete.
 * @param {object} options The socket's own copy.
 * @returns {BoundHandle | undefined}
 */
function lend(options) {
  const bound = options.handle;
  if (!isBoundHandle(bound))
    return undefined;
  options.handle = borrowHandle(bound);
  // There is nothing to read before connect().
  options.manualStart = true;
  return bound;
}

/**
 * Lets a socket that was lent the handle own it.
 * @param {net.Socket} socket
 * @param {BoundHandle | undefined} bound What lend() returned.
 */
function adopt(socket, bound) {
  if (bound !== undefined)
    markAdopted(socket, bound);
}

/**
 * Lends the libuv handle to a TLS socket, which adopts it when it connects.
 * @param {tls.TLSSocket} socket
 * @param {any} bound Its `handle` option.
 * @returns {object | undefined} The libuv handle.
 */
function lendToTLS(socket, bound) {
  if (!isBoundHandle(bound))
    return undefined;
  const handle = borrowHandle(bound);
  handle[owner_symbol] = socket;
  socket[kClaimed] = bound;
  return handle;
}

/**
 * @param {net.Socket} socket
 * @returns {boolean} Whether its local address comes from a BoundHandle.
 */
function isAdopted(socket) {
  return socket[kAdopted] !== undefined;
}

/**
 * Checks the options of connect() against the handle that the socket adopted.
 * @param {net.Socket} socket
 * @param {object} options
 * @returns {object} The options to connect with.
 */
function getConnectOptions(socket, options) {
  if (socket[kClaimed] !== undefined) {
    markAdopted(socket, socket[kClaimed]);
    socket[kClaimed] = undefined;
  }
  const handle = socket[kAdopted];
  if (handle === undefined)
    return options;
  if (socket.destroyed) {
    // It is gone. The socket makes a handle anew.
    socket[kAdopted] = undefined;
    return options;
  }

  const { host, localAddress, localPort, path } = options;
  if (localAddress !== undefined || localPort !== undefined) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options,
      'must not have localAddress or localPort, the socket is bound');
  }
  if (handle instanceof Pipe) {
    validateString(path, 'options.path');
    if (path === '')
      throw new ERR_INVALID_ARG_VALUE('options.path', path, 'must not be empty');
    return options;
  }
  if (path != null) {
    throw new ERR_INVALID_ARG_VALUE(
      'options.path', path, 'is no address for a bound TCP socket');
  }
  if (isIP(host) !== 0 || options.family)
    return options;
  // A name is to become an address that the socket can connect to.
  const local = {};
  handle.getsockname(local);
  return { __proto__: options, family: local.family === 'IPv6' ? 6 : 4 };
}

/**
 * @param {any} options The first argument of server.listen().
 * @returns {BoundHandle | undefined} The one that it is or has.
 */
function findBoundHandle(options) {
  const bound = isBoundHandle(options) ? options : options.handle;
  if (!isBoundHandle(bound))
    return undefined;
  borrowHandle(bound);
  return bound;
}

/**
 * Lets a server adopt the handle and listen on it. In a cluster worker, too,
 * the handle is the worker's own.
 * @param {net.Server} server
 * @param {BoundHandle} bound
 * @param {{
 *   backlog?: number,
 *   readableAll?: boolean,
 *   writableAll?: boolean,
 * }} options
 * @param {number | false} backlogFromArgs
 */
function listen(server, bound, options, backlogFromArgs) {
  const backlog = (Number(options.backlog) | 0) || backlogFromArgs;
  const local = getLocalAddress(bound);
  if (!isPipe(bound)) {
    server._handle = takeHandle(bound);
    server._listeningId++;
    server._listen2(
      local.address, local.port, local.family === 'IPv6' ? 6 : 4, backlog);
    return;
  }

  const mode = (options.readableAll === true ? UV_READABLE : 0) |
               (options.writableAll === true ? UV_WRITABLE : 0);
  if (mode !== 0) {
    if (local[0] === '\0') {
      throw new ERR_INVALID_ARG_VALUE(
        'options', options,
        'must not have readableAll or writableAll, an abstract socket has no mode');
    }
    const err = borrowHandle(bound).fchmod(mode);
    if (err !== 0)
      throw new ErrnoException(err, 'uv_pipe_chmod');
  }
  server._handle = takeHandle(bound);
  server._listeningId++;
  server._pipeName = local;
  server._listen2(local, -1, -1, backlog);
}

module.exports = {
  BoundHandle,
  adopt,
  findBoundHandle,
  getConnectOptions,
  getHandle,
  isAdopted,
  lend,
  lendToTLS,
  listen,
};
