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

const { owner_symbol } = require('internal/async_hooks').symbols;
const { connectOrDestroy } = require('internal/connect_or_destroy');
const {
  ErrnoException,
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_HANDLE_ADOPTED,
  },
} = require('internal/errors');
const { isIP, kReinitializeHandle } = require('internal/net');
const { getTimerDuration } = require('internal/timers');
const { SymbolDispose, kEmptyObject, lazyDOMException } = require('internal/util');
const {
  validateBoolean,
  validateObject,
  validatePort,
  validateString,
} = require('internal/validators');
const jsTransferable = require('internal/worker/js_transferable');

// Of a client socket that took over a handle: what kind of addresses it can
// connect to, kPath or a family.
const kAdopted = Symbol('kAdopted');
const kPath = 1;
// Whether connect() is yet to be called.
const kWaiting = Symbol('kWaiting');

// Each reads or changes what is private to a BoundHandle.
let getHandle;
let getLocalAddress;
let isBoundHandle;
let isPipe;
let setPrivate;
let takeHandle;

// Opens what has options of another module, and returns whether it has any.
let openOther = () => false;

// Prepares a handle for bind() and bind6() by options of another module, or
// closes it and throws, and returns whether it has any.
let prepare = () => false;

// Where objects that another module makes transferable inherit from a native
// class, it has to be there from the start.
const Base = 'JSTransferable' in jsTransferable ?
  jsTransferable.JSTransferable :
  class {};

// Returns a TCP handle and writes its address into `address`.
function bindAddress(host, port, options, address) {
  const handle = new TCP(kTCPSocket);
  const family = isIP(host);
  const isPrepared = prepare(handle, options, family);
  const flags = family === 6 && options.ipv6Only ? UV_TCP_IPV6ONLY : 0;
  let err;
  if (options.reusePort && !isPrepared)
    err = handle.bindReusePort(host, port, flags);
  else if (family === 6)
    err = handle.bind6(host, port, flags);
  else
    err = handle.bind(host, port);
  // This also reports an EADDRINUSE that libuv keeps back.
  if (err === 0)
    err = handle.getsockname(address);
  if (err !== 0) {
    handle.close();
    throw new ExceptionWithHostPort(err, 'bind', host, port);
  }
  return handle;
}

