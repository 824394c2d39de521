'use strict';

const {
  FunctionPrototypeCall,
  JSONParse,
  JSONRawJSON,
  JSONStringify,
  SafeSet,
  Symbol,
} = primordials;

const { Pipe } = internalBinding('pipe_wrap');
const { socketDescriptors, socketSharing } = internalBinding('tcp_wrap');
const { UV_ENOTSUP } = internalBinding('uv');

const {
  borrowToSend,
  clone,
  getHandle,
  getInternals,
  wrap,
} = require('internal/bound_handle_sharing');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_HANDLE_TYPE,
    ERR_IPC_CHANNEL_CLOSED,
  },
} = require('internal/errors');
const explicitOptions = require('internal/explicit_options');
const { validateBoolean } = require('internal/validators');

let v8;

const kParcel = Symbol('kParcel');
// The parcels that leave through a channel and are not confirmed yet.
const kOnWay = Symbol('kOnWay');

/**
 * @param {net.BoundSocket} bound
 * @param {object | null} handle What it has from now on.
 */
function setHandle(bound, handle) {
  const { getLocal, setPrivate } = getInternals();
  setPrivate(bound, handle, getLocal(bound));
}

/** A bound socket, or a clone of it, on its way to another process. */
class Parcel {
  // Undefined if the sender keeps it.
  #bound;
  #onWay;

  constructor(target, bound, keepOpen) {
    this.handle = borrowToSend(bound);
    socketSharing.handOn(this.handle);
    if (keepOpen) {
      this.handle = getHandle(FunctionPrototypeCall(clone, bound));
    } else {
      this.#bound = bound;
      setHandle(bound, null);
    }
    this.handle[kParcel] = this;
    this.#onWay = target[kOnWay] ??= new SafeSet();
    this.#onWay.add(this);
  }

  /** The message was not written: the sender gets its bound socket back. */
  fail() {
    if (this.#bound === undefined)
      this.close();
    else if (this.#onWay.delete(this))
      setHandle(this.#bound, this.handle);
  }

  /** The receiver has its own bound socket, or never will. */
  close() {
    if (this.#onWay.delete(this))
      this.handle.close();
  }
}

// Keeps a number as it was written.
const toRaw = JSONRawJSON && ((key, value, { source }) =>
  (typeof value === 'number' ? JSONRawJSON(source) : value));

// Returns what the receiver would get.
function copy(value, mode) {
  if (mode === 'json') {
    const text = JSONStringify({ value });
    const result = JSONParse(text);
    // JSON.rawJSON() can write numbers that JavaScript does not have.
    return (JSONStringify(result) === text ? result : JSONParse(text, toRaw)).value;
  }
  v8 ??= require('v8');
  return v8.deserialize(v8.serialize(value));
}

/**
 * @param {ChildProcess | process} target What the handle is sent to.
 * @param {any} handle
 * @param {{ keepOpen?: boolean }} options
 * @param {{ msg: any }} message
 * @param {'json' | 'advanced'} mode How the channel serializes.
 * @returns {any} A parcel if it is a bound socket.
 */
function pack(target, handle, options, message, mode) {
  if (typeof handle !== 'object' || handle === null || !getInternals().hasHandle(handle))
    return handle;
  const keepOpen = options?.keepOpen;
  if (keepOpen != null)
    validateBoolean(keepOpen, 'options.keepOpen');
  if (process.platform === 'win32' && handle.isPipe)
    throw new ErrnoException(UV_ENOTSUP, 'write');
  // The message may be written later, where nobody could catch what a getter of
  // it throws. It may also send or close the bound socket, or disconnect.
  message.msg = copy(message.msg, mode);
  if (!target.connected)
    throw new ERR_IPC_CHANNEL_CLOSED();
  return new Parcel(target, handle, keepOpen);
}

/** How the channel between processes handles messages that carry a parcel. */
const conversion = {
  simultaneousAccepts: true,

  send(message, parcel, options) {
    // Upstream may mistake an object that only inherits from a bound socket for
    // a bound socket.
    if (!(parcel instanceof Parcel))
      throw new ERR_INVALID_HANDLE_TYPE();
    message.isExclusive = socketSharing.isExclusive(parcel.handle);
    message.explicit = explicitOptions.toList(parcel.handle);
    return parcel.handle;
  },

  postSend(message, handle, options, callback, target) {
    const parcel = handle[kParcel];
    if (target === undefined) {
      parcel.fail();
      return;
    }
    // It may have to be sent again if the receiver was out of descriptors.
    if (target._pendingMessage?.handle === parcel)
      return;
    target._pendingMessage = {
      callback: undefined,
      message: message.msg,
      handle: parcel,
      options,
      retransmissions: 0,
    };
  },

  got({ explicit, isExclusive }, handle, emit) {
    if (isExclusive)
      socketSharing.markExclusive(handle);
    explicitOptions.fromList(handle, explicit);
    const isPipe = handle instanceof Pipe;
    // The path is the other process's to delete.
    const local = isPipe ? socketDescriptors.pathOf(handle.fd) : {};
    if (isPipe ? typeof local === 'string' : handle.getsockname(local) === 0) {
      emit(wrap(handle, local));
    } else {
      handle.close();
      emit(undefined);
    }
  },
};

/**
 * Closes what is not confirmed by the time that the channel closes, and never
 * will be.
 * @param {ChildProcess | process} target
 */
function closeAll(target) {
  if (target[kOnWay] === undefined)
    return;
  for (const parcel of target[kOnWay])
    parcel.close();
}

module.exports = {
  Parcel,
  closeAll,
  conversion,
  pack,
};
