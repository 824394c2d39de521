'use strict';

// Takes the place of the class of the same name in src/bound_handle_sharing.cc, since an
// addon cannot have native classes that are transferred.

const {
  ObjectDefineProperties,
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
  // Undefined on lines where objects inherit from a native class instead.
  markTransferMode,
  JSTransferable,
  kDeserialize,
  kTransfer,
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
  const transit = markTransferMode === undefined ?
    ReflectConstruct(JSTransferable, [], Transit) :
    this;
  markTransferMode?.(transit, false, true);
  natives.set(transit, new addon.Transit(handle));
  return transit;
}

function handle() {
  return nativeOf(this).handle();
}

function open(other) {
  return nativeOf(this).open(other);
}

function transfer() {
  return {
    data: addon.send(nativeOf(this)),
    deserializeInfo: 'internal/bindery_transit:Transit',
  };
}

function deserialize(data) {
  const native = addon.receive(data);
  if (native !== undefined)
    natives.set(this, native);
}

const attributes = {
  __proto__: null, configurable: true, enumerable: false, writable: true,
};
ObjectDefineProperties(Transit.prototype, {
  handle: { ...attributes, value: handle },
  open: { ...attributes, value: open },
  [kTransfer]: { ...attributes, value: transfer },
  [kDeserialize]: { ...attributes, value: deserialize },
});

module.exports = {
  Transit,
  start(functions) {
    addon = functions;
    ObjectDefineProperties(TCP, {
      Transit: { __proto__: null, value: Transit, configurable: false, enumerable: true, writable: false },
    });
  },
};
