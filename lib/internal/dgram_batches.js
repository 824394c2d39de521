'use strict';

const {
  Array,
  ArrayIsArray,
  ArrayPrototypePush,
  ArrayPrototypeShift,
  Float64Array,
  FunctionPrototypeBind,
  Int32Array,
  ReflectApply,
  Symbol,
} = primordials;

const {
  socketConstants: {
    IPPROTO_IP,
    IPPROTO_IPV6,
    IPV6_MTU,
    IP_MTU,
  } = {},  // A binary that has this file alone has none.
} = internalBinding('tcp_wrap');
const {
  UV_EAGAIN,
  UV_ECANCELED,
  UV_ENOBUFS,
  UV_ENOTSUP,
} = internalBinding('uv');

const { Buffer } = require('buffer');
const { setTimeout } = require('timers');
const { kStateSymbol } = require('internal/dgram');
const {
  awaitBind,
  kBound,
  kConnected,
  kUnbound,
} = require('internal/dgram_socket_options');
const {
  ErrnoException,
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_IP_BLOCKED,
    ERR_SOCKET_DGRAM_IS_CONNECTED,
    ERR_SOCKET_DGRAM_NOT_CONNECTED,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
  },
} = require('internal/errors');
const { isIP } = require('internal/net');
const { assertPermission } = require('internal/socket_option_values');
const { kEmptyObject } = require('internal/util');
const { isArrayBufferView } = require('internal/util/types');
const {
  validateArray,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
  validatePort,
  validateString,
} = require('internal/validators');

// Set on a socket: the batches that the system has no room for yet.
const kWaiting = Symbol('kWaiting');

// How long to wait before a full socket is tried again, in milliseconds.
const kPause = 1;

// The numbers of a message. Keep this list in sync with src/datagram_sender.cc.
const kPort = 0;
const kPeer = 1;
const kLocal = 2;
const kInterfaceIndex = 3;
const kTos = 4;
const kTtl = 5;
const kSegmentSize = 6;
const kDontFragment = 7;
const kFieldCount = 8;

// What C++ has done: the number of messages that were sent, the number of bytes
// of the next one, and the number of bytes in all.
const cursor = new Float64Array(3);

// Sends what is queued until the socket is bound, see addMethods().
let enqueue;

// Names what is wrong: an option of a message alone, or of one in a list.
const nameOf = (at, key) => (at === undefined ? `options.${key}` : `list[${at}].${key}`);

// The checks below make no name for a value that is right.
function toPort(port, at) {
  return typeof port === 'number' && port > 0 && port < 65536 && (port | 0) === port ?
    port : validatePort(port, nameOf(at, 'port'), false);
}

function toField(value, min, max, at, key) {
  if (value == null)
    return -1;
  if (typeof value !== 'number' || !(value >= min && value <= max) || (value | 0) !== value)
    validateInteger(value, nameOf(at, key), min, max);
  return value;
}

function toView(msg, at, isPart = false) {
  if (typeof msg === 'string')
    return Buffer.from(msg);
  if (isArrayBufferView(msg))
    return msg;
  if (isPart || !ArrayIsArray(msg)) {
    throw new ERR_INVALID_ARG_TYPE(
      at === undefined ? 'msg' : nameOf(at, 'msg'),
      ['Buffer', 'TypedArray', 'DataView', 'string', 'Array'], msg);
  }
  const parts = new Array(msg.length);
  for (let i = 0; i < parts.length; i++) {
    const view = toView(msg[i], at, true);
    parts[i] = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  }
  return Buffer.concat(parts);
}

// Messages in the form that C++ takes.
class Batch {
  constructor(socket, count) {
    const { connectState, sendBlockList } = socket[kStateSymbol];
    this.socket = socket;
    this.family = socket.type === 'udp4' ? 4 : 6;
    this.isConnected = connectState === kConnected;
    this.blockList = sendBlockList;
    this.views = new Array(count);
    this.fields = new Int32Array(count * kFieldCount);
    // Fields are the indices of these, since most messages have the same.
    this.addresses = [];
    this.sent = 0;
    this.offset = 0;
    this.bytes = 0;
    this.isDone = false;
  }

  // Sets a field to the index of an address, which |last| may be as well.
  setAddress(field, address, last, at, key) {
    if (last >= 0 && address === this.addresses[last]) {
      this.fields[field] = last;
      return;
    }
    validateString(address, nameOf(at, key));
    if (isIP(address) !== this.family) {
      throw new ERR_INVALID_ARG_VALUE(
        nameOf(at, key), address, `must be an IPv${this.family} address`);
    }
    this.fields[field] = this.addresses.length;
    ArrayPrototypePush(this.addresses, address);
  }

