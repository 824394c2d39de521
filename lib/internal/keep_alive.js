'use strict';

const {
  ArrayPrototypeForEach,
  ArrayPrototypeMap,
  Boolean,
  MathTrunc,
  ReflectApply,
  Symbol,
} = primordials;

const { ErrnoException } = require('internal/errors');
const {
  bottomOf,
  fromList,
  inherit,
  isExplicit,
  kSetKeepAlive,
  kSetKeepAliveCount,
  kSetKeepAliveInitialDelay,
  kSetKeepAliveInterval,
  kSetNoDelay,
  note,
  setNamed,
  toList,
} = require('internal/explicit_options');
const { kEmptyObject } = require('internal/util');
const { validateNumber } = require('internal/validators');

// The limits of Linux, in milliseconds and probes. They are checked first
// because the system could refuse one value after it has set another.
const kMaxTime = 32_767_999;
const kMaxCount = 127;

// Set on a socket: a program has turned keep-alive on or off.
const kChosen = Symbol('kChosen');

// Settings are arrays in the order of the arguments of setKeepAlive().
const keys = [
  kSetKeepAlive, kSetKeepAliveInitialDelay, kSetKeepAliveInterval, kSetKeepAliveCount,
];

// The names of all but the first in errors.
const argumentNames = ['initialDelay', 'interval', 'count'];
const ownNames = ['keepAliveInitialDelay', 'keepAliveInterval', 'keepAliveCount'];
const optionNames = ArrayPrototypeMap(ownNames, (name) => `options.${name}`);

// Zero leaves a value as it is, and undefined stands for an absent one.
function toPositive(value, unit, name, max) {
  if (value === undefined || value === null)
    return undefined;
  validateNumber(value, name, undefined, max);
  return value > 0 ? MathTrunc(value / unit) : 0;
}

function toSettings(enable, delay, interval, count, names) {
  interval = toPositive(interval, 1000, names[1], kMaxTime);
  count = toPositive(count, 1, names[2], kMaxCount);
  if (interval !== undefined || count !== undefined) {
    delay = toPositive(delay, 1000, names[0], kMaxTime);
  } else if (delay !== undefined && delay !== null) {
    // A delay that comes alone has always been left out silently if the system
    // could not set it. Older programs count on that.
    const isNumeric = typeof delay === 'number' || typeof delay === 'string';
    delay = isNumeric && delay > 0 && delay <= kMaxTime ? MathTrunc(delay / 1000) : 0;
  }
  return [enable, delay, interval, count];
}

/**
 * @param {object} options Those of a socket, a server, or an http.Agent.
 * @returns {Array<boolean | number | undefined>} The settings.
 */
function readSettings(options) {
  const { keepAlive } = options;
  const settings = toSettings(
    keepAlive === undefined || keepAlive === null ? undefined : Boolean(keepAlive),
    options.keepAliveInitialDelay, options.keepAliveInterval, options.keepAliveCount,
    optionNames);
  if (settings[2] !== undefined || settings[3] !== undefined)
    toPositive(options.keepAliveMsecs, 1000, 'options.keepAliveMsecs', kMaxTime);
  return settings;
}

/**
 * Checks the options of an http.Agent, and removes those that are absent: they
 * would replace the options of requests.
 * @param {object} options The agent's own object.
 */
function validateOptions(options) {
  readSettings(options);
  ArrayPrototypeForEach(ownNames, (name) => {
    if (options[name] === undefined || options[name] === null)
      delete options[name];
  });
}

/**
 * Reads the options of a socket's constructor or of connect().
 * @param {net.Socket} socket
 * @param {object} [options]
 */
function readOptions(socket, options) {
  options ??= kEmptyObject;
  const settings = readSettings(options);
  inherit(socket, socket._handle);
  if (settings[0] !== undefined)
    socket[kChosen] = true;
  ArrayPrototypeForEach(settings, (value, i) => setNamed(socket, keys[i], value));
  if (options.noDelay === false)
    note(socket, kSetNoDelay, false);
}

