'use strict';

const {
  ArrayPrototypeForEach,
  ObjectDefineProperties,
  ObjectDefineProperty,
  Symbol,
} = primordials;

const {
  TCP: { Transit },
  socketSharing,
} = internalBinding('tcp_wrap');

const { kStateSymbol } = require('internal/dgram');
const { emitUnread, getUnread, serve } = require('internal/dgram_message_info');
const { kBound, kConnected, setBindOtherwise } = require('internal/dgram_socket_options');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_STATE,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
  },
} = require('internal/errors');
const {
  markTransferMode,
  kDeserialize,
  kTransfer,
  kTransferList,
} = require('internal/worker/js_transferable');

// An option of bindSync(): what opens the handle of the socket.
const kOpen = Symbol('kOpen');

// The class of datagram sockets, once it has been loaded.
let Socket;

setBindOtherwise((socket, options) => {
  const open = options[kOpen];
  if (open === undefined)
    return undefined;
  const { handle } = socket[kStateSymbol];
  const err = open(handle) || serve(handle);
  if (err !== 0)
    throw new ErrnoException(err, 'dup');
  if (handle.getpeername({}) === 0)
    socket[kStateSymbol].connectState = kConnected;
  return 0;
});

function getHandle(socket) {
  const { bindState, handle } = socket[kStateSymbol];
  if (!handle)
    throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  if (bindState !== kBound)
    throw new ERR_INVALID_STATE('the socket is not bound');
  return handle;
}

// Opens the handle of a new socket, or leaves nothing of it.
function openSocket(socket, open) {
  try {
    socket.bindSync({ [kOpen]: open });
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

function clone() {
  const handle = getHandle(this);
  return openSocket(new Socket(this.type), (copy) => socketSharing.duplicate(handle, copy));
}

function fd() {
  return getHandle(this).fd;
}

// Throws early for a socket that cannot be sent.
function listTransfers() {
  getHandle(this);
  if (this[kStateSymbol].queue?.length > 0)
    throw new ERR_INVALID_STATE('messages wait to be sent');
  return [];
}

// The handle leaves with the transit, at the very last. If anything fails
// before, the sender still has it. Whoever asks for it first is told.
function transfer() {
  const state = this[kStateSymbol];
  const data = { transit: new Transit(getHandle(this)), unread: getUnread(this) };
  const { transit } = data;
  const set = (value) => ObjectDefineProperty(
    state, 'handle',
    { __proto__: null, configurable: true, enumerable: true, value, writable: true });
  ObjectDefineProperty(state, 'handle', {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() {
      set(transit.handle());
      return state.handle;
    },
    set,
  });
  // In this tick, close() waits here, whether the socket has gone or not.
  const queue = state.queue = [];
  process.nextTick(() => {
    // The program may have tried again.
    if (state.queue === queue)
      state.queue = undefined;
    if (state.handle) {
      ArrayPrototypeForEach(queue, (close) => close());
    } else if (transit.handle() === null) {
      state.receiving = false;
      this.emit('close');
    }
  });
  return {
    data,
    deserializeInfo: `internal/dgram_handover:${this.type === 'udp4' ? 'ReceivedUdp4' : 'ReceivedUdp6'}`,
  };
}

function deserialize({ transit, unread }) {
  openSocket(this, (handle) => transit.open(handle));
  emitUnread(this, unread);
}

// Used as constructors by the deserializer.
function receive(type) {
  // The dgram module may not have been loaded in this thread yet.
  require('dgram');
  return new Socket(type);
}

function ReceivedUdp4() {
  return receive('udp4');
}

function ReceivedUdp6() {
  return receive('udp6');
}

// The deserializer looks the method up before it creates an object.
ReceivedUdp4.prototype[kDeserialize] = deserialize;
ReceivedUdp6.prototype[kDeserialize] = deserialize;

/**
 * Adds the methods to the class of datagram sockets.
 * @param {Function} constructor The class, which calls prepare().
 */
function extend(constructor) {
  Socket = constructor;
  Socket.prototype.clone = clone;
  Socket.prototype.fd = fd;
  const attributes = {
    __proto__: null, configurable: true, enumerable: false, writable: true,
  };
  ObjectDefineProperties(Socket.prototype, {
    [kTransferList]: { ...attributes, value: listTransfers },
    [kTransfer]: { ...attributes, value: transfer },
    [kDeserialize]: { ...attributes, value: deserialize },
  });
}

module.exports = {
  ReceivedUdp4,
  ReceivedUdp6,
  extend,
  prepare: (socket) => markTransferMode(socket, false, true),
};
