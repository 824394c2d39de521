'use strict';

// Takes the place of the class of the same name in src/bound_handle_sharing.cc, since an
// addon cannot have native classes that are cloned.

const {
  BigInt,
  BigUint64Array,
  ObjectDefineProperties,
  Proxy,
  ReflectConstruct,
  SafeWeakMap,
} = primordials;

const { TCP } = internalBinding('tcp_wrap');
const {
  codes: {
    ERR_INVALID_THIS,
  },
} = require('internal/errors');
const {
  // The native class that objects inherit from, on lines where they do.
  JSTransferable,
  kClone,
  kDeserialize,
  markTransferMode,
} = require('internal/worker/js_transferable');

// The functions of the addon.
let addon;

// What an object stands for.
const natives = new SafeWeakMap();

function nativeOf(transit) {
  const native = natives.get(transit);
  if (native === undefined)
    throw new ERR_INVALID_THIS('Transit');
  return native;
}

/**
 * See Transit::New().
 * @param {object} [handle]
 * @returns {Transit | undefined}
 */
function Transit(handle) {
  if (new.target === undefined)
    return undefined;
  const transit = JSTransferable === undefined ?
    this :
    ReflectConstruct(JSTransferable, [], Transit);
  markTransferMode(transit, true, false);
  natives.set(transit, new addon.Transit(handle));
  return transit;
}

function handle() {
  return nativeOf(this).handle();
}

function open(other) {
  return nativeOf(this).open(other);
}

// The number in the name is there before any of the objects that come along reads its
// data. The buffer lets go of what has the number along with the message.
function clone() {
  const buffer = addon.send(nativeOf(this));
  const { 0: number } = new BigUint64Array(buffer);
  return { data: buffer, deserializeInfo: `internal/bindery_transit:${number}` };
}

// The class of a transit that is received.
function receiverOf(number) {
  function Received() {
    const transit = new Transit();
    const native = addon.receive(BigInt(number));
    if (native !== undefined)
      natives.set(transit, native);
    return transit;
  }
  Received.prototype = Transit.prototype;
  return Received;
}

const attributes = {
  __proto__: null, configurable: true, enumerable: false, writable: true,
};
ObjectDefineProperties(Transit.prototype, {
  handle: { ...attributes, value: handle },
  open: { ...attributes, value: open },
  [kClone]: { ...attributes, value: clone },
  [kDeserialize]: { ...attributes, value() {} },
});

const exported = {
  __proto__: null,
  start(functions) {
    addon = functions;
    ObjectDefineProperties(TCP, {
      Transit: { __proto__: null, value: Transit, configurable: false, enumerable: true, writable: false },
    });
  },
};
// The deserializer looks for a class of the name that clone() gives.
module.exports = new Proxy(exported, {
  __proto__: null,
  get: (target, name) => target[name] ?? receiverOf(name),
});
