'use strict';

const {
  Boolean,
  MathTrunc,
  ReflectApply,
  Symbol,
} = primordials;

const { ErrnoException } = require('internal/errors');
const {
  bottomOf,
  inherit,
  isExplicit,
  kSetKeepAlive,
  kSetKeepAliveCount,
  kSetKeepAliveInitialDelay,
  kSetKeepAliveInterval,
  kSetNoDelay,
  noteDelay,
  setNamed,
} = require('internal/explicit_options');
const { kEmptyObject } = require('internal/util');
const { validateNumber } = require('internal/validators');

// The limits of Linux, in milliseconds and probes. They are checked first
// because the system could refuse one value after it has set another.
const kMaxTime = 32_767_999;
const kMaxCount = 127;

// Set on a socket: a program has turned keep-alive on or off.
const kChosen = Symbol('kChosen');

// Zero leaves a value as it is, and undefined stands for an absent one.
function toPositive(value, unit, name, max) {
  if (value === undefined || value === null)
    return undefined;
  validateNumber(value, name, undefined, max);
  return value > 0 ? MathTrunc(value / unit) : 0;
}

const toSeconds = (value, name) => toPositive(value, 1000, name, kMaxTime);
const toCount = (value, name) => toPositive(value, 1, name, kMaxCount);

// A delay that comes alone has always been left out silently if the system
// could not set it. Older programs count on that.
const toDelay = (value) => (value > 0 && value <= kMaxTime ? MathTrunc(value / 1000) : 0);

/**
 * @param {object} options
 * @returns {{ initialDelay?: number, interval?: number, count?: number }}
 */
function readTimes(options) {
  const { keepAliveInitialDelay: delay } = options;
  const interval = toSeconds(options.keepAliveInterval, 'options.keepAliveInterval');
  const count = toCount(options.keepAliveCount, 'options.keepAliveCount');
  let initialDelay;
  if (interval !== undefined || count !== undefined) {
    toSeconds(options.keepAliveMsecs, 'options.keepAliveMsecs');
    initialDelay = toSeconds(delay, 'options.keepAliveInitialDelay');
  } else if (delay !== undefined && delay !== null) {
    initialDelay = typeof delay === 'number' || typeof delay === 'string' ? toDelay(+delay) : 0;
  }
  return { initialDelay, interval, count };
}

/**
 * Reads the options of a socket's constructor or of connect().
 * @param {net.Socket} socket
 * @param {object} [options]
 */
function readOptions(socket, options) {
  const { keepAlive, noDelay } = options ?? kEmptyObject;
  const { initialDelay, interval, count } = readTimes(options ?? kEmptyObject);
  inherit(socket, socket._handle);
  if (keepAlive !== undefined && keepAlive !== null) {
    socket[kChosen] = true;
    setNamed(socket, kSetKeepAlive, Boolean(keepAlive));
  }
  setNamed(socket, kSetKeepAliveInitialDelay, initialDelay);
  setNamed(socket, kSetKeepAliveInterval, interval);
  setNamed(socket, kSetKeepAliveCount, count);
  if (noDelay === false)
    noteDelay(socket);
}

/**
 * Reads the options of a server's constructor.
 * @param {net.Server} server
 * @param {object} options
 */
function readServerOptions(server, options) {
  const { interval, count } = readTimes(options);
  server.keepAliveInterval = interval;
  server.keepAliveCount = count;
  if (options.noDelay === false)
    noteDelay(server);
}

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
  if (socket[kSetKeepAlive] && handle.setKeepAlive) {
    handle.setKeepAlive(
      true, socket[kSetKeepAliveInitialDelay], socket[kSetKeepAliveInterval],
      socket[kSetKeepAliveCount]);
  }
}

// The initial delay has always been converted to a number.
function readCall(enable, initialDelay, interval, count) {
  if (enable !== null && typeof enable === 'object')
    ({ enable, initialDelay, interval, count } = enable);
  const delay = +initialDelay;
  interval = toSeconds(interval, 'interval');
  count = toCount(count, 'count');
  if (delay > 0 && (interval !== undefined || count !== undefined))
    toSeconds(delay, 'initialDelay');
  return { enable: Boolean(enable), initialDelay: toDelay(delay), interval, count };
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

  const former = {
    enable: socket[kSetKeepAlive],
    initialDelay: socket[kSetKeepAliveInitialDelay],
    interval: socket[kSetKeepAliveInterval],
    count: socket[kSetKeepAliveCount],
  };
  const next = call.enable ? {
    enable: true,
    initialDelay: call.initialDelay || former.initialDelay,
    interval: call.interval || (former.interval ?? call.interval),
    count: call.count || (former.count ?? call.count),
  } : { ...former, enable: false };
  if (handle) {
    if (next.enable === former.enable && next.initialDelay === former.initialDelay &&
        next.interval === former.interval && next.count === former.count) {
      return this;
    }
    const err = handle.setKeepAlive(
      next.enable, next.initialDelay, next.interval, next.count);
    if (err) {
      // Systems differ in what they refuse on a connection that has ended.
      // Calls without the newer arguments have never reported that.
      if (call.interval !== undefined || call.count !== undefined)
        throw new ErrnoException(err, 'setsockopt');
      return this;
    }
  }
  socket[kSetKeepAlive] = next.enable;
  socket[kSetKeepAliveInitialDelay] = next.initialDelay;
  socket[kSetKeepAliveInterval] = next.interval;
  socket[kSetKeepAliveCount] = next.count;
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
  readOptions,
  readServerOptions,
  setAccepted,
  setKeepAlive,
  setPooled,
  validateCall,
  validateOptions: readTimes,
};
