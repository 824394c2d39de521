'use strict';

// Whether a call may end with an error, according to the manual.

const { getSystemErrorName, types } = require('node:util');
const { Hostility } = require('./values.cjs');

const anyOf = (...parts) => new RegExp(parts.join('|'));

/** How JavaScript itself refuses to convert or examine a value. */
const LANGUAGE = anyOf(
  'has been revoked', 'Cannot convert', 'Cannot mix BigInt', 'proxy', 'not a function', 'Cannot read p', 'Cannot set p',
  'could not be cloned', 'private', 'Illegal invocation', 'circular structure', 'serialize a BigInt',
  'not a constructor', 'incompatible receiver', 'Cannot perform', 'not a typed array', 'Invalid array length',
  'Right-hand side', 'Cannot destructure', 'is not iterable', 'Receiver must be');

/** What the caller's own value may cause wherever it is examined, in any method. */
const OWN = anyOf(
  'has been revoked', String.raw`'\w+' on proxy`, 'Cannot convert object to primitive value', 'private member',
  'kBoundSocket', 'read only property', 'which has only a getter', 'not extensible', 'returned for property');

/**
 * Whether an error is about a value that Node.js cannot show, instead of the error that
 * was to show it. While creating that one, older lines record no stack.
 */
const isShowing = ({ stack }) => /internal\/util\/inspect|determineSpecificType/.test(stack) || !/\n +at /.test(stack);

/** Whether one of our own modules threw it. */
const isOurs = ({ stack }) =>
  /^.*\n +at [^\n]*node:internal\/(accepted_socket|bound_handle|dgram_|early_socket|explicit_options|keep_alive|socket_option|socket_structs)/.test(stack);

function isSystemError({ code, errno, syscall }, syscalls) {
  return Number.isInteger(errno) && errno < 0 && typeof code === 'string' &&
    getSystemErrorName(errno) === code && /^(E[A-Z0-9]+|Unknown system error -\d+)$/.test(code) && syscalls.includes(syscall);
}

/**
 * @param {any} err What was thrown.
 * @param {{ codes: readonly string[], syscalls?: readonly string[], language?: boolean }}
 *   may
 * @param {boolean} isPolluted Whether prototypes were not as Node.js itself expects them.
 * @returns {string | undefined} What is wrong with it.
 */
function faultOf(err, { codes, syscalls = [], language = false }, isPolluted = false) {
  if (err instanceof Hostility) return undefined;
  if (!types.isNativeError(err) && !(err instanceof Error)) return `what is thrown is no Error: ${typeof err}`;
  const { code, message } = err;
  if (codes.includes(code)) return undefined;
  if (isSystemError(err, syscalls)) return undefined;
  if (code === undefined && (OWN.test(message) || isShowing(err))) return undefined;
  if (isPolluted && (code !== undefined || !isOurs(err))) return undefined;
  if (language && (err instanceof DOMException || (code === undefined && LANGUAGE.test(message)))) return undefined;
  // Without the values, so that each fault is reported once.
  return `${err.name} ${code ?? 'without a code'}${err.syscall ? ` of ${err.syscall}` : ''}: ${message.split('\n')[0].slice(0, 120)}`;
}

module.exports = { faultOf, isOurs };
