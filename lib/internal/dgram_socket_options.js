'use strict';

const {
  ArrayPrototypeForEach,
  ArrayPrototypePush,
  Symbol,
} = primordials;

const {
  constants: {
    UV_UDP_IPV6ONLY,
    UV_UDP_REUSEPORT,
  },
} = internalBinding('udp_wrap');
const { UV_EINVAL } = internalBinding('uv');

const { errorMonitor } = require('events');
const { owner_symbol } = require('internal/async_hooks').symbols;
const { kStateSymbol, newHandle } = require('internal/dgram');
const {
  bindWithOptions,
  hasOptions,
  kExclusive,
  kIpv6Only,
  kKept,
  kList,
  kReuseAddress,
  kReusePort,
  readOptions,
  refuse,
  refuseMisplaced,
} = require('internal/early_socket_options');
const {
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const { isIP } = require('internal/net');
const { keepers } = require('internal/socket_options');

// Set on a socket: the callbacks that wait until it is bound.
const kWaiting = Symbol('kWaiting');

// Called by bindSync() first, the latest to begin with, until one has bound the
// socket.
let bindOtherwise = () => undefined;

// States of lib/dgram.js.
const kUnbound = 0;
const kBound = 2;
const kDisconnected = 0;
const kConnected = 2;

/**
 * Records the options of dgram.createSocket().
 * @param {dgram.Socket} socket
 * @param {{ socketOptions?: Array<[number, number, any]> }} options
 */
function setOptions(socket, options) {
  socket[kList] = readOptions(options);
}

/**
 * Checks the first argument of bind().
 * @param {dgram.Socket} socket
 * @param {any} options
 */
function checkBind(socket, options) {
  if (options === null || typeof options !== 'object')
    return;
  refuseMisplaced(options);
  refuse(options, 'socketOptions', 'dgram.createSocket()');
  if (typeof options.fd === 'number' && hasOptions(socket)) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must not have fd, there are options to set before it');
  }
}

/**
 * Calls back with the error if binding, which has begun, fails.
 * @param {dgram.Socket} socket
 * @param {Function} [callback]
 */
function awaitBind(socket, callback) {
  if (typeof callback !== 'function')
    return;
  if (socket[kWaiting] !== undefined) {
    ArrayPrototypePush(socket[kWaiting], callback);
    return;
  }
  socket[kWaiting] = [callback];
  const end = (error) => {
    socket.removeListener('listening', end);
    socket.removeListener(errorMonitor, end);
    const waiting = socket[kWaiting];
    socket[kWaiting] = undefined;
    if (error !== undefined)
      ArrayPrototypeForEach(waiting, (call) => process.nextTick(call, error));
  };
  socket.on('listening', end);
  socket.on(errorMonitor, end);
}

/**
 * Closes a socket, which waits until it is bound, if binding fails.
 * @param {dgram.Socket} socket
 */
function awaitClose(socket) {
  awaitBind(socket, () => {
    if (socket[kStateSymbol].handle)
      socket.close();
  });
}

/**
 * @param {dgram.Socket} socket
 * @param {string} address
 * @param {number} [port]
 * @param {boolean} [isExclusive] Must be true for a socket without options.
 * @returns {number} As bind() of a handle.
 */
function bindHandle(socket, address, port, isExclusive = false) {
  const state = socket[kStateSymbol];
  const { handle, ipv6Only, reuseAddr, reusePort } = state;
  // A getter of the options may have closed it.
  if (!handle)
    throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  const family = socket.type === 'udp4' ? 4 : 6;
  if (isIP(address) !== family)
    return UV_EINVAL;
  // On Windows, being exclusive takes an option.
  if (!hasOptions(socket) && process.platform !== 'win32')
    return handle.bind(address, port, ipv6Only ? UV_UDP_IPV6ONLY : 0);
  const terms = (reuseAddr ? kReuseAddress : 0) |
                (reusePort && UV_UDP_REUSEPORT !== undefined ? kReusePort : 0) |
                (family === 6 && ipv6Only ? kIpv6Only : 0) |
                (isExclusive ? kExclusive : 0);
  try {
    return bindWithOptions(
      handle, family, address, port >>> 0, terms, socket[kList], socket[kKept]);
  } catch (err) {
    // The next attempt has to set all options again.
    const next = newHandle(socket.type);
    if (!handle.hasRef())
      next.unref();
    next.lookup = handle.lookup;
    next[owner_symbol] = socket;
    handle.close();
    state.handle = next;
    throw err;
  }
}

/**
 * Binds a socket that has options, or emits an error on it.
 * @param {dgram.Socket} socket
 * @param {string} address
 * @param {number} [port]
 * @param {boolean} isShared Whether the primary process of a cluster binds it.
 * @param {(socket: dgram.Socket) => void} startListening
 * @returns {boolean} False if there are no options.
 */
function bind(socket, address, port, isShared, startListening) {
  if (!hasOptions(socket))
    return false;
  let error;
  try {
    if (isShared)
      throw new ERR_SOCKET_HANDLE_SHARED();
    const err = bindHandle(socket, address, port);
    if (err !== 0)
      error = new ExceptionWithHostPort(err, 'bind', address, port);
  } catch (err) {
    error = err;
  }
  if (error === undefined) {
    startListening(socket);
  } else {
    const state = socket[kStateSymbol];
    state.bindState = kUnbound;
    // A call of connect() that waits fails as well.
    state.connectState = kDisconnected;
    socket.emit('error', error);
  }
  return true;
}

/**
 * Binds a socket that has options.
 * @param {dgram.Socket} socket
 * @param {string} address
 * @param {number} port
 * @param {object} options The options of bindSync().
 * @returns {number | undefined} As bind() of a handle; undefined if there are
 *   no options.
 */
function bindSync(socket, address, port, options) {
  try {
    checkBind(socket, options);
    return bindOtherwise(socket, options, address, port) ??
      (hasOptions(socket) ? bindHandle(socket, address, port) : undefined);
  } catch (err) {
    socket[kStateSymbol].bindState = kUnbound;
    throw err;
  }
}

keepers.datagram = keepers.stream;

module.exports = {
  awaitBind,
  awaitClose,
  bind,
  bindHandle,
  bindSync,
  checkBind,
  kBound,
  kConnected,
  kUnbound,
  setBindOtherwise: (other) => {
    const former = bindOtherwise;
    bindOtherwise = (socket, options, address, port) =>
      other(socket, options, address, port) ?? former(socket, options, address, port);
  },
  setOptions,
};
