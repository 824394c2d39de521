'use strict';

const {
  SafeSet,
  Symbol,
} = primordials;

const { socketSharing } = internalBinding('tcp_wrap');
const { UV_ENOTSUP } = internalBinding('uv');

const {
  giveBack,
  isBound,
  lend,
  receive,
  take,
} = require('internal/bound_handle_sharing');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_HANDLE_TYPE,
  },
} = require('internal/errors');
const { validateBoolean } = require('internal/validators');

const kParcel = Symbol('kParcel');
// The parcels that have left through a channel and are not confirmed yet.
const kOnWay = Symbol('kOnWay');

/**
 * A bound socket, or a clone of it, that is sent to another process. It stays
 * with its owner until the message is written or queued.
 */
class Parcel {
  // Undefined if the sender keeps it.
  #bound;
  #onWay;

  constructor(bound, keepOpen) {
    if (keepOpen !== undefined)
      validateBoolean(keepOpen, 'options.keepOpen');
    if (process.platform === 'win32' && bound.isPipe)
      throw new ErrnoException(UV_ENOTSUP, 'write');
    this.handle = lend(bound, keepOpen);
    this.handle[kParcel] = this;
    if (keepOpen) {
      // The message may turn out to be one that cannot be sent.
      process.nextTick(() => {
        if (this.#onWay === undefined)
          this.handle.close();
      });
    } else {
      this.#bound = bound;
    }
  }

  leave(target) {
    if (this.#onWay !== undefined)
      return;
    this.#onWay = target[kOnWay] ??= new SafeSet();
    // A getter in the message may have given the handle to somebody else.
    if (this.#bound === undefined || take(this.#bound, this.handle))
      this.#onWay.add(this);
  }

  /** The message was not written. */
  fail() {
    if (!this.#onWay?.delete(this))
      return;
    if (this.#bound === undefined)
      this.handle.close();
    else
      giveBack(this.#bound, this.handle);
  }

  /** The receiver has its own bound socket, or never will. */
  close() {
    if (this.#onWay.delete(this))
      this.handle.close();
  }
}

/**
 * @param {ChildProcess | process} target What the handle is sent to.
 * @param {any} handle
 * @param {{ keepOpen?: boolean }} options
 * @returns {any} A parcel if it is a bound socket.
 */
function pack(target, handle, options) {
  if (!isBound(handle))
    return handle;
  const parcel = new Parcel(handle, options?.keepOpen);
  if (target._handleQueue)
    parcel.leave(target);
  return parcel;
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
    return parcel.handle;
  },

  postSend(message, handle, options, callback, target) {
    const parcel = handle[kParcel];
    if (target === undefined) {
      parcel.fail();
      return;
    }
    parcel.leave(target);
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

  got(message, handle, emit) {
    emit(receive(handle, message.isExclusive));
  },
};

/**
 * Closes what is not confirmed by the time that the channel closes, and never
 * will be.
 * @param {ChildProcess | process} target
 */
function closeAll(target) {
  for (const parcel of target[kOnWay] ?? [])
    parcel.close();
}

module.exports = {
  Parcel,
  closeAll,
  conversion,
  pack,
};
