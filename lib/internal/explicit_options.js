'use strict';

const {
  ArrayPrototypeForEach,
  ArrayPrototypeMap,
  ObjectGetOwnPropertySymbols,
  Symbol,
} = primordials;

// What lib/net.js sets on a socket by itself is stored under these keys. Older
// lines do not export them.
const {
  kSetNoDelay = Symbol('kSetNoDelay'),
  kSetKeepAlive = Symbol('kSetKeepAlive'),
  kSetKeepAliveInitialDelay = Symbol('kSetKeepAliveInitialDelay'),
  kSetKeepAliveInterval = Symbol('kSetKeepAliveInterval'),
  kSetKeepAliveCount = Symbol('kSetKeepAliveCount'),
} = require('internal/net');

const keys = [
  kSetNoDelay, kSetKeepAlive, kSetKeepAliveInitialDelay, kSetKeepAliveInterval, kSetKeepAliveCount,
];

// Set on a socket, a handle, or a server: the options that a program has set,
// by key, and whether it has turned them on.
const kExplicit = Symbol('kExplicit');

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
 * @param {symbol} key
 * @param {boolean} isOn
 */
function note(target, key, isOn) {
  add(bottomOf(target), key, isOn);
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
  ArrayPrototypeForEach(ObjectGetOwnPropertySymbols(explicit), (key) => add(target, key, explicit[key]));
}

/**
 * @param {object} handle
 * @returns {Array<boolean | undefined> | undefined} What has been recorded, for
 *   another thread or process.
 */
function toList({ [kExplicit]: explicit }) {
  return explicit && ArrayPrototypeMap(keys, (key) => explicit[key]);
}

/**
 * @param {object} target
 * @param {Array<boolean | null | undefined>} [list] The result of toList(),
 *   which another process may have made up.
 */
function fromList(target, list) {
  ArrayPrototypeForEach(keys, (key, i) => {
    if (typeof list?.[i] === 'boolean')
      add(target, key, list[i]);
  });
}

/**
 * @param {object} target A handle for the same system socket as that of source.
 * @param {object} source
 */
function share(target, source) {
  target[kExplicit] = source[kExplicit] ??= { __proto__: null };
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
 * @returns {boolean} Whether a program has set the option, and not by its method.
 */
function isExplicit(socket, key) {
  return bottomOf(socket)[kExplicit]?.[key] !== undefined;
}

module.exports = {
  bottomOf,
  fromList,
  hasNoDelay: (socket) => isExplicit(socket, kSetNoDelay),
  inherit,
  isExplicit,
  kSetKeepAlive,
  kSetKeepAliveCount,
  kSetKeepAliveInitialDelay,
  kSetKeepAliveInterval,
  kSetNoDelay,
  note,
  setNamed,
  share,
  toList,
};
