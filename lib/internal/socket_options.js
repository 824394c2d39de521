'use strict';

const {
  ArrayBuffer,
  Boolean,
  ObjectDefineProperties,
  ReflectApply,
  TypedArrayPrototypeGetBuffer,
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
  } = {},  // A binary that has this file alone has none.
} = internalBinding('tcp_wrap');
const { UV_ENOTSOCK } = internalBinding('uv');

const { async_id_symbol } = require('internal/async_hooks').symbols;
const { FastBuffer } = require('internal/buffer');
const {
  ErrnoException,
  codes: {
    ERR_HTTP2_NO_SOCKET_MANIPULATION,
    ERR_SERVER_NOT_RUNNING,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
    ERR_SOCKET_HANDLE_ADOPTED,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const explicitOptions = require('internal/explicit_options');
const {
  kMaxLength,
  kNoSocket,
  kUnserved,
  toBytes,
  toError,
  toInt32,
  validateOption,
} = require('internal/socket_option_values');
const { validateInteger } = require('internal/validators');

// A getter that returns more than this has failed: the result is kFailure plus
// an error code of src/socket_options.cc or libuv.
const kMaxInt32 = 0x7fffffff;
const kFailure = 2 ** 32;

// C++ writes only to memory outside the V8 heap. Allocating that costs more
// than copying a small struct: V8 keeps arrays of up to this many bytes on its
// heap.
const kHeapBytes = 64;
const scratch = new FastBuffer(new ArrayBuffer(kHeapBytes));

// What keeps options until there is a socket, if anything does: keep() and
// read(), which get the object and the arguments of setsockopt() or getsockopt().
const keepers = { __proto__: null, stream: undefined, datagram: undefined };

// What sets options that fill the error queue of a datagram socket, if anything
// reads that queue.
let setQueuedOption;

function fail(code, syscall, optname) {
  const error = toError(code, syscall, optname);
  throw error;
}

/**
 * @param {object} handle
 * @param {number} level
 * @param {number} optname
 * @param {number | Uint8Array} value
 * @returns {number} 0, an error code, or a Refusal.
 */
function setOption(handle, level, optname, value) {
  return typeof value === 'number' ?
    handle.setSocketOption(level, optname, value) :
    handle.setSocketOptionBytes(level, optname, value);
}

// Returns the bytes or, if it failed, a number.
function getBytes(handle, level, optname, length) {
  const buffer = length > kHeapBytes ? new FastBuffer(length) : scratch;
  const result = handle.getSocketOptionBytes(level, optname, buffer, length);
  if (result > length)
    return result;
  if (buffer !== scratch) {
    return result < length ?
      new FastBuffer(TypedArrayPrototypeGetBuffer(buffer), 0, result) : buffer;
  }
  const copy = new FastBuffer(result);
  for (let i = 0; i < result; i++)
    copy[i] = scratch[i];
  return copy;
}

// The key under which lib/net.js stores what it sets by itself.
function keyOf(level, optname) {
  if (level === SOL_SOCKET)
    return optname === SO_KEEPALIVE ? explicitOptions.kSetKeepAlive : undefined;
  if (level !== IPPROTO_TCP)
    return undefined;
  switch (optname) {
    case TCP_NODELAY: return explicitOptions.kSetNoDelay;
    case TCP_KEEPIDLE: return explicitOptions.kSetKeepAliveInitialDelay;
    case TCP_KEEPINTVL: return explicitOptions.kSetKeepAliveInterval;
    case TCP_KEEPCNT: return explicitOptions.kSetKeepAliveCount;
    default: return undefined;
  }
}

// Records that a program has set an option of a socket, a server, or a handle.
function note(target, level, optname, value) {
  const key = keyOf(level, optname);
  if (key !== undefined)
    explicitOptions.note(target, key, Boolean(value) && typeof value !== 'object');
}

/**
 * @param {object} target A socket, or the handle of a listening, bound, or
 *   accepted socket.
 * @param {Array<number | Uint8Array>} flat Levels, names and values, which a
 *   program has set.
 */
function noteAll(target, flat) {
  for (let i = 0; i < flat.length; i += 3)
    note(target, flat[i], flat[i + 1], flat[i + 2]);
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

/**
 * Adds setsockopt() and getsockopt(), named after the system calls, to a
 * prototype.
 * @param {object} prototype
 * @param {boolean} enumerable Same as for the other methods of the prototype.
 * @param {(socket: object, syscall: string) => object | undefined} getHandle
 *   Returns the libuv handle of the object that a method was called on, throws
 *   an error if it has none, or returns undefined if it has none yet.
 * @param {string} [kind] The name of what serves the methods while there is no
 *   socket yet.
 */
function addMethods(prototype, enumerable, getHandle, kind) {
  function setsockopt(level, optname, value) {
    validateOption(level, optname, 'setsockopt');
    const native = typeof value === 'number' || typeof value === 'boolean' ?
      toInt32(+value, 'value') : toBytes(value, 'value');
    const handle = getHandle(this, 'setsockopt');
    // `| 0` turns -0 into 0: -0 is not an integer to C++.
    let err = handle === undefined ? kNoSocket :
      setOption(handle, level | 0, optname | 0, native);
    if (err === kUnserved && setQueuedOption !== undefined)
      err = setQueuedOption(handle, level | 0, optname | 0, native);
    const keeper = err === kNoSocket ? keepers[kind] : undefined;
    if (keeper !== undefined)
      keeper.keep(this, level, optname, native);
    else if (err !== 0)
      fail(err, 'setsockopt', optname);
    note(this, level, optname, value);
    if (handle !== undefined)
      note(handle, level, optname, value);
    return this;
  }

  function getsockopt(level, optname, length) {
    validateOption(level, optname, 'getsockopt');
    if (length !== undefined)
      validateInteger(length, 'length', 0, kMaxLength);
    const handle = getHandle(this, 'getsockopt');
    let result = kFailure + kNoSocket;
    if (handle !== undefined) {
      result = length === undefined ?
        handle.getSocketOption(level | 0, optname | 0) :
        getBytes(handle, level | 0, optname | 0, length | 0);
    }
    const keeper = result === kFailure + kNoSocket ? keepers[kind] : undefined;
    if (keeper !== undefined)
      return keeper.read(this, level, optname, length);
    // Comparing bytes would turn them into a string.
    if (typeof result === 'number' && result > kMaxInt32)
      fail(result - kFailure, 'getsockopt', optname);
    return result;
  }

  const attributes = {
    __proto__: null, configurable: true, enumerable, writable: true,
  };
  ObjectDefineProperties(prototype, {
    getsockopt: { ...attributes, value: getsockopt },
    setsockopt: { ...attributes, value: setsockopt },
  });
}

/**
 * @param {object} handle
 * @param {string} syscall
 * @returns {object} The handle that holds the socket. A TLS handle wraps it; a
 *   TTY or a JavaScript stream does not have one.
 */
function findSocket(handle, syscall) {
  while (handle.setSocketOption === undefined) {
    handle = handle._parent;
    if (handle === undefined || handle === null)
      throw new ErrnoException(UV_ENOTSOCK, syscall);
  }
  return handle;
}

function getStreamHandle(socket, syscall) {
  const handle = socket._handle;
  if (handle)
    return findSocket(handle, syscall);
  if (socket.destroyed)
    throw new ERR_SOCKET_CLOSED();
  // Do not record options on an object that is not a socket.
  if (socket[async_id_symbol] === undefined)
    fail(kNoSocket, syscall);
  return undefined;
}

function getServerHandle(server) {
  const handle = server._handle;
  if (!handle)
    throw new ERR_SERVER_NOT_RUNNING();
  // With round-robin scheduling, the primary process of a cluster listens on
  // behalf of its workers.
  if (handle.setSocketOption === undefined)
    throw new ERR_SOCKET_HANDLE_SHARED();
  return handle;
}

/**
 * Adds the methods to the class of bound sockets.
 * @param {object} prototype
 * @param {(bound: object) => object | null} getHandle Returns the handle, or
 *   null once it has been adopted or closed.
 */
function addBoundMethods(prototype, getHandle) {
  addMethods(prototype, false, (bound) => {
    const handle = getHandle(bound);
    if (handle === null)
      throw new ERR_SOCKET_HANDLE_ADOPTED();
    return handle;
  });
}

/**
 * Adds the methods to the class of datagram sockets.
 * @param {object} prototype
 * @param {symbol} kStateSymbol The key of a socket's state.
 */
function addDatagramMethods(prototype, kStateSymbol) {
  addMethods(prototype, true, (socket) => {
    const { handle } = socket[kStateSymbol];
    if (!handle)
      throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
    return handle;
  }, 'datagram');
}

module.exports = {
  addBoundMethods,
  addDatagramMethods,
  addServerMethods: (prototype) => addMethods(prototype, true, getServerHandle),
  addSocketMethods: (prototype) => addMethods(prototype, true, getStreamHandle, 'stream'),
  fail,
  findSocket,
  guard,
  keepers,
  noteAll,
  setOption,
  setQueueReader: (reader) => setQueuedOption = reader,
};
