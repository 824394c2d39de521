'use strict';

const {
  FunctionPrototypeCall,
} = primordials;

const { UV_UDP_REUSEADDR } = internalBinding('constants').os;
const {
  constants: {
    UV_UDP_IPV6ONLY,
    UV_UDP_REUSEPORT,
  },
} = internalBinding('udp_wrap');

const { kStateSymbol, newHandle } = require('internal/dgram');
const {
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_IP_BLOCKED,
    ERR_SOCKET_ALREADY_BOUND,
    ERR_SOCKET_DGRAM_IS_CONNECTED,
  },
} = require('internal/errors');
const { isIP } = require('internal/net');
const { kEmptyObject } = require('internal/util');
const {
  validateObject,
  validatePort,
  validateString,
} = require('internal/validators');

// Binds a socket with the options of another module. Returns undefined if there
// are none, otherwise as bind() of a handle.
let bindOther = () => undefined;

// Returns false if the default address should be used.
function validateAddress(address, name) {
  if (address === undefined || address === null || address === '')
    return false;
  validateString(address, name);
  if (isIP(address) === 0) {
    throw new ERR_INVALID_ARG_VALUE(
      name, address, 'must be an IP address, no name is looked up');
  }
  return true;
}

// A socket that was closed in the meantime emits nothing.
function emitUnlessClosed(socket, event) {
  if (socket[kStateSymbol].handle)
    socket.emit(event);
}

function emitListening(socket) {
  emitUnlessClosed(socket, 'listening');
}

/**
 * Adds bindSync() and connectSync() to the class of datagram sockets.
 * @param {object} prototype
 * @param {object} internals Private functions and constants of lib/dgram.js.
 */
function addMethods(prototype, internals) {
  const {
    healthCheck,
    replaceHandle,
    startListening,
    BIND_STATE_BOUND,
    BIND_STATE_UNBOUND,
    CONNECT_STATE_CONNECTED,
    CONNECT_STATE_DISCONNECTED,
  } = internals;

  function bind(socket, address, port, options) {
    const state = socket[kStateSymbol];
    const flags = (state.reuseAddr ? UV_UDP_REUSEADDR : 0) |
                  (state.ipv6Only ? UV_UDP_IPV6ONLY : 0) |
                  (state.reusePort ? UV_UDP_REUSEPORT : 0);
    const err = bindOther(socket, address, port, options) ??
      state.handle.bind(address, port, flags);
    if (err !== 0)
      throw new ExceptionWithHostPort(err, 'bind', address, port);
    try {
      startListening(socket, emitListening);
    } catch (error) {
      // Setting a buffer size failed. A bound socket cannot be unbound, so
      // start over with a new handle.
      replaceHandle(socket, newHandle(socket.type));
      state.bindState = BIND_STATE_UNBOUND;
      state.receiving = false;
      throw error;
    }
  }

  const anyAddress = (socket) => (socket.type === 'udp4' ? '0.0.0.0' : '::');
  const loopback = (socket) => (socket.type === 'udp4' ? '127.0.0.1' : '::1');

  /**
   * Binds immediately, like bind(2).
   * @param {{ port?: number | string, address?: string }} [options]
   * @returns {{ address: string, family: string, port: number }}
   */
  function bindSync(options = kEmptyObject) {
    validateObject(options, 'options');
    const { address, port } = options;
    const local = port == null ? 0 : validatePort(port, 'options.port');
    const hasAddress = validateAddress(address, 'options.address');
    healthCheck(this);
    if (this[kStateSymbol].bindState !== BIND_STATE_UNBOUND)
      throw new ERR_SOCKET_ALREADY_BOUND();

    bind(this, hasAddress ? address : anyAddress(this), local, options);
    return FunctionPrototypeCall(prototype.address, this);
  }

  /**
   * Sets the peer immediately, like connect(2), and binds first if necessary.
   * @param {number | string} port
   * @param {string} [address]
   */
  function connectSync(port, address) {
    // Older lines accept '0', but not 0.
    const peerPort = validatePort(validatePort(port, 'Port', false), 'Port', false);
    const peer = validateAddress(address, 'address') ? address : loopback(this);
    healthCheck(this);
    const state = this[kStateSymbol];
    if (state.connectState !== CONNECT_STATE_DISCONNECTED)
      throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
    if (state.sendBlockList?.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4'))
      throw new ERR_IP_BLOCKED(peer);
    if (state.bindState === BIND_STATE_UNBOUND)
      FunctionPrototypeCall(prototype.bindSync, this);
    else if (state.bindState !== BIND_STATE_BOUND)
      throw new ERR_SOCKET_ALREADY_BOUND();

    const err = state.handle.connect(peer, peerPort);
    if (err !== 0)
      throw new ExceptionWithHostPort(err, 'connect', peer, peerPort);
    state.connectState = CONNECT_STATE_CONNECTED;
    process.nextTick(emitUnlessClosed, this, 'connect');
  }

  prototype.bindSync = bindSync;
  prototype.connectSync = connectSync;
}

module.exports = {
  addMethods,
  setBind: (bind) => bindOther = bind,
};