  // Everything but the address to send to, which may have to be looked up.
  add(i, msg, options, at) {
    const { port, localAddress, interfaceIndex, tos, ttl, segmentSize, dontFragment } = options;
    const { fields } = this;
    this.views[i] = toView(msg, at);
    const first = i * kFieldCount;
    fields[first + kPeer] = -1;
    fields[first + kLocal] = -1;
    if (!this.isConnected)
      fields[first + kPort] = toPort(port, at);
    else if (port != null || options.address != null)
      throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
    if (localAddress != null) {
      this.setAddress(first + kLocal, localAddress,
                      i > 0 ? fields[first - kFieldCount + kLocal] : -1, at, 'localAddress');
    }
    fields[first + kInterfaceIndex] = toField(interfaceIndex, 1, 0x7fffffff, at, 'interfaceIndex');
    fields[first + kTos] = toField(tos, 0, 255, at, 'tos');
    fields[first + kTtl] = toField(ttl, 1, 255, at, 'ttl');
    fields[first + kSegmentSize] = toField(segmentSize, 1, 65507, at, 'segmentSize');
    if (dontFragment != null)
      validateBoolean(dontFragment, nameOf(at, 'dontFragment'));
    fields[first + kDontFragment] = dontFragment == null ? -1 : +dontFragment;
  }

  addAddress(i, address, at) {
    if (this.isConnected)
      return;
    address ||= this.family === 4 ? '127.0.0.1' : '::1';
    const field = i * kFieldCount + kPeer;
    this.setAddress(field, address, i > 0 ? this.fields[field - kFieldCount] : -1, at, 'address');
    if (this.blockList?.check(address, `ipv${this.family}`))
      throw new ERR_IP_BLOCKED(address);
  }

  // Returns 0 or an error code.
  send() {
    const { handle } = this.socket[kStateSymbol];
    if (!handle)
      return UV_ECANCELED;
    cursor[0] = this.sent;
    cursor[1] = this.offset;
    cursor[2] = this.bytes;
    const err = handle.sendMessages(this.views, this.addresses, this.fields, cursor);
    this.sent = cursor[0];
    this.offset = cursor[1];
    this.bytes = cursor[2];
    return err;
  }

  // Calls back with an error, and what is asked for.
  end(err) {
    this.isDone = true;
    if (this.callback !== undefined) {
      process.nextTick(this.callback, err === 0 ? null : this.toError(err),
                       this[this.result]);
    }
  }

  toError(err) {
    const first = this.sent * kFieldCount;
    const port = this.fields[first + kPort];
    return new ExceptionWithHostPort(
      err, 'sendmsg', this.addresses[this.fields[first + kPeer]], port > 0 ? port : undefined);
  }
}

function flush(socket) {
  const waiting = socket[kWaiting];
  while (waiting.length > 0) {
    const batch = waiting[0];
    const err = batch.send();
    if (err === UV_EAGAIN || err === UV_ENOBUFS) {
      setTimeout(flush, kPause, socket);
      return;
    }
    ArrayPrototypeShift(waiting);
    batch.end(err);
  }
}

// Sends a batch, or lets it wait. |result| names what the callback gets.
function dispatch(batch, result, callback) {
  const waiting = batch.socket[kWaiting] ??= [];
  batch.result = result;
  batch.callback = callback;
  ArrayPrototypePush(waiting, batch);
  if (waiting.length === 1)
    flush(batch.socket);
  if (!batch.isDone && callback !== undefined) {
    const { AsyncResource } = require('async_hooks');
    batch.callback = AsyncResource.bind(callback, 'UDPSENDWRAP');
  }
}

// Calls send() once the socket is bound.
function whenBound(socket, callback, send) {
  const state = socket[kStateSymbol];
  if (state.bindState === kUnbound)
    socket.bind({ port: 0, exclusive: true }, null);
  if (state.bindState === kBound)
    return send();
  awaitBind(socket, callback);
  enqueue(socket, send);
}

function checkRunning(socket, syscall) {
  if (!socket[kStateSymbol].handle)
    throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  if (process.platform === 'win32')
    throw new ErrnoException(UV_ENOTSUP, syscall);
  assertPermission(syscall);
}

/**
 * The send() of a message that has options.
 * @param {dgram.Socket} socket
 * @param {any} msg
 * @param {object} options
 * @param {Function} [callback]
 */
