'use strict';

const {
  ArrayPrototypeIndexOf,
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
// as bits. Those that it has turned off have another bit.
const kExplicit = Symbol('kExplicit');
const kOff = 0x100;
const keys = [
  kSetNoDelay,
  kSetKeepAlive,
  kSetKeepAliveInitialDelay,
  kSetKeepAliveInterval,
  kSetKeepAliveCount,
];
// The first of the keys that does not turn anything on or off.
const kTimes = 2;

function indexOf(level, optname) {
  if (level === SOL_SOCKET)
    return optname === SO_KEEPALIVE ? 1 : -1;
  if (level !== IPPROTO_TCP)
    return -1;
  switch (optname) {
    case TCP_NODELAY: return 0;
    case TCP_KEEPIDLE: return 2;
    case TCP_KEEPINTVL: return 3;
    case TCP_KEEPCNT: return 4;
    default: return -1;
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

// Records options, and what lib/net.js must not set any more.
function add(target, explicit) {
  target[kExplicit] |= explicit;
  for (let i = 0; i < keys.length; i++) {
    if ((explicit & (1 << i)) === 0)
      continue;
    if (i >= kTimes)
      target[keys[i]] = 0;  // Leaves the time or the count as it is.
    else if ((explicit & (kOff << i)) !== 0 || !target[keys[i]])
      target[keys[i]] = undefined;  // Neither on nor off.
  }
}

/**
 * Records that a program has set an option, so that no default of lib/net.js
 * or of a protocol replaces it.
 * @param {object} target A socket, or the handle of a listening, bound, or
 *   accepted socket.
 * @param {number} level
 * @param {number} optname
 * @param {number | boolean | Uint8Array} value
 */
function note(target, level, optname, value) {
  const index = indexOf(level, optname);
  if (index === -1)
    return;
  target = bottomOf(target);
  target[kExplicit] &= ~(kOff << index);
  const isOff = !value || typeof value === 'object';
  add(target, (1 << index) | (isOff ? kOff << index : 0));
  // What was turned on before there was a descriptor is pending in libuv.
  if (index === 0 && isOff && target.fd === -1)
    target.setNoDelay?.(false);
}

/**
 * Records that a program has turned TCP_NODELAY off by an option of its own.
 * @param {net.Socket | net.Server} target
 */
const noteDelay = (target) => add(target, 1 | kOff);

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
  if (explicit !== undefined)
    add(target, explicit);
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
  add(socket, socket[kExplicit] & ((1 | kOff) << ArrayPrototypeIndexOf(keys, key)));
}

/**
 * @param {object} socket
 * @param {symbol} key
 * @returns {boolean} Whether setsockopt() has determined the value.
 */
function isExplicit(socket, key) {
  return (bottomOf(socket)[kExplicit] & (1 << ArrayPrototypeIndexOf(keys, key))) !== 0;
}

/**
 * @param {object} socket The socket of an HTTP/2 session.
 * @returns {Function} A setsockopt() that refuses what setNoDelay() and
 *   setKeepAlive() set, which the session refuses as well.
 */
function guard(socket) {
  return function setsockopt(level, optname) {
    if (indexOf(level, optname) !== -1)
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
  noteDelay,
  setNamed,
};