/**
 * Reads the options of a server's constructor.
 * @param {net.Server} server
 * @param {object} options
 */
function readServerOptions(server, options) {
  const settings = readSettings(options);
  server.keepAliveInterval = settings[2];
  server.keepAliveCount = settings[3];
  if (options.noDelay === false)
    note(server, kSetNoDelay, false);
}

const settingsOf = (socket) => ArrayPrototypeMap(keys, (key) => socket[key]);

/**
 * Sets the options of a server on a connection that it has accepted.
 * @param {net.Socket} socket
 * @param {net.Server} server
 */
function setAccepted(socket, server) {
  const { _handle: handle } = socket;
  socket[kSetNoDelay] = server.noDelay;
  socket[kSetKeepAlive] = server.keepAlive;
  socket[kSetKeepAliveInitialDelay] = server.keepAliveInitialDelay;
  socket[kSetKeepAliveInterval] = server.keepAliveInterval;
  socket[kSetKeepAliveCount] = server.keepAliveCount;
  inherit(socket, server);
  inherit(socket, server._handle);
  inherit(socket, handle);
  if (socket[kSetNoDelay] && handle.setNoDelay)
    handle.setNoDelay(true);
  if (socket[kSetKeepAlive] && handle.setKeepAlive)
    ReflectApply(handle.setKeepAlive, handle, settingsOf(socket));
}

// The initial delay has always been converted to a number.
function readCall(enable, initialDelay, interval, count) {
  if (enable !== null && typeof enable === 'object')
    ({ enable, initialDelay, interval, count } = enable);
  const delay = +initialDelay;
  return toSettings(
    Boolean(enable), delay > 0 ? delay : 0, interval, count, argumentNames);
}

/**
 * @param {object} args The arguments of a call of setKeepAlive() that is made
 *   later.
 * @returns {object} The same, if they are valid.
 */
function validateCall(args) {
  ReflectApply(readCall, undefined, args);
  return args;
}

/**
 * The method of net.Socket. See tcp(7) for the values.
 * @returns {net.Socket} The socket itself.
 */
function setKeepAlive(enable, initialDelay, interval, count) {
  const call = readCall(enable, initialDelay, interval, count);
  const socket = bottomOf(this);
  const { _handle: handle } = socket;
  if (handle && !handle.setKeepAlive)
    return this;
  socket[kChosen] = true;
  const next = [call[0]];
  let isSame = call[0] === socket[kSetKeepAlive];
  for (let i = 1; i < keys.length; i++) {
    const former = socket[keys[i]];
    next[i] = call[0] ? call[i] || (former ?? call[i]) : former;
    isSame &&= next[i] === former;
  }
  if (handle) {
    if (isSame)
      return this;
    const err = handle.setKeepAlive(next[0], next[1], next[2], next[3]);
    if (err) {
      // Systems differ in what they refuse on a connection that has ended.
      // Calls without the newer arguments have never reported that.
      if (call[2] !== undefined || call[3] !== undefined)
        throw new ErrnoException(err, 'setsockopt');
      return this;
    }
  }
  for (let i = 0; i < keys.length; i++)
    socket[keys[i]] = next[i];
  return this;
}

/**
 * Turns on keep-alive for a connection that an http.Agent keeps, unless it was
 * turned on or off before.
 * @param {stream.Duplex} socket
 * @param {number} initialDelay In milliseconds.
 */
function setPooled(socket, initialDelay) {
  if (bottomOf(socket)[kChosen] || isExplicit(socket, kSetKeepAlive))
    return;
  socket.setKeepAlive(
    true, isExplicit(socket, kSetKeepAliveInitialDelay) ? 0 : initialDelay);
}

module.exports = {
  fromList,
  readOptions,
  readServerOptions,
  setAccepted,
  setKeepAlive,
  setPooled,
  toList,
  validateCall,
  validateOptions,
};
