// Flags: --expose-internals
'use strict';

// The functions behind net.structs are not a public API, but userland can reach
// them. Nothing aborts, whatever the arguments, and the tables of structs in
// the binding cannot be changed.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { internalBinding } = require('internal/test/binding');

const binding = internalBinding('tcp_wrap');
const { decodeSocketStruct, encodeSocketStruct, socketStructs } = binding;

const count = Object.keys(socketStructs).length;
const thrown = new Error('thrown');
const never = common.mustNotCall('ran the code of an argument');
const pool = [
  undefined, null, true, 0, 1, -1, 0.5, NaN, Infinity, count, count - 1, 2 ** 31, 2 ** 32, 1n, '', '0', 'linger',
  '::1', '1.2.3.4', Symbol('s'), {}, [], () => {}, new ArrayBuffer(8), new Uint8Array(8), Buffer.alloc(20),
  new DataView(new ArrayBuffer(16)), new Proxy({}, {}), new Proxy(Buffer.alloc(8), {}),
  { valueOf: never, toString: never, [Symbol.toPrimitive]: never },
];
for (const first of pool) {
  for (const second of pool) {
    for (const method of [decodeSocketStruct, encodeSocketStruct]) {
      const result = method(first, second);
      assert.ok(['object', 'number', 'undefined'].includes(typeof result));
    }
  }
  decodeSocketStruct(first);
  encodeSocketStruct(first);
}
decodeSocketStruct();
encodeSocketStruct();

// Each member with each value.
for (let index = 0; index < count; index++) {
  const name = Object.keys(socketStructs)[index];
  const { members, size } = socketStructs[name];
  assert.strictEqual(size, net.structs[name].size);
  const good = {};
  for (const [member, { kind }] of Object.entries(members))
    good[member] = { flag: true, integer: 1, IPv4: '1.2.3.4', IPv6: '::1' }[kind];
  assert.ok(Buffer.isBuffer(encodeSocketStruct(index, good)));
  for (const [place, [member, { kind, max }]] of Object.entries(Object.entries(members))) {
    for (const value of pool) {
      const result = encodeSocketStruct(index, { ...good, [member]: value });
      const fits = {
        flag: value === true,
        integer: typeof value === 'number' && value >= 0 && value <= max,
        IPv4: value === '1.2.3.4',
        IPv6: value === '::1',
      }[kind];
      if (fits)
        assert.strictEqual(result.length, size);
      else
        assert.strictEqual(result, Number(place));
    }
    assert.throws(() => encodeSocketStruct(index, { ...good, get [member]() { throw thrown; } }), thrown);
  }
}

// The tables are frozen at all levels.
function assertFrozen(object) {
  assert.strictEqual(Object.getPrototypeOf(object), null);
  assert.ok(Object.isFrozen(object));
  for (const value of Object.values(object)) {
    if (typeof value === 'object')
      assertFrozen(value);
  }
}
assertFrozen(socketStructs);
assert.throws(() => { binding.socketStructs = {}; }, TypeError);
assert.throws(() => { delete binding.socketStructs; }, TypeError);
