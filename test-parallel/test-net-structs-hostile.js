'use strict';

// Modifying the prototypes of the language does not affect what net.structs
// encodes or decodes.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { linger, ip_mreq } = net.structs;

const fields = { onoff: true, linger: 5 };
const encoded = linger.encode(fields);

// Each field is read once, in the order of the struct.
{
  const read = [];
  const answers = { onoff: [true, 1], linger: [5, -1] };
  const once = new Proxy({}, {
    get(target, name) {
      read.push(name);
      return answers[name].shift();
    },
  });
  assert.deepStrictEqual(linger.encode(once), encoded);
  assert.deepStrictEqual(read, ['onoff', 'linger']);

  // Exceptions of a getter are propagated, and its side effects do not matter.
  const thrown = new Error('thrown');
  assert.throws(() => linger.encode({ get onoff() { throw thrown; } }), thrown);
  const growing = { onoff: true, get linger() { delete this.onoff; return 5; } };
  assert.deepStrictEqual(linger.encode(growing), encoded);
}

// The result has own properties, which programs may change.
{
  const decoded = linger.decode(encoded);
  assert.strictEqual(Object.getPrototypeOf(decoded), Object.prototype);
  for (const [name, value] of Object.entries(fields)) {
    assert.deepStrictEqual(Object.getOwnPropertyDescriptor(decoded, name),
                           { value, configurable: true, enumerable: true, writable: true });
  }
}

// A view keeps its bytes, regardless of its properties.
{
  const never = common.mustNotCall('ran the code of a view');
  const view = new Uint8Array(encoded);
  for (const name of ['byteLength', 'byteOffset', 'buffer', 'length', 'slice', 'subarray', 'constructor',
                      Symbol.toStringTag, Symbol.iterator]) {
    Object.defineProperty(view, name, { get: never });
  }
  assert.deepStrictEqual(linger.decode(view), fields);
  assert.deepStrictEqual(linger.decode(Object.setPrototypeOf(new Uint8Array(encoded), null)), fields);
}

// Polluted prototypes. Nothing but the calls may happen in between, because
// assert and others might use what is polluted.
{
  const group = { multiaddr: '239.1.2.3', interface: '127.0.0.1' };
  let touched = '';
  const trap = (name) => ({
    __proto__: null,
    configurable: true,
    get() {
      touched += ` ${String(name)}`;
      return undefined;
    },
    set() { touched += ` ${String(name)}`; },
  });
  const names = ['onoff', 'linger', 'multiaddr', 'interface', 'kind', 'max', 'size', 'members',
                 'get', 'set', 'value', 'writable', 'enumerable', 'configurable'];
  const replaced = [
    ...names.map((name) => [Object.prototype, name]),
    ...[0, 1, 2, Symbol.iterator, 'map', 'push', 'forEach'].map((name) => [Array.prototype, name]),
    [Buffer, 'alloc'], [Buffer, 'from'], [Buffer, 'allocUnsafe'],
    [Buffer.prototype, 'constructor'],
    [String.prototype, 'includes'], [String.prototype, 'indexOf'],
    [Number, 'isInteger'], [Number, 'isSafeInteger'],
    [Object, 'freeze'], [Object, 'keys'],
  ].map(([object, name]) => {
    const before = Object.getOwnPropertyDescriptor(object, name);
    return { object, name, before: before && { __proto__: null, ...before }, during: trap(name) };
  });
  const { defineProperty, deleteProperty } = Reflect;
  let first;
  let second;
  let third;
  let fourth;
  // Do not use iterators here, because they are replaced as well.
  try {
    for (let i = 0; i < replaced.length; i++) {
      const { object, name, during } = replaced[i];
      defineProperty(object, name, during);
    }
    first = linger.encode(fields);
    second = linger.decode(first);
    third = ip_mreq.encode(group);
    fourth = ip_mreq.decode(third);
  } finally {
    for (let i = 0; i < replaced.length; i++) {
      const { object, name, before } = replaced[i];
      if (before === undefined)
        deleteProperty(object, name);
      else
        defineProperty(object, name, before);
    }
  }
  assert.strictEqual(touched, '');
  assert.deepStrictEqual(first, encoded);
  assert.deepStrictEqual(second, fields);
  assert.deepStrictEqual(third, ip_mreq.encode(group));
  assert.deepStrictEqual(fourth, group);
}