function sendWithOptions(socket, msg, options, callback) {
  checkRunning(socket, 'sendmsg');
  if (callback !== undefined)
    validateFunction(callback, 'callback');
  const batch = new Batch(socket, 1);
  batch.add(0, msg, options);
  const { address } = options;
  if (address != null)
    validateString(address, 'options.address');
  const send = () => {
    const { handle } = socket[kStateSymbol];
    // Without a handle, that fails.
    if (batch.isConnected || !handle)
      return dispatch(batch, 'bytes', callback);
    handle.lookup(address, (error, ip) => {
      if (error === null) {
        try {
          batch.addAddress(0, ip);
          return dispatch(batch, 'bytes', callback);
        } catch (err) {
          error = err;
        }
      }
      if (callback !== undefined)
        process.nextTick(callback, error);
      else
        process.nextTick(() => socket.emit('error', error));
    });
  };
  whenBound(socket, callback, send);
}

function sendMany(list, callback) {
  checkRunning(this, 'sendmmsg');
  validateArray(list, 'list');
  if (callback !== undefined)
    validateFunction(callback, 'callback');
  const batch = new Batch(this, list.length);
  for (let i = 0; i < list.length; i++) {
    const options = list[i];
    if (typeof options !== 'object' || options === null)
      validateObject(options, `list[${i}]`);
    batch.add(i, options.msg, options, i);
    batch.addAddress(i, options.address, i);
  }
  whenBound(this, callback, FunctionPrototypeBind(dispatch, undefined, batch, 'sent', callback));
}

function sendSync(msg, options = kEmptyObject) {
  checkRunning(this, 'sendmsg');
  validateObject(options, 'options');
  const batch = new Batch(this, 1);
  batch.add(0, msg, options);
  batch.addAddress(0, options.address);
  const { bindState } = this[kStateSymbol];
  if (bindState === kUnbound)
    this.bindSync();
  else if (bindState !== kBound)
    throw new ERR_INVALID_STATE('the socket is being bound');
  const err = batch.send();
  if (err !== 0)
    throw batch.toError(err);
  return batch.bytes;
}

function setDontFragment(flag) {
  validateBoolean(flag, 'flag');
  checkRunning(this, 'setsockopt');
  const { handle } = this[kStateSymbol];
  const isIPv4 = this.type === 'udp4';
  const err = handle.setDontFragment(isIPv4, flag);
  if (err !== 0)
    throw new ErrnoException(err, 'setsockopt');
  // A socket for IPv6 may send to IPv4 addresses as well.
  if (!isIPv4)
    handle.setDontFragment(true, flag);
  return this;
}

function getMtu() {
  checkRunning(this, 'getsockopt');
  const { connectState, handle } = this[kStateSymbol];
  if (connectState !== kConnected)
    throw new ERR_SOCKET_DGRAM_NOT_CONNECTED();
  if (IP_MTU === undefined)
    throw new ErrnoException(UV_ENOTSUP, 'getsockopt');
  let mtu = handle.getSocketOption(IPPROTO_IP, IP_MTU);
  // What is larger is an error, for a peer that has an IPv6 address.
  if (mtu > 0x7fffffff && this.type === 'udp6')
    mtu = handle.getSocketOption(IPPROTO_IPV6, IPV6_MTU);
  if (mtu > 0x7fffffff)
    throw new ErrnoException(mtu - 2 ** 32, 'getsockopt');
  return mtu;
}

const isWaiting = (socket) => socket[kWaiting] !== undefined && socket[kWaiting].length > 0;

/**
 * @param {object} prototype
 * @param {(socket: dgram.Socket, send: Function) => void} queue Calls a function
 *   once a socket that is being bound is bound.
 */
function addMethods(prototype, queue) {
  enqueue = queue;
  const { getSendQueueCount, getSendQueueSize } = prototype;
  prototype.getMtu = getMtu;
  prototype.sendMany = sendMany;
  prototype.sendSync = sendSync;
  prototype.setDontFragment = setDontFragment;
  prototype.getSendQueueCount = function() {
    let count = ReflectApply(getSendQueueCount, this, []);
    if (isWaiting(this)) {
      for (let i = 0; i < this[kWaiting].length; i++) {
        const { sent, views } = this[kWaiting][i];
        count += views.length - sent;
      }
    }
    return count;
  };
  prototype.getSendQueueSize = function() {
    let size = ReflectApply(getSendQueueSize, this, []);
    if (isWaiting(this)) {
      for (let i = 0; i < this[kWaiting].length; i++) {
        const { offset, sent, views } = this[kWaiting][i];
        for (let at = sent; at < views.length; at++)
          size += views[at].byteLength;
        size -= offset;
      }
    }
    return size;
  };
}

module.exports = {
  addMethods,
  isOptions: (value) => typeof value === 'object' && value !== null,
  sendWithOptions,
};
