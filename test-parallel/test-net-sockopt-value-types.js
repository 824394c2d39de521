'use strict';

// Tests what the kernel gets for each type of value. TCP_NOTSENT_LOWAT on Linux
// accepts any 32 bits and returns them.

const common = require('../common');
if (!common.isLinux)
  common.skip('needs an option that takes any 32 bits');

const assert = require('assert');
const net = require('net');
const os = require('os');
const vm = require('vm');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_NOTSENT_LOWAT } =
  net.constants;

const bound = new net.BoundSocket({ host: '127.0.0.1' });
const get = () => bound.getsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT);
const set = (value) => {
  assert.strictEqual(bound.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, value),
                     bound);
};
const clear = () => {
  set(0x55aa55aa);
  assert.strictEqual(get(), 0x55aa55aa);
};
// Returns the integer that four bytes represent in memory.
const int = (...bytes) => new Int32Array(new Uint8Array(bytes).buffer)[0];

// Integers, or unsigned integers with the same 32 bits.
for (const value of [0, 1, -1, 255, 65536, 2 ** 31 - 1, -(2 ** 31), 2 ** 31,
                     2 ** 32 - 1, 0xfedcba98]) {
  clear();
  set(value);
  assert.strictEqual(get(), value | 0);
  const bytes = bound.getsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4);
  assert.strictEqual(bytes[`readInt32${os.endianness()}`](0), value | 0);
}

// Booleans.
clear();
set(true);
assert.strictEqual(get(), 1);
set(false);
assert.strictEqual(get(), 0);

// Strings: three bytes of UTF-8 and the NUL byte make up the four bytes that
// are read.
for (const [string, ...bytes] of [
  ['abc', 0x61, 0x62, 0x63],
  ['\u00e9a', 0xc3, 0xa9, 0x61],
  ['a\u00ff', 0x61, 0xc3, 0xbf],
  ['\u20ac', 0xe2, 0x82, 0xac],
  ['\ud800', 0xef, 0xbf, 0xbd],
]) {
  clear();
  set(string);
  assert.strictEqual(get(), int(...bytes, 0));
}
for (const [string, ...bytes] of [
  ['abcdefg', 0x61, 0x62, 0x63, 0x64],
  ['\u{1f600}', 0xf0, 0x9f, 0x98, 0x80],
  ['x'.repeat(70_000), 0x78, 0x78, 0x78, 0x78],
]) {
  clear();
  set(string);
  assert.strictEqual(get(), int(...bytes));
}
// Too short for this option, even including the NUL byte.
for (const string of ['', 'a', 'ab', '\u00e9'])
  assert.throws(() => set(string), { code: 'EINVAL', syscall: 'setsockopt' });

// Views of any kind of memory, at any offset.
const pattern = [1, 2, 3, 4, 0xf5, 6, 7, 8, 9, 10, 11, 0xfc, 13, 14, 15, 16];
const expected = int(0xf5, 6, 7, 8);
const types = [
  Buffer, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array,
  Uint32Array, Int32Array, Float32Array, DataView,
];
function checkViews(buffer, label, DataTypes = types) {
  new Uint8Array(buffer).set(pattern);
  for (const Type of DataTypes) {
    const elements = 4 / (Type.BYTES_PER_ELEMENT ?? 1);
    const view = Type === Buffer ? Buffer.from(buffer, 4, 4) :
      new Type(buffer, 4, elements);
    assert.strictEqual(view.byteLength, 4);
    clear();
    set(view);
    assert.strictEqual(get(), expected, `${Type.name} ${label}`);
  }
  for (const Type of [BigInt64Array, BigUint64Array, Float64Array]) {
    clear();
    set(new Type(buffer, 8, 1));
    assert.strictEqual(get(), int(9, 10, 11, 0xfc), `${Type.name} ${label}`);
  }
}
checkViews(new ArrayBuffer(16), 'ArrayBuffer');
checkViews(new SharedArrayBuffer(16), 'SharedArrayBuffer');
checkViews(new ArrayBuffer(16, { maxByteLength: 64 }), 'resizable');
checkViews(new SharedArrayBuffer(16, { maxByteLength: 64 }), 'growable');
checkViews(new WebAssembly.Memory({ initial: 1 }).buffer, 'WebAssembly');

// Small arrays are on the V8 heap until .buffer is accessed.
clear();
set(new Uint8Array([0xf5, 6, 7, 8]));
assert.strictEqual(get(), expected);
clear();
set(Buffer.from([0xf5, 6, 7, 8]));
assert.strictEqual(get(), expected);
clear();
set(new Uint8Array(pattern).subarray(4));
assert.strictEqual(get(), expected);
// Elements are used as bytes in memory, and not converted to numbers.
clear();
set(new Float32Array([1]));
assert.strictEqual(get(), 0x3f800000);
set(new Int16Array([-1, 0]));
assert.strictEqual(get() >>> 0, os.endianness() === 'LE' ? 0xffff : 0xffff0000);

// From another realm.
clear();
set(vm.runInNewContext('new Uint8Array([0xf5, 6, 7, 8])'));
assert.strictEqual(get(), expected);
clear();
set(vm.runInNewContext('new DataView(new Uint8Array([0xf5, 6, 7, 8]).buffer)'));
assert.strictEqual(get(), expected);
assert.throws(() => set(vm.runInNewContext('new ArrayBuffer(4)')),
              { code: 'ERR_INVALID_ARG_TYPE' });
assert.throws(() => set(vm.runInNewContext('[1]')),
              { code: 'ERR_INVALID_ARG_TYPE' });

// A subclass whose properties lie.
clear();
const liar = new (class extends Uint8Array {
  get byteLength() { return 1; }
  get byteOffset() { return 100; }
  get length() { return 2; }
  get buffer() { return null; }
})([0xf5, 6, 7, 8]);
set(liar);
assert.strictEqual(get(), expected);

// A large view. The kernel reads as much as it needs.
clear();
const large = new Uint8Array(32 * 1024 * 1024);
large.set([0xf5, 6, 7, 8]);
set(large);
assert.strictEqual(get(), expected);

// The bytes of the view are not modified.
assert.deepStrictEqual([...large.subarray(0, 8)], [0xf5, 6, 7, 8, 0, 0, 0, 0]);

// Empty or too short.
clear();
for (const view of [new Uint8Array(0), Buffer.alloc(0), new Uint8Array(3),
                    new DataView(new ArrayBuffer(8), 8),
                    new Uint8Array(new ArrayBuffer(0))]) {
  assert.throws(() => set(view), { code: 'EINVAL', syscall: 'setsockopt' });
}
assert.strictEqual(get(), 0x55aa55aa);

// Other options accept views as well.
bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, new Int32Array([1]));
assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 1);
bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, new Int32Array([0]));
assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
bound.close();