function bindPath(path, options) {
  const handle = new Pipe(kPipeSocket);
  const err = prepare(handle, options, 0) ?
    handle.bind(path) : handle.bindNoTruncate(path);
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
class BoundHandle extends Base {
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
    setPrivate = (bound, handle, address) => {
      bound.#handle = handle;
      bound.#address = address;
    };
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
    super();
    if (openOther(this, options))
      return;
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
      this.#handle = bindPath(path, options);
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
      { __proto__: options, ipv6Only, reusePort },
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

  // Another module that is able to puts its own in this place.
  [jsTransferable.kTransfer]() {
    throw lazyDOMException('A BoundSocket cannot be transferred', 'DataCloneError');
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

// Makes a handle ready for a client, in whose async context it will call back.
function borrowForClient(bound) {
  const handle = borrowHandle(bound);
  if (isPipe(bound)) {
    // A pipe that was bound is not made readable and writable when libuv
    // connects it, but when libuv opens it.
    const err = handle.fd === -1 ? 0 : handle.open(handle.fd);
    if (err !== 0)
      throw new ErrnoException(err, 'open');
    // Pipe handles cannot be asked for their name.
    const path = getLocalAddress(bound);
    handle.getsockname = (out) => {
      out.address = path;
      return 0;
    };
  }
  handle.asyncReset(handle);
  return handle;
}

function kindOf(bound) {
  if (isPipe(bound))
    return kPath;
  return getLocalAddress(bound).family === 'IPv6' ? 6 : 4;
}

/**
 * Puts the libuv handle in the place of a BoundHandle in a net.Socket's
 * options. adopt() is to follow when nothing can fail any more.
 * @param {object} options The socket's own copy.
 * @returns {BoundHandle | undefined}
 */
function lend(options) {
  const bound = options.handle;
  if (!isBoundHandle(bound))
    return undefined;
  // net.connect() sets it when the socket owns the handle.
  if (options.timeout)
    getTimerDuration(options.timeout, 'msecs');
  options.handle = borrowForClient(bound);
  // There is nothing to read before connect().
  options.manualStart = true;
  return bound;
}

/**
 * Lets a socket that was lent the handle own it.
 * @param {net.Socket} socket
 * @param {BoundHandle | undefined} bound What lend() returned.
 * @param {object} options The socket's own copy.
 */
function adopt(socket, bound, options) {
  if (bound === undefined)
    return;
  takeHandle(bound);
  if (options.signal?.aborted) {
    // The socket was destroyed when it had no handle yet, and has told so.
    socket._handle.close();
    socket._handle = null;
    return;
  }
  socket[kAdopted] = kindOf(bound);
  socket[kWaiting] = true;
}

// A TLS socket has a handle of its own until it connects.
function adoptLate(socket, bound) {
  const handle = borrowForClient(bound);
  takeHandle(bound);
  socket[kAdopted] = kindOf(bound);
  handle[owner_symbol] = socket;
  socket[kReinitializeHandle](handle);
  socket.ssl = socket._handle;
}

/**
 * @param {net.Socket} socket
 * @returns {boolean} Whether its local address comes from a BoundHandle.
 */
function isAdopted(socket) {
  return socket[kAdopted] !== undefined;
}

/**
 * @param {net.Socket} socket
 * @returns {boolean} Whether it has such an address and is yet to connect.
 */
function isWaiting(socket) {
  return socket[kWaiting] === true;
}

function validateConnectOptions(kind, options) {
  const { localAddress, localPort, path } = options;
  // Null stands for none in connect(), and undici's connector passes it.
  if (localAddress != null || localPort != null) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options,
      'must not have localAddress or localPort, the socket is bound');
  }
  if (kind === kPath) {
    validateString(path, 'options.path');
    if (path === '')
      throw new ERR_INVALID_ARG_VALUE('options.path', path, 'must not be empty');
  } else if (path != null) {
    throw new ERR_INVALID_ARG_VALUE(
      'options.path', path, 'is no address for a bound TCP socket');
  }
}

/**
 * Checks the options of connect() against the handle that the socket adopted,
 * and puts those to connect with in their place.
 * @param {net.Socket} socket
 * @param {[object, Function | null]} normalized What connect() was called with.
 */
function prepareConnect(socket, normalized) {
  const options = normalized[0];
  if (socket.destroyed) {
    // What it adopted is gone. It makes a handle anew.
    socket[kAdopted] = undefined;
    socket[kWaiting] = false;
    return;
  }
  if (isAdopted(socket)) {
    validateConnectOptions(socket[kAdopted], options);
  } else if (socket.encrypted && isBoundHandle(options.handle)) {
    validateConnectOptions(kindOf(options.handle), options);
    adoptLate(socket, options.handle);
  } else {
    return;
  }
  socket[kWaiting] = false;
  if (socket[kAdopted] === kPath || isIP(options.host) !== 0 || options.family)
    return;
  // A name is to become an address that the socket can connect to.
  normalized[0] = { __proto__: options, family: socket[kAdopted] };
}

/**
 * Makes the connection of a request that waited in an http.Agent and brings a
 * BoundHandle. Nobody could catch what the agent throws.
 * @param {http.Agent} agent
 * @param {http.ClientRequest} request
 * @param {symbol} key Where the request has its own options.
 * @returns {boolean} False where it brings none.
 */
function connectQueued(agent, request, key) {
  const options = request[key];
  if (!isBoundHandle(options?.handle))
    return false;
  request[key] = undefined;
  const callback = (err, socket) => {
    if (err)
      request.onSocket(null, err);
    else
      socket.emit('free');
  };
  try {
    agent.createSocket(request, options, callback);
  } catch (err) {
    callback(err);
  }
  return true;
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
  if (isPipe(bound) && getLocalAddress(bound)[0] === '\0' &&
      (options.readableAll || options.writableAll)) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options,
      'must not have readableAll or writableAll, an abstract socket has no mode');
  }
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
  const handle = borrowHandle(bound);
  const mode = (options.readableAll === true ? UV_READABLE : 0) |
               (options.writableAll === true ? UV_WRITABLE : 0);
  if (isPipe(bound) && mode !== 0) {
    const err = handle.fchmod(mode);
    if (err !== 0)
      throw new ErrnoException(err, 'uv_pipe_chmod');
  }
  takeHandle(bound);
  handle.asyncReset(handle);
  server._handle = handle;
  server._listeningId++;
  const local = getLocalAddress(bound);
  if (isPipe(bound)) {
    server._pipeName = local;
    server._listen2(local, -1, -1, backlog);
  } else {
    server._listen2(local.address, local.port, kindOf(bound), backlog);
  }
}

/**
 * Lets another module open bound sockets that have its options, and add to the
 * class.
 * @param {{
 *   extend: (constructor: Function, internals: object) => void,
 *   open: (bound: BoundHandle, options: object) => boolean,
 * }} other
 */
function extend(other) {
  openOther = other.open;
  other.extend(BoundHandle, {
    getHandle, getLocal: getLocalAddress, hasHandle: isBoundHandle, setPrivate,
  });
}

/**
 * Lets another module prepare handles before they are bound.
 * @param {(handle: object, options: object, family: number) => boolean} other
 */
function setPrepare(other) {
  prepare = other;
}

module.exports = {
  BoundHandle,
  adopt,
  connectOrDestroy,
  connectQueued,
  extend,
  findBoundHandle,
  getHandle,
  isAdopted,
  isWaiting,
  lend,
  listen,
  prepareConnect,
  setPrepare,
};
