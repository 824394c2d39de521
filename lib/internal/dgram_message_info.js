'use strict';

const {
  ArrayIsArray,
  ArrayPrototypePush,
  ArrayPrototypeShift,
  ArrayPrototypeSlice,
  BigInt64Array,
  Float64Array,
  ObjectKeys,
  Symbol,
} = primordials;

const {
  messageInfo = { __proto__: null },  // A binary that has this file alone has none.
} = internalBinding('udp_wrap');
const { UV_ENOTSUP } = internalBinding('uv');

const { owner_symbol } = require('internal/async_hooks').symbols;
const { FastBuffer } = require('internal/buffer');
const { kStateSymbol } = require('internal/dgram');
const { kBound } = require('internal/dgram_socket_options');
const {
  ErrnoException,
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
  },
} = require('internal/errors');
const { setQueueReader } = require('internal/socket_options');
const { validateOneOf } = require('internal/validators');
const { setImmediate } = require('timers');

// Set on a socket: what its messages are to come with, and those that another
// handle has read.
const kItems = Symbol('kItems');
const kUnread = Symbol('kUnread');

// These change which events there are, and have to be named.
const kNamedOnly = messageInfo.segmentSize | messageInfo.errors;

// What C++ says of a message, before each call. Keep this list in sync with
// src/datagram_receiver.cc.
const kRequested = 0;
const kPort = 1;
const kFamily = 2;
const kInterfaceIndex = 3;
const kTtl = 4;
const kTos = 5;
const kTimestamp = 6;
const kSegmentSize = 7;
const kDropped = 8;
const kTruncated = 9;
const kMtu = 10;
const fields = new Float64Array(11);
const integers = new BigInt64Array(fields.buffer);

function toItems(list, name) {
  if (list == null || list === false)
    return 0;
  const names = ObjectKeys(messageInfo);
  let items = 0;
  if (list === true) {
    for (let i = 0; i < names.length; i++)
      items |= messageInfo[names[i]];
    return items & ~kNamedOnly;
  }
  if (!ArrayIsArray(list))
    throw new ERR_INVALID_ARG_TYPE(name, ['boolean', 'Array'], list);
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    validateOneOf(item, `${name}[${i}]`, names);
    if (messageInfo[item] === 0)
      throw new ErrnoException(UV_ENOTSUP, 'recvmsg', item);
    items |= messageInfo[item];
  }
  return items;
}

const orUndefined = (value) => (value < 0 ? undefined : value);

const toRinfo = (message, address, family, port) => ({
  address,
  family: family === 4 ? 'IPv4' : 'IPv6',
  port,
  size: message.length,
});

// A handle calls this for each message.
function onMessageInfo(memory, address, localAddress) {
  const message = new FastBuffer(memory);
  const items = fields[kRequested];
  const rinfo = toRinfo(message, address, fields[kFamily], fields[kPort]);
  if (items & messageInfo.localAddress)
    rinfo.localAddress = localAddress;
  if (items & messageInfo.interfaceIndex)
    rinfo.interfaceIndex = orUndefined(fields[kInterfaceIndex]);
  if (items & messageInfo.ttl)
    rinfo.ttl = orUndefined(fields[kTtl]);
  if (items & messageInfo.tos)
    rinfo.tos = orUndefined(fields[kTos]);
  if (items & messageInfo.timestamp) {
    const timestamp = integers[kTimestamp];
    rinfo.timestamp = timestamp < 0n ? undefined : timestamp;
  }
  if (items & messageInfo.segmentSize)
    rinfo.segmentSize = fields[kSegmentSize];
  if (items & messageInfo.dropped)
    rinfo.dropped = fields[kDropped];
  if (items & messageInfo.truncated)
    rinfo.truncated = fields[kTruncated] === 1;
  this.onmessage(rinfo.size, this, message, rinfo);
}

