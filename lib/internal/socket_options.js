'use strict';

const {
  ArrayBuffer,
  ObjectDefineProperties,
  TypedArrayPrototypeGetBuffer,
} = primordials;

const { socketConstants } = internalBinding('tcp_wrap');

const { async_id_symbol } = require('internal/async_hooks').symbols;
const { FastBuffer } = require('internal/buffer');
const early = require('internal/early_socket_options');
const {
  codes: {
    ERR_SERVER_NOT_RUNNING,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
    ERR_SOCKET_HANDLE_ADOPTED,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const {
  kMaxLength,
  kNoSocket,
  toBytes,
  toError,
  toInt32,
  validateOption,
} = require('internal/socket_option_values');
const { validateInteger } = require('internal/validators');

// Where a getter answers with more than this, it failed: the answer is
// kFailure plus a code of src/socket_options.cc's or of libuv's.
const kMaxInt32 = 0x7fffffff;
const kFailure = 2 ** 32;

// C++ writes only to memory outside V8's heap, which costs more to make than
// small structs to copy: V8 has arrays of up to so many bytes in its heap.
const kHeapBytes = 64;
const scratch = new FastBuffer(new ArrayBuffer(kHeapBytes));

function fail(code, syscall, optname) {
  const error = toError(code, syscall, optname);
  throw error;
}

function getBytes(handle, level, optname, length) {
  if (handle === undefined)
    fail(kNoSocket, 'getsockopt', optname);
  const buffer = length > kHeapBytes ? new FastBuffer(length) : scratch;
  const result = handle.getSocketOptionBytes(level, optname, buffer, length);
  if (result > kMaxInt32)
    fail(result - kFailure, 'getsockopt', optname);
  if (buffer !== scratch) {
    return result < length ?
      new FastBuffer(TypedArrayPrototypeGetBuffer(buffer), 0, result) : buffer;
  }
  const copy = new FastBuffer(result);
  for (let i = 0; i < result; i++)
    copy[i] = scratch[i];
  return copy;
}

/**
 * Adds setsockopt() and getsockopt(), after setsockopt(2), to a prototype.
 * @param {object} prototype
 * @param {boolean} enumerable As the prototype's other methods are.
 * @param {(socket: object, syscall: string) => object | undefined} getHandle
 *   Returns the libuv handle of the object that a method was called on, throws
 *   the error that says why it has none, or returns undefined if it has none yet.
 * @param {Function} [keep] Is called with what setsockopt() is called with when
 *   there is no socket yet.
 */
function addMethods(prototype, enumerable, getHandle, keep) {
  function setsockopt(level, optname, value) {
    validateOption(level, optname, 'setsockopt');
    let err;
    // `| 0` makes 0 of -0, which is no integer to C++.
    if (typeof value === 'number' || typeof value === 'boolean') {
      const integer = toInt32(+value, 'value');
      const handle = getHandle(this, 'setsockopt');
      err = handle === undefined ? kNoSocket :
        handle.setSocketOption(level | 0, optname | 0, integer);
    } else {
      const bytes = toBytes(value, 'value');
      const handle = getHandle(this, 'setsockopt');
      err = handle === undefined ? kNoSocket :
        handle.setSocketOptionBytes(level | 0, optname | 0, bytes);
    }
    if (err === kNoSocket && keep !== undefined)
      keep(this, level, optname, value);
    else if (err !== 0)
      fail(err, 'setsockopt', optname);
    return this;
  }

  function getsockopt(level, optname, length) {
    validateOption(level, optname, 'getsockopt');
    if (length !== undefined) {
      validateInteger(length, 'length', 0, kMaxLength);
      return getBytes(
        getHandle(this, 'getsockopt'), level | 0, optname | 0, length | 0);
    }
    const handle = getHandle(this, 'getsockopt');
    const result = handle === undefined ? kFailure + kNoSocket :
      handle.getSocketOption(level | 0, optname | 0);
    if (result > kMaxInt32)
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

function getStreamHandle(socket, syscall) {
  const handle = socket._handle;
  if (handle)
    return early.findSocket(handle, syscall);
  if (socket.destroyed)
    throw new ERR_SOCKET_CLOSED();
  // Nothing is kept on an object that is no socket.
  if (socket[async_id_symbol] === undefined)
    fail(kNoSocket, syscall);
  return undefined;
}

function getServerHandle(server) {
  const handle = server._handle;
  if (!handle)
    throw new ERR_SERVER_NOT_RUNNING();
  // With round-robin scheduling a cluster worker listens through the primary.
  if (handle.setSocketOption === undefined)
    throw new ERR_SOCKET_HANDLE_SHARED();
  return handle;
}

/**
 * Adds the methods to the class of bound sockets.
 * @param {object} prototype
 * @param {(bound: object) => object | null} getHandle Returns the handle, or
 *   null once it was adopted or closed.
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
 * @param {(socket: object) => object | null} getHandle Returns the handle, or
 *   null once it was closed.
 */
function addDatagramMethods(prototype, getHandle) {
  addMethods(prototype, true, (socket) => {
    const handle = getHandle(socket);
    if (!handle)
      throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
    return handle;
  }, early.keep);
  early.extendDatagram(prototype);
}

module.exports = {
  ...early,
  addBoundMethods,
  addDatagramMethods,
  addServerMethods(prototype) {
    addMethods(prototype, true, getServerHandle);
    early.carryAccepted(prototype);
  },
  addSocketMethods: (prototype) => addMethods(prototype, true, getStreamHandle, early.keep),
  constants: socketConstants,
  structs: require('internal/socket_structs'),
};
