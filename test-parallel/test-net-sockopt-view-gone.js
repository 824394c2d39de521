'use strict';

// A view is refused if its buffer was detached or shrank below the view.

require('../common');
const assert = require('assert');
const net = require('net');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;

const bound = new net.BoundSocket({ host: '127.0.0.1' });
bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
const get = () => bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE);
const set = (value) => bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, value);
const refused = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' };

const views = (buffer, ...range) => [
  new Uint8Array(buffer, ...range),
  new DataView(buffer, ...range),
  Buffer.from(buffer, ...range),
];

// Detached.
{
  const buffer = new ArrayBuffer(16);
  const gone = [...views(buffer), ...views(buffer, 8, 4),
                new Int32Array(buffer), new BigInt64Array(buffer, 8, 1)];
  structuredClone(buffer, { transfer: [buffer] });
  for (const view of gone)
    assert.throws(() => set(view), refused);
}
{
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 });
  const gone = [new Uint8Array(buffer), new DataView(buffer)];
  structuredClone(buffer, { transfer: [buffer] });
  for (const view of gone)
    assert.throws(() => set(view), refused);
}
{
  // Initially on the V8 heap.
  const small = new Uint8Array(4);
  set(small);
  assert.strictEqual(get(), 0);
  set(1);
  structuredClone(small.buffer, { transfer: [small.buffer] });
  assert.throws(() => set(small), refused);
}

// WebAssembly detaches the old buffer when its memory grows.
{
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const view = new Uint8Array(memory.buffer, 0, 4);
  memory.grow(1);
  assert.throws(() => set(view), refused);
}

// Out of bounds, and back in bounds.
{
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const fixed = new Uint8Array(buffer, 8, 8);
  const fixedData = new DataView(buffer, 8, 8);
  const tracking = new Uint8Array(buffer, 8);
  const trackingData = new DataView(buffer, 8);
  const all = [fixed, fixedData, tracking, trackingData];

  for (const view of all) {
    set(1);
    set(view);
    assert.strictEqual(get(), 0);
  }
  set(1);

  buffer.resize(12);
  for (const view of [fixed, fixedData])
    assert.throws(() => set(view), refused);
  for (const view of [tracking, trackingData]) {
    set(1);
    set(view);
    assert.strictEqual(get(), 0);
  }
  set(1);

  // The length-tracking views are empty, but not out of bounds.
  buffer.resize(8);
  for (const view of [tracking, trackingData])
    assert.throws(() => set(view), { syscall: 'setsockopt' });

  for (const size of [7, 0]) {
    buffer.resize(size);
    for (const view of all)
      assert.throws(() => set(view), refused);
  }
  assert.notStrictEqual(get(), 0);

  buffer.resize(32);
  for (const view of all) {
    set(1);
    set(view);
    assert.strictEqual(get(), 0);
  }
  // A length-tracking view includes bytes that were added later.
  buffer.resize(9);
  assert.throws(() => set(tracking), { syscall: 'setsockopt' });
}

bound.close();
