'use strict';

const {
  FunctionPrototypeCall,
  SafeSet,
  Symbol,
} = primordials;

const { UV_ENOTSUP } = internalBinding('uv');

const { isBound, pack, receive } = require('internal/bound_handle_sharing');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_HANDLE_TYPE,
  },
} = require('internal/errors');
const { validateBoolean } = require('internal/validators');

const kParcel = Symbol('kParcel');

/**
 * A bound socket on its way to another process. The sender may close its own in
 * the meantime, or may no longer have one.
 */
class Parcel {
  #onWay;
  #packed;

  /**
   * @param {net.BoundSocket} bound
   * @param {boolean | undefined} keepOpen
   * @param {SafeSet<Parcel>} onWay The parcels of the channel.
   */
  constructor(bound, keepOpen, onWay) {
    if (keepOpen !== undefined)
      validateBoolean(keepOpen, 'options.keepOpen');
    if (process.platform === 'win32' && bound.isPipe)
      throw new ErrnoException(UV_ENOTSUP, 'write');
    this.#packed = pack(bound, keepOpen ?? true);
    this.#packed.handle[kParcel] = this;
    this.#onWay = onWay;
    onWay.add(this);
  }

  get handle() {
    return this.#packed.handle;
  }

  /** The message was not written. The sender gets its bound socket back. */
  giveBack() {
    this.#onWay.delete(this);
    this.#packed.giveBack();
  }

  /** The receiver has its own bound socket, or never will. */
  close() {
    if (this.#onWay.delete(this))
      this.#packed.close();
  }
}

/** How the channel between processes handles messages that carry a parcel. */
const conversion = {
  simultaneousAccepts: true,

  send(message, parcel, options) {
    // Upstream may mistake an object that only inherits from a bound socket for
    // a bound socket.
    if (!(parcel instanceof Parcel))
      throw new ERR_INVALID_HANDLE_TYPE();
    return parcel.handle;
  },

  postSend(message, handle, options, callback, target) {
    const parcel = handle[kParcel];
    if (target === undefined) {
      parcel.giveBack();
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

  got(message, handle, emit) {
    emit(receive(handle));
  },
};

/**
 * Makes a channel between processes accept bound sockets.
 * @param {ChildProcess | process} target Has the channel's `_send()`.
 * @param {Pipe} channel
 */
function extendChannel(target, channel) {
  const onWay = new SafeSet();
  const { _send } = target;
  const { close } = channel;

  target._send = function(message, handle, options, callback) {
    const parcel = isBound(handle) ?
      new Parcel(handle, options?.keepOpen, onWay) : handle;
    try {
      return FunctionPrototypeCall(_send, this, message, parcel, options, callback);
    } catch (err) {
      if (parcel instanceof Parcel)
        parcel.giveBack();
      throw err;
    }
  };

  // Anything that is not confirmed by now never will be.
  channel.close = function(callback) {
    for (const parcel of onWay)
      parcel.close();
    return FunctionPrototypeCall(close, this, callback);
  };
}

module.exports = {
  Parcel,
  conversion,
  extendChannel,
};
