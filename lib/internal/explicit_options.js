'use strict';

const {
  Boolean,
  ObjectGetOwnPropertySymbols,
  ReflectApply,
  Symbol,
} = primordials;

const {
  socketConstants: {
    IPPROTO_TCP,
    SOL_SOCKET,
    SO_KEEPALIVE,
    TCP_KEEPALIVE,
    TCP_KEEPCNT,
    TCP_KEEPIDLE = TCP_KEEPALIVE,
    TCP_KEEPINTVL,
    TCP_NODELAY,
  } = {},  // Without setsockopt(), there are none.
} = internalBinding('tcp_wrap');

const { codes: { ERR_HTTP2_NO_SOCKET_MANIPULATION } } = require('internal/errors');
// What lib/net.js sets on a socket by itself is stored under these keys. Older
// lines do not export them.
const {
  kSetNoDelay = Symbol('kSetNoDelay'),
  kSetKeepAlive = Symbol('kSetKeepAlive'),
  kSetKeepAliveInitialDelay = Symbol('kSetKeepAliveInitialDelay'),
  kSetKeepAliveInterval = Symbol('kSetKeepAliveInterval'),
  kSetKeepAliveCount = Symbol('kSetKeepAliveCount'),
} = require('internal/net');

// Set on a socket, a handle, or a server: the options that a program has set,
// by key, and whether it has turned them on.
const kExplicit = Symbol('kExplicit');

function keyOf(level, optname) {
  if (level === SOL_SOCKET)
    return optname === SO_KEEPALIVE ? kSetKeepAlive : undefined;
  if (level !== IPPROTO_TCP)
    return undefined;
  switch (optname) {
    case TCP_NODELAY: return kSetNoDelay;
    case TCP_KEEPIDLE: return kSetKeepAliveInitialDelay;
    case TCP_KEEPINTVL: return kSetKeepAliveInterval;
    case TCP_KEEPCNT: return kSetKeepAliveCount;
    default: return undefined;
  }
}

/**
 * @param {object} socket
 * @returns {object} The socket itself, or the one that a TLS socket wraps.
 */
function bottomOf(socket) {
  while (socket._parent)
    socket = socket._parent;
  return socket;
}

// Records an option, and that lib/net.js must not set it any more.
function add(target, key, isOn) {
  (target[kExplicit] ??= { __proto__: null })[key] = isOn;
  if (key !== kSetNoDelay && key !== kSetKeepAlive)
    target[key] = 0;  // Leaves the time or the count as it is.
  else if (!isOn || !target[key])
    target[key] = undefined;  // Neither on nor off.
}

/**
 * Records that a program has set an option, so that no default of lib/net.js
 * or of a protocol replaces it.
 * @param {object} target A socket, a server, or the handle of a listening,
 *   bound, or accepted socket.
 * @param {number} level
 * @param {number} optname
 * @param {number | boolean | Uint8Array} value
 */
function note(target, level, optname, value) {
  const key = keyOf(level, optname);
  if (key === undefined)
    return;
  target = bottomOf(target);
  const isOn = Boolean(value) && typeof value !== 'object';
  add(target, key, isOn);
  // What was turned on before there was a descriptor is pending in libuv.
  if (key === kSetNoDelay && !isOn && target.fd === -1)
    target.setNoDelay?.(false);
}

/**
 * @param {object} target
 * @param {Array<number | Uint8Array>} flat Levels, names and values.
 */
function noteAll(target, flat) {
  for (let i = 0; i < flat.length; i += 3)
    note(target, flat[i], flat[i + 1], flat[i + 2]);
}

/**
 * @param {object} target
 * @param {object | null | undefined} source A handle or a server whose options
 *   target has.
 */
function inherit(target, source) {
  const explicit = source?.[kExplicit];
  if (explicit === undefined)
    return;
  for (const key of ObjectGetOwnPropertySymbols(explicit))
    add(target, key, explicit[key]);
}

/**
 * Sets what lib/net.js is going to set, as far as a program has not.
 * @param {net.Socket} socket
 * @param {symbol} key
 * @param {boolean | number | undefined} value Undefined leaves it as it is.
 */
function setNamed(socket, key, value) {
  if (value === undefined)
    return;
  socket[key] = value;
  const isOn = socket[kExplicit]?.[key];
  if (isOn !== undefined)
    add(socket, key, isOn);
}

/**
 * @param {object} socket
 * @param {symbol} key
 * @returns {boolean} Whether setsockopt() has determined the value.
 */
function isExplicit(socket, key) {
  return bottomOf(socket)[kExplicit]?.[key] !== undefined;
}

/**
 * @param {object} socket The socket of an HTTP/2 session.
 * @returns {Function} A setsockopt() that refuses what setNoDelay() and
 *   setKeepAlive() set, which the session refuses as well.
 */
function guard(socket) {
  return function setsockopt(level, optname) {
    if (keyOf(level, optname) !== undefined)
      throw new ERR_HTTP2_NO_SOCKET_MANIPULATION();
    return ReflectApply(socket.setsockopt, socket, arguments);
  };
}

module.exports = {
  bottomOf,
  guard,
  hasNoDelay: (socket) => isExplicit(socket, kSetNoDelay),
  inherit,
  isExplicit,
  kSetKeepAlive,
  kSetKeepAliveCount,
  kSetKeepAliveInitialDelay,
  kSetKeepAliveInterval,
  kSetNoDelay,
  note,
  noteAll,
  noteDelay: (target) => note(target, IPPROTO_TCP, TCP_NODELAY, false),
  setNamed,
};
