'use strict';

const {
  ArrayBufferIsView,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  NumberIsInteger,
  StringPrototypeIncludes,
  TypedArrayPrototypeAt,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint8Array,
} = primordials;

const { encodeUtf8String } = internalBinding('encoding_binding');

const {
  ErrnoException,
  codes: {
    ERR_ACCESS_DENIED,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_OUT_OF_RANGE,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_OPTION_REFUSED,
  },
} = require('internal/errors');
const { getOptionValue } = require('internal/options');
const permission = require('internal/process/permission');
const {
  validateInt32,
  validateInteger,
} = require('internal/validators');

// Results of src/socket_options.cc that are not system errors.
const kNoSocket = 2;
const kNotAnInteger = 3;
const kClosed = 4;
const kUnserved = 5;
const reasons = {
  __proto__: null,
  1: 'its value holds pointers',
  [kUnserved]: 'libuv cannot serve a socket that has it',
  6: 'its value holds descriptors',
  7: 'no value of that length is known',
};

// The largest options of any kernel are far smaller. The limit prevents a wrong
// length from causing a huge allocation.
const kMaxLength = 2 ** 20;

/**
 * @param {number} code The nonzero result of the native function.
 * @param {string} syscall
 * @param {number} optname
 * @param {string} [name] The name of the argument or property that holds
 *   optname.
 * @param {string} [detail] Appended to the message of a system error.
 * @returns {Error}
 */
function toError(code, syscall, optname, name = 'optname', detail = undefined) {
  switch (code) {
    case kNoSocket:
      return new ERR_INVALID_STATE('the socket has not been created yet');
    case kNotAnInteger:
      return new ERR_INVALID_ARG_VALUE(
        'length', undefined,
        'must be given for an option whose value is not an integer');
    case kClosed:
      return new ERR_SOCKET_CLOSED();
    default:
      return code > 0 ?
        new ERR_SOCKET_OPTION_REFUSED(name, optname, reasons[code]) :
        new ErrnoException(code, syscall, detail);
  }
}

/**
 * Throws if the permission model denies access to the network.
 * @param {string} syscall
 */
function assertPermission(syscall) {
  if (!permission.isEnabled())
    return;
  // This option does not exist on lines whose permission model does not cover
  // the network.
  if (getOptionValue('--allow-net') !== undefined && !permission.has('net')) {
    throw new ERR_ACCESS_DENIED(
      'Access to this API has been restricted. ' +
      'Use --allow-net to manage permissions.', 'Net', syscall);
  }
}

/**
 * @param {any} level
 * @param {any} optname
 * @param {string} syscall
 */
function validateOption(level, optname, syscall) {
  // Call the validators only for values that they will reject: a call costs as
  // much as getting to the system call does.
  if (typeof level !== 'number' || (level | 0) !== level)
    validateInt32(level, 'level');
  if (typeof optname !== 'number' || (optname | 0) !== optname)
    validateInt32(optname, 'optname');
  if (permission.isEnabled())
    assertPermission(syscall);
}

/**
 * @param {number} value A 32-bit integer, signed or unsigned.
 * @param {string} name
 * @returns {number} The same 32 bits, signed.
 */
function toInt32(value, name) {
  if (!NumberIsInteger(value) || value > 0xffffffff || value < -0x80000000)
    validateInteger(value, name, -0x80000000, 0xffffffff);
  return value | 0;
}

const isDataView = (view) =>
  TypedArrayPrototypeGetSymbolToStringTag(view) === undefined;

// An empty view is passed on, since some options accept it. A view whose buffer
// was detached, or shrunk below the view, is empty by accident.
function validateView(value, name) {
  try {
    if (isDataView(value))
      DataViewPrototypeGetByteLength(value);
    else if (TypedArrayPrototypeGetByteLength(value) === 0)
      TypedArrayPrototypeAt(value, 0);
  } catch {
    // Older lines fail to inspect such a view, but can inspect its buffer.
    const buffer = isDataView(value) ?
      DataViewPrototypeGetBuffer(value) : TypedArrayPrototypeGetBuffer(value);
    throw new ERR_INVALID_ARG_VALUE(
      name, buffer, 'must not be detached or out of bounds');
  }
}

/**
 * @param {any} value
 * @param {string} name
 * @returns {ArrayBufferView} The bytes of a string, including a terminating
 *   null byte, or the value itself.
 */
function toBytes(value, name) {
  if (typeof value === 'string') {
    if (StringPrototypeIncludes(value, '\0')) {
      throw new ERR_INVALID_ARG_VALUE(
        name, value, 'must be a string without null bytes');
    }
    if (value.length > kMaxLength)
      throw new ERR_OUT_OF_RANGE(`${name}.length`, `<= ${kMaxLength}`, value.length);
    return encodeUtf8String(`${value}\0`);
  }
  if (!ArrayBufferIsView(value)) {
    throw new ERR_INVALID_ARG_TYPE(
      name,
      ['number', 'boolean', 'string', 'Buffer', 'TypedArray', 'DataView'],
      value);
  }
  validateView(value, name);
  return value;
}

function copyOf(view) {
  return new Uint8Array(isDataView(view) ?
    new Uint8Array(DataViewPrototypeGetBuffer(view),
                   DataViewPrototypeGetByteOffset(view),
                   DataViewPrototypeGetByteLength(view)) :
    new Uint8Array(TypedArrayPrototypeGetBuffer(view),
                   TypedArrayPrototypeGetByteOffset(view),
                   TypedArrayPrototypeGetByteLength(view)));
}

/**
 * @param {any} value
 * @param {string} name
 * @returns {number | Uint8Array} The form in which a value is stored until the
 *   socket exists.
 */
function toKeep(value, name) {
  return typeof value === 'number' || typeof value === 'boolean' ?
    toInt32(+value, name) : copyOf(toBytes(value, name));
}

module.exports = {
  assertPermission,
  kMaxLength,
  kNoSocket,
  kNotAnInteger,
  kUnserved,
  toBytes,
  toError,
  toInt32,
  toKeep,
  validateOption,
};