// A handle calls this for each error of a datagram that was sent.
function onMessageError(err, address, offender) {
  const error = new ExceptionWithHostPort(err, 'sendmsg', address, fields[kPort]);
  if (offender !== undefined)
    error.offender = offender;
  if (fields[kMtu] > 0)
    error.mtu = fields[kMtu];
  this[owner_symbol].emit('messageError', error);
}

// Returns 0 or an error code.
const apply = (handle, items) =>
  handle.setMessageInfo(items, fields, onMessageInfo, onMessageError);

/**
 * Records the option of dgram.createSocket().
 * @param {dgram.Socket} socket
 * @param {{ receiveInfo?: boolean | string[] }} [options]
 */
function setOptions(socket, options) {
  socket[kItems] = toItems(options?.receiveInfo, 'options.receiveInfo');
}

/**
 * Asks for the information, or emits an error, when the socket is bound.
 * @param {dgram.Socket} socket
 */
function start(socket) {
  const items = socket[kItems];
  if (items === 0)
    return;
  const err = apply(socket[kStateSymbol].handle, items);
  if (err === 0)
    return;
  process.nextTick(() => {
    if (socket[kStateSymbol].handle)
      socket.emit('error', new ErrnoException(err, 'setsockopt'));
  });
}

function setReceiveInfo(list) {
  const items = toItems(list, 'receiveInfo');
  const { bindState, handle } = this[kStateSymbol];
  if (!handle)
    throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  if (bindState === kBound) {
    const err = apply(handle, items);
    if (err !== 0)
      throw new ErrnoException(err, 'setsockopt');
  }
  this[kItems] = items;
  return this;
}

/**
 * Lets a handle whose socket another one has had serve the items that were
 * asked for there. Its own messages come without.
 * @param {object} handle
 * @returns {number} 0 or an error code.
 */
const serve = (handle) => apply(handle, 0);

/**
 * @param {dgram.Socket} socket
 * @returns {Array<{ message: Uint8Array, rinfo: object }>} Messages that have
 *   been read, and have not been emitted.
 */
function getUnread(socket) {
  const unread = ArrayPrototypeSlice(socket[kUnread] ?? []);
  const list = socket[kStateSymbol].handle.getUnread() ?? [];
  for (let i = 0; i < list.length; i += 4) {
    const message = new FastBuffer(list[i]);
    const rinfo = toRinfo(message, list[i + 1], list[i + 2], list[i + 3]);
    ArrayPrototypePush(unread, { message, rinfo });
  }
  return unread;
}

/**
 * Emits messages that another handle of the socket has read, before others,
 * once the program has had the chance to listen.
 * @param {dgram.Socket} socket
 * @param {Array<{ message: Uint8Array, rinfo: object }>} unread The result of
 *   getUnread().
 */
function emitUnread(socket, unread) {
  if (unread.length === 0)
    return;
  const state = socket[kStateSymbol];
  const { handle } = state;
  const { onmessage } = handle;
  socket[kUnread] = unread;
  const emit = () => {
    try {
      while (unread.length > 0 && state.handle === handle) {
        const { message, rinfo } = ArrayPrototypeShift(unread);
        const { buffer, byteOffset, byteLength } = message;
        onmessage(byteLength, handle, new FastBuffer(buffer, byteOffset, byteLength), rinfo);
      }
    } finally {
      if (unread.length === 0)
        handle.onmessage = onmessage;
      else if (state.handle === handle)
        setImmediate(emit);  // A listener has thrown.
    }
  };
  handle.onmessage = (nread, self, message, rinfo) => {
    if (nread < 0)
      return onmessage(nread, self);
    ArrayPrototypePush(unread, { message, rinfo });
    emit();
  };
  setImmediate(emit);
}

setQueueReader((handle, level, optname, value) =>
  handle.setQueuedOption(level, optname, value));

module.exports = {
  addMethods: (prototype) => prototype.setReceiveInfo = setReceiveInfo,
  emitUnread,
  getUnread,
  serve,
  setOptions,
  start,
};
