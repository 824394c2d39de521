'use strict';

const {
  ArrayPrototypeShift,
  FunctionPrototypeCall,
  Number,
  ReflectConstruct,
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
const {
  ErrnoException,
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_RETURN_VALUE,
    ERR_SOCKET_HANDLE_ADOPTED,
  },
} = require('internal/errors');
const { isIP, kReinitializeHandle } = require('internal/net');
const { SymbolDispose, kEmptyObject, lazyDOMException } = require('internal/util');
const { namespace: { isBuildingSnapshot } } = require('internal/v8/startup_snapshot');
const {
  validateBoolean,
  validateObject,
  validatePort,
  validateString,
} = require('internal/validators');
const jsTransferable = require('internal/worker/js_transferable');

// Set on a client socket that adopted a handle: the kind of address it can
// connect to, either kPath or a family.
const kAdopted = Symbol('kAdopted');
const kPath = 1;
// A function that returns the BoundHandle to adopt in connect().
const kFactory = Symbol('kFactory');
// Whether connect() has yet to be called.
const kWaiting = Symbol('kWaiting');

// These access the private state of a BoundHandle.
let getHandle;
let getLocalAddress;
let isBoundHandle;
let isPipe;
let setPrivate;
let takeHandle;

// Opens a bound socket whose options belong to another module. Returns whether
// there were any such options.
let openOther = () => false;

// Lets another module provide the handle first.
let settle = (bound) => bound;

// Binds a handle to an address of a family, or a path, with the options of
// another module. Returns undefined if there are none, otherwise as bind(); closes
// the handle when it throws.
let bindOther = () => undefined;

// On release lines where transferable objects inherit from a native class, that
// class has to be the base from the start. A startup snapshot cannot contain its
// objects.
const { JSTransferable = class {} } = jsTransferable;

function Base() {
  if (!isBuildingSnapshot())
    return ReflectConstruct(JSTransferable, [], new.target);
}
Base.prototype = JSTransferable.prototype;

// Returns a TCP handle and its address.
function bindAddress(host, port, options) {
  const handle = new TCP(kTCPSocket);
  const address = { address: host, family: 'IPv4', port };
  const family = isIP(host);
  let err = bindOther(handle, options, family, host, port);
  const isOther = err !== undefined;
  if (!isOther) {
    const flags = family === 6 && options.ipv6Only ? UV_TCP_IPV6ONLY : 0;
    err = handle.bindAddress(host, port, flags, options.reusePort);
    address.port = err;
  }
  // Only an IPv6 address can be written in more ways than one.
  if (err >= 0 && (isOther || family === 6))
    err = handle.getsockname(address);
  if (err < 0) {
    handle.close();
    throw new ExceptionWithHostPort(err, 'bind', host, port);
  }
  return { handle, address };
}

function bindPath(path, options) {
  const handle = new Pipe(kPipeSocket);
  const err = bindOther(handle, options, 0, path) ?? handle.bindNoTruncate(path);
  if (err !== 0) {
    handle.close();
    throw new ExceptionWithHostPort(err, 'bind', path);
  }
  return handle;
}

/**
 * A stream socket that is bound, as if by bind(2), and does not have a role
 * yet. The server or client that adopts it becomes its owner.
 */
class BoundHandle extends Base {
  // Null once adopted or closed.
  #handle = null;
  // The path of a pipe, or the result of getsockname(2).
  #address;

  static {
    getHandle = (bound) => settle(bound).#handle;
    getLocalAddress = (bound) => bound.#address;
    isBoundHandle = (value) =>
      typeof value === 'object' && value !== null && #handle in value;
    isPipe = (bound) => typeof bound.#address === 'string';
    setPrivate = (bound, handle, address) => {
      bound.#handle = handle;
      bound.#address = address;
    };
    takeHandle = (bound) => {
      const handle = borrowHandle(bound);
      bound.#handle = null;
      return handle;
    };
  }

