'use strict';

// getsockopt() with a length returns a new Buffer that contains what the kernel
// wrote.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const os = require('os');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF,
        TCP_CONGESTION, TCP_FASTOPEN_KEY, TCP_INFO } = net.constants;

const bound = new net.BoundSocket({ host: '127.0.0.1' });
const readInt = `readInt32${os.endianness()}`;

// The integer and its bytes are the same value.
const size = bound.getsockopt(SOL_SOCKET, SO_RCVBUF);
assert.strictEqual(typeof size, 'number');
for (const length of [4, 5, 8, 4096, 1048576]) {
  const bytes = bound.getsockopt(SOL_SOCKET, SO_RCVBUF, length);
  assert.ok(Buffer.isBuffer(bytes));
  assert.strictEqual(Object.getPrototypeOf(bytes), Buffer.prototype);
  assert.strictEqual(bytes.length, 4);
  assert.strictEqual(bytes[readInt](0), size);
}

// Each call returns its own buffer.
{
  const first = bound.getsockopt(SOL_SOCKET, SO_RCVBUF, 4);
  const second = bound.getsockopt(SOL_SOCKET, SO_RCVBUF, 4);
  assert.notStrictEqual(first, second);
  first.fill(0xaa);
  assert.strictEqual(second[readInt](0), size);
  assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_RCVBUF), size);
  // Adjacent memory does not belong to another call.
  new Uint8Array(first.buffer).fill(0xaa);
  assert.strictEqual(second[readInt](0), size);
}

// A struct.
{
  const fields = common.isWindows ? new Uint16Array([1, 3]) :
    new Int32Array([1, 3]);
  const value = Buffer.from(fields.buffer);
  bound.setsockopt(SOL_SOCKET, SO_LINGER, fields);
  const read = bound.getsockopt(SOL_SOCKET, SO_LINGER, 64);
  assert.strictEqual(read.length, value.length);
  if (!common.isMacOS)
    assert.deepStrictEqual(read, value);
  assert.throws(() => bound.getsockopt(SOL_SOCKET, SO_LINGER),
                { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' });
}

if (common.isLinux) {
  // Bytes that look like a number, which would be larger than any int.
  const key = Buffer.from('1234567890123456');
  bound.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_KEY, key);
  assert.deepStrictEqual(bound.getsockopt(IPPROTO_TCP, TCP_FASTOPEN_KEY, 16), key);

  // Shorter than the option: the value is truncated exactly.
  bound.setsockopt(SOL_SOCKET, SO_LINGER, new Int32Array([1, 3]));
  const full = bound.getsockopt(SOL_SOCKET, SO_LINGER, 8);
  for (let length = 0; length <= 8; length++) {
    assert.deepStrictEqual(bound.getsockopt(SOL_SOCKET, SO_LINGER, length),
                           full.subarray(0, length));
  }
  assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 0).length, 0);
  assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE, -0).length, 0);
  assert.strictEqual(bound.getsockopt(IPPROTO_TCP, TCP_INFO, 1).length, 1);

  // Around the size up to which V8 keeps arrays in its heap.
  const start = bound.getsockopt(IPPROTO_TCP, TCP_INFO, 8);
  for (const length of [63, 64, 65]) {
    const part = bound.getsockopt(IPPROTO_TCP, TCP_INFO, length);
    assert.strictEqual(part.length, length);
    assert.deepStrictEqual(part.subarray(0, 8), start);
  }

  // Requested length larger than a page, and than the value.
  const info = bound.getsockopt(IPPROTO_TCP, TCP_INFO, 1048576);
  assert.ok(info.length >= 104 && info.length < 4096, `${info.length}`);
  assert.throws(() => bound.getsockopt(IPPROTO_TCP, TCP_INFO),
                { code: 'ERR_INVALID_ARG_VALUE' });

  // A string in a field of 16 bytes.
  const name = bound.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 256);
  assert.strictEqual(name.length, 16);
  assert.match(name.toString('latin1'), /^[a-z][a-z0-9_-]*\0+$/);
  assert.throws(() => bound.getsockopt(IPPROTO_TCP, TCP_CONGESTION),
                { code: 'ERR_INVALID_ARG_VALUE' });
}
bound.close();
