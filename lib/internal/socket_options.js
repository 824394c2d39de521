'use strict';

const {
  ArrayBuffer,
  Int32Array,
  ObjectDefineProperties,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeSlice,
} = primordials;

const { socketConstants } = internalBinding('tcp_wrap');

const { async_id_symbol } = require('internal/async_hooks').symbols;
const { FastBuffer } = require('internal/buffer');
const early = require('internal/early_socket_options');
const explicitOptions = require('internal/explicit_options');
const {
  codes: {
    ERR_SERVER_NOT_RUNNING,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_HANDLE_ADOPTED,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const {
  kMaxLength,
  kNoSocket,
  kNotAnInteger,
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

function fail(code, syscall, optname) {
  const error = toError(code, syscall, optname);
  throw error;
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

// Reads what setsockopt() has kept for the socket to come.
function readKept(socket, level, optname, length) {
  const value = early.getKept(socket, level, optname);
  if (value === undefined)
    fail(kNoSocket, 'getsockopt', optname);
  if (typeof value === 'number' && length === undefined)
    return value;
  const bytes = new FastBuffer(TypedArrayPrototypeGetBuffer(
    typeof value === 'number' ? new Int32Array([value]) : TypedArrayPrototypeSlice(value)));
  if (length !== undefined)
    return TypedArrayPrototypeSlice(bytes, 0, length);
  if (bytes.length !== 4)
    fail(kNotAnInteger, 'getsockopt', optname);
  return new Int32Array(TypedArrayPrototypeGetBuffer(bytes))[0];
}

/**
 * Adds setsockopt() and getsockopt(), named after the system calls, to a
 * prototype.
 * @param {object} prototype
 * @param {boolean} enumerable Same as for the other methods of the prototype.
 * @param {(socket: object, syscall: string) => object | undefined} getHandle
 *   Returns the libuv handle of the object that a method was called on, throws
 *   an error if it has none, or returns undefined if it has none yet.
 * @param {Function} [keep] Called with the arguments of setsockopt() if there
 *   is no socket yet.
 */
function addMethods(prototype, enumerable, getHandle, keep) {
  function setsockopt(level, optname, value) {
    validateOption(level, optname, 'setsockopt');
    let err;
    let handle;
    let native;
    // `| 0` turns -0 into 0: -0 is not an integer to C++.
    if (typeof value === 'number' || typeof value === 'boolean') {
      native = toInt32(+value, 'value');
      handle = getHandle(this, 'setsockopt');
      err = handle === undefined ? kNoSocket :
        handle.setSocketOption(level | 0, optname | 0, native);
    } else {
      native = toBytes(value, 'value');
      handle = getHandle(this, 'setsockopt');
      err = handle === undefined ? kNoSocket :
        handle.setSocketOptionBytes(level | 0, optname | 0, native);
    }
    if (err === kNoSocket && keep !== undefined)
      keep(this, level, optname, native);
    else if (err !== 0)
      fail(err, 'setsockopt', optname);
    explicitOptions.note(this, level, optname, value);
    if (handle !== undefined)
      explicitOptions.note(handle, level, optname, value);
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
    if (result === kFailure + kNoSocket && keep !== undefined)
      return readKept(this, level, optname, length);
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

function getStreamHandle(socket, syscall) {
  const handle = socket._handle;
  if (handle)
    return early.findSocket(handle, syscall);
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

module.exports = {
  ...early,
  addBoundMethods,
  addMethods,
  addServerMethods: (prototype) => addMethods(prototype, true, getServerHandle),
  addSocketMethods: (prototype) => addMethods(prototype, true, getStreamHandle, early.keep),
  constants: socketConstants,
  structs: require('internal/socket_structs'),
};