  constructor(options = kEmptyObject) {
    validateObject(options, 'options');
    super();
    if (openOther(this, options))
      return;
    const { host, port, ipv6Only, reusePort, path } = options;

    if (path != null) {
      validateString(path, 'options.path');
      if (path === '')
        throw new ERR_INVALID_ARG_VALUE('options.path', path, 'must not be empty');
      if (path[0] === '\0' && process.platform !== 'linux') {
        throw new ERR_INVALID_ARG_VALUE(
          'options.path', path, 'names an abstract socket, which only Linux has');
      }
      if (host != null || port != null || ipv6Only != null || reusePort != null) {
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
    ({ handle: this.#handle, address: this.#address } = bindAddress(
      host ?? (ipv6Only ? '::' : '0.0.0.0'),
      port == null ? 0 : validatePort(port, 'options.port'),
      options));
  }

  /**
   * @returns {{ address: string, family: string, port: number } | string} The
   *   local address, or the path of a pipe.
   */
  address() {
    borrowHandle(this);
    return isPipe(this) ? this.#address : { ...this.#address };
  }

  /**
   * @returns {number} The file descriptor, which the handle still owns, or -1
   *   on platforms where sockets have no descriptor.
   */
  fd() {
    return borrowHandle(this).fd;
  }

  /** Releases the address. */
  close() {
    takeHandle(this).close();
  }

  [SymbolDispose]() {
    if (this.#handle !== null)
      takeHandle(this).close();
  }

  // Overridden by another module that supports transfer.
  [jsTransferable.kTransfer]() {
    throw lazyDOMException('A BoundSocket cannot be transferred', 'DataCloneError');
  }

  /** @type {boolean} */
  get isPipe() {
    return isPipe(this);
  }
}

// Returns the handle of a BoundHandle that still has one. The caller takes it
// later, once nothing can fail anymore.
function borrowHandle(bound) {
  const handle = getHandle(bound);
  if (handle === null)
    throw new ERR_SOCKET_HANDLE_ADOPTED();
  return handle;
}

// Prepares a handle for a client that is about to take it; its callbacks run in
// the client's async context.
function borrowForClient(bound) {
  const handle = borrowHandle(bound);
  if (isPipe(bound)) {
    // A pipe becomes readable and writable when libuv opens it, but not when
    // libuv connects one that is already bound.
    const err = handle.fd === -1 ? 0 : handle.open(handle.fd);
    if (err !== 0)
      throw new ErrnoException(err, 'open');
  }
  handle.asyncReset(handle);
  return handle;
}

function takeForClient(socket, bound) {
  const handle = takeHandle(bound);
  socket[kAdopted] = kindOf(bound);
  if (isPipe(bound)) {
    // A pipe handle cannot be asked for its name.
    const path = getLocalAddress(bound);
    handle.getsockname = (out) => {
      out.address = path;
      return 0;
    };
  }
}

function kindOf(bound) {
  if (isPipe(bound))
    return kPath;
  return getLocalAddress(bound).family === 'IPv6' ? 6 : 4;
}

/**
 * Replaces the BoundHandle in the options of a net.Socket with its libuv
 * handle. adopt() must follow once nothing can fail anymore.
 * @param {object} options The socket's own copy.
 * @returns {BoundHandle | Function | undefined}
 */
function lend(options) {
  const bound = options.handle;
  if (typeof bound === 'function') {
    options.handle = undefined;
    return bound;
  }
  if (!isBoundHandle(bound))
    return undefined;
  options.handle = borrowForClient(bound);
  // There is nothing to read before connect().
  options.manualStart = true;
  return bound;
}

/**
 * Makes a socket the owner of the handle that it was lent.
 * @param {net.Socket} socket
 * @param {BoundHandle | Function | undefined} bound What lend() returned.
 */
function adopt(socket, bound) {
  if (bound === undefined)
    return;
  if (typeof bound === 'function') {
    socket[kFactory] = bound;
    return;
  }
  takeForClient(socket, bound);
  socket[kWaiting] = true;
}

/**
 * Returns the options for the constructor of a net.Socket that is going to
 * connect. A BoundHandle is left to connect(), which can give it back.
 * @param {object} options
 * @returns {object}
 */
function forConstructor(options) {
  return isBoundHandle(options.handle) ? { ...options, handle: null } : options;
}

// Makes a socket adopt a BoundHandle in place of a handle of its own, if it has
// one, and connects it. If that throws, the BoundHandle gets its handle back.
function adoptAndConnect(socket, source, connect, normalized) {
  const bound = typeof source === 'function' ? source() : source;
  if (!isBoundHandle(bound))
    throw new ERR_INVALID_RETURN_VALUE('a net.BoundSocket', 'options.handle', bound);
  const handle = borrowForClient(bound);
  try {
    // A TLS socket wraps it.
    handle[owner_symbol] = socket;
    socket[kReinitializeHandle](handle);
    if (socket.encrypted)
      socket.ssl = socket._handle;
    takeForClient(socket, bound);
    FunctionPrototypeCall(connect, socket, normalized);
  } catch (err) {
    socket._handle?.destroySSL?.();
    socket._handle = null;
    socket.connecting = false;
    socket[kAdopted] = undefined;
    handle[owner_symbol] = undefined;
    delete handle.getsockname;
    if (bound === source)
      setPrivate(bound, handle, getLocalAddress(bound));
    else
      handle.close();
    throw err;
  }
}

/**
 * Destroys a socket because connect(2) has failed. A bound socket connects at
 * once, so its error is left to the next tick, when somebody listens for it. The
 * socket may connect anew until then.
 * @param {net.Socket} socket
 * @param {Error} error
 */
function failConnect(socket, error) {
  if (socket[kAdopted] === undefined) {
    socket.destroy(error);
    return;
  }
  const handle = socket._handle;
  process.nextTick(() => {
    if (socket._handle === handle)
      socket.destroy(error);
  });
}

function validateConnectOptions(kind, options) {
  const { localAddress, localPort, path } = options;
  // connect() treats null as absent, and the undici connector passes null.
  if (localAddress != null || localPort != null) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options,
      'must not have localAddress or localPort, the socket is bound');
  }
  if (kind === kPath) {
    validateString(path, 'options.path');
    if (path === '')
      throw new ERR_INVALID_ARG_VALUE('options.path', path, 'must not be empty');
  } else if (path) {
    throw new ERR_INVALID_ARG_VALUE(
      'options.path', path, 'is no address for a bound TCP socket');
  }
}

/**
 * Checks the options of connect() against the handle that the socket adopted,
 * and replaces them with the options to connect with. Adopts a BoundHandle that
 * is among them.
 * @param {net.Socket} socket
 * @param {Function} connect
 * @param {[object, Function | null]} normalized What connect() was called with.
 * @returns {boolean} Whether it has connected the socket already.
 */
function prepareConnect(socket, connect, normalized) {
  const options = normalized[0];
  if (socket.destroyed) {
    // The adopted handle is gone. The socket will create a new one.
    socket[kAdopted] = undefined;
    socket[kWaiting] = false;
  }
  if (socket[kAdopted] === undefined) {
    const source = options.handle ?? socket[kFactory];
    if (!isBoundHandle(source) && typeof source !== 'function')
      return false;
    adoptAndConnect(socket, source, connect, normalized);
    return true;
  }
  validateConnectOptions(socket[kAdopted], options);
  socket[kWaiting] = false;
  if (socket[kAdopted] !== kPath && isIP(options.host) === 0 && !options.family) {
    // Resolve names only to addresses that the socket can connect to.
    normalized[0] = { __proto__: options, family: socket[kAdopted] };
  }
  return false;
}

/**
 * Creates the connection for a request that was queued in an http.Agent and has
 * a BoundHandle. Nothing could catch an error thrown by the agent.
 * @param {http.Agent} agent
 * @param {http.ClientRequest} request
 * @param {symbol} key The key under which the request stores its own options.
 * @param {net.Socket} closed The connection that has closed.
 * @returns {boolean} False if the request has no BoundHandle.
 */
function connectQueued(agent, request, key, closed) {
  const options = request[key];
  if (!options?.handle)
    return false;
  request[key] = undefined;
  const callback = (err, socket) => {
    if (socket)
      socket.emit('free');
    else
      request.onSocket(null, err);
  };
  let error;
  try {
    // One that was destroyed while it waited does not adopt a BoundHandle.
    if (!request.destroyed) {
      agent.createSocket(request, options, callback);
      return true;
    }
  } catch (err) {
    error = err;
  }
  const name = agent.getName(options);
  ArrayPrototypeShift(agent.requests[name]);
  if (agent.requests[name].length === 0)
    delete agent.requests[name];
  callback(error);
  options.handle = undefined;
  process.nextTick(() => agent.removeSocket(closed, options));
  return true;
}

/**
 * @param {any} options The first argument of server.listen().
 * @returns {BoundHandle | undefined} The BoundHandle passed as, or in, the
 *   options.
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
 * Makes a server adopt the handle and listen on it. The handle belongs to the
 * worker itself even in a cluster worker.
 * @param {net.Server} server
 * @param {BoundHandle} bound
 * @param {object} options Those of listen().
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

// Lets another module open bound sockets that use its options, and extend the
// class.
function extend(other) {
  ({ open: openOther, settle } = other);
  other.extend(BoundHandle, {
    getHandle, getLocal: getLocalAddress, hasHandle: isBoundHandle, setPrivate,
  });
}

module.exports = {
  BoundHandle,
  adopt,
  connectQueued,
  extend,
  failConnect,
  findBoundHandle,
  forConstructor,
  getHandle,
  // Whether connect(2) can be called at once. A getter among the options may have
  // destroyed the socket.
  isAdopted: (socket) => socket[kAdopted] !== undefined && socket.connecting,
  // Whether it adopted a BoundHandle and has yet to connect.
  isWaiting: (socket) => socket[kWaiting] === true,
  lend,
  listen,
  prepareConnect,
  setBind: (bind) => bindOther = bind,
};
