'use strict';

const {
  ArrayBufferIsView,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  NumberIsInteger,
  ObjectDefineProperties,
  StringPrototypeIncludes,
  TypedArrayPrototypeAt,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetSymbolToStringTag,
} = primordials;

const { encodeUtf8String } = internalBinding('encoding_binding');
const { socketConstants } = internalBinding('tcp_wrap');
const { UV_ENOTSOCK } = internalBinding('uv');

const { FastBuffer } = require('internal/buffer');
const {
  ErrnoException,
  codes: {
    ERR_ACCESS_DENIED,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_OUT_OF_RANGE,
    ERR_SERVER_NOT_RUNNING,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
    ERR_SOCKET_HANDLE_ADOPTED,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const { getOptionValue } = require('internal/options');
const permission = require('internal/process/permission');
const {
  validateInt32,
  validateInteger,
} = require('internal/validators');

// What src/socket_options.cc answers where it is not a system error.
const kHoldsPointers = 1;
const kNoSocket = 2;
const kNotAnInteger = 3;
const kClosed = 4;
const kUnserved = 5;

// Where a getter answers with more than this, it failed: the answer is
// kFailure plus a code of the above or of libuv's.
const kMaxInt32 = 0x7fffffff;
const kFailure = 2 ** 32;

// The kernel's largest options are far smaller. The limit keeps a mistaken
// length from becoming an allocation.
const kMaxLength = 2 ** 20;

function fail(code, syscall, optname) {
  switch (code) {
    case kHoldsPointers:
      throw new ERR_INVALID_ARG_VALUE(
        'optname', optname, 'names an option whose value holds pointers');
    case kNoSocket:
      throw new ERR_INVALID_STATE('the socket has not been created yet');
    case kNotAnInteger:
      throw new ERR_INVALID_ARG_VALUE(
        'length', undefined,
        'must be given for an option whose value is not an integer');
    case kClosed:
      throw new ERR_SOCKET_CLOSED();
    case kUnserved:
      throw new ERR_INVALID_ARG_VALUE(
        'optname', optname, 'names an option that libuv cannot serve');
    default:
      throw new ErrnoException(code, syscall);
  }
}

function assertPermission(syscall) {
  // Lines of Node.js whose permission model does not cover the network have no
  // such option.
  if (getOptionValue('--allow-net') !== undefined && !permission.has('net')) {
    throw new ERR_ACCESS_DENIED(
      'Access to this API has been restricted. ' +
      'Use --allow-net to manage permissions.', 'Net', syscall);
  }
}

function validateOption(level, optname, syscall) {
  // The validators are only called for what they will refuse: they cost as
  // much as the system call's own way there.
  if (typeof level !== 'number' || (level | 0) !== level)
    validateInt32(level, 'level');
  if (typeof optname !== 'number' || (optname | 0) !== optname)
    validateInt32(optname, 'optname');
  if (permission.isEnabled())
    assertPermission(syscall);
}

// A 32-bit integer, signed or unsigned, as the same 32 bits signed.
function toInt32(value) {
  if (!NumberIsInteger(value) || value > 0xffffffff || value < -0x80000000)
    validateInteger(value, 'value', -0x80000000, 0xffffffff);
  return value | 0;
}

// A view of nothing is passed on, some options take it. But a view whose
// buffer was detached, or shrunk below the view, is one by accident.
function validateView(value) {
  const isDataView = TypedArrayPrototypeGetSymbolToStringTag(value) === undefined;
  try {
    if (isDataView)
      DataViewPrototypeGetByteLength(value);
    else if (TypedArrayPrototypeGetByteLength(value) === 0)
      TypedArrayPrototypeAt(value, 0);
  } catch {
    // Older lines fail to inspect such a view, but not its buffer.
    const buffer = isDataView ?
      DataViewPrototypeGetBuffer(value) : TypedArrayPrototypeGetBuffer(value);
    throw new ERR_INVALID_ARG_VALUE(
      'value', buffer, 'must not be detached or out of bounds');
  }
}

function toBytes(value) {
  if (typeof value === 'string') {
    if (StringPrototypeIncludes(value, '\0')) {
      throw new ERR_INVALID_ARG_VALUE(
        'value', value, 'must be a string without null bytes');
    }
    if (value.length > kMaxLength)
      throw new ERR_OUT_OF_RANGE('value.length', `<= ${kMaxLength}`, value.length);
    return encodeUtf8String(`${value}\0`);
  }
  if (!ArrayBufferIsView(value)) {
    throw new ERR_INVALID_ARG_TYPE(
      'value',
      ['number', 'boolean', 'string', 'Buffer', 'TypedArray', 'DataView'],
      value);
  }
  validateView(value);
  return value;
}

function getBytes(handle, level, optname, length) {
  const buffer = new FastBuffer(length);
  const result = handle.getSocketOptionBytes(level, optname, buffer);
  if (result > kMaxInt32)
    fail(result - kFailure, 'getsockopt', optname);
  return result < length ?
    new FastBuffer(TypedArrayPrototypeGetBuffer(buffer), 0, result) : buffer;
}

/**
 * Adds setsockopt() and getsockopt(), after setsockopt(2), to a prototype.
 * @param {object} prototype
 * @param {boolean} enumerable As the prototype's other methods are.
 * @param {(socket: object, syscall: string) => object} getHandle Returns the
 *   libuv handle of the object that a method was called on, or throws the
 *   error that says why it has none.
 */
function addMethods(prototype, enumerable, getHandle) {
  function setsockopt(level, optname, value) {
    validateOption(level, optname, 'setsockopt');
    let err;
    // `| 0` makes 0 of -0, which is no integer to C++.
    if (typeof value === 'number' || typeof value === 'boolean') {
      const integer = toInt32(+value);
      err = getHandle(this, 'setsockopt')
        .setSocketOption(level | 0, optname | 0, integer);
    } else {
      const bytes = toBytes(value);
      err = getHandle(this, 'setsockopt')
        .setSocketOptionBytes(level | 0, optname | 0, bytes);
    }
    if (err !== 0)
      fail(err, 'setsockopt', optname);
    return this;
  }

  function getsockopt(level, optname, length) {
    validateOption(level, optname, 'getsockopt');
    if (length !== undefined) {
      validateInteger(length, 'length', 0, kMaxLength);
      return getBytes(
        getHandle(this, 'getsockopt'), level | 0, optname | 0, length);
    }
    const result = getHandle(this, 'getsockopt')
      .getSocketOption(level | 0, optname | 0);
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

// The handle that holds the socket: TLS wraps it, a TTY or a JavaScript stream
// has none.
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
  throw new ERR_INVALID_STATE('the socket has not been created yet');
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
  });
}

module.exports = {
  addBoundMethods,
  addDatagramMethods,
  addServerMethods: (prototype) => addMethods(prototype, true, getServerHandle),
  addSocketMethods: (prototype) => addMethods(prototype, true, getStreamHandle),
  constants: socketConstants,
};
