// Flags: --expose-internals
'use strict';

// The methods of handles that create a socket and bind it are not a public API,
// but userland can reach them. Whatever the arguments, they return an error or
// succeed.

const common = require('../common');
const assert = require('assert');
const { internalBinding } = require('internal/test/binding');

const { TCP, constants: { SOCKET } } = internalBinding('tcp_wrap');
const { Pipe, constants: { SOCKET: PIPE } } = internalBinding('pipe_wrap');
const { UDP } = internalBinding('udp_wrap');
const { UV_EBADF, UV_EEXIST, UV_EINVAL } = internalBinding('uv');

const host = '127.0.0.1';
const makers = [() => new TCP(SOCKET), () => new UDP(), () => new Pipe(PIPE)];
const never = common.mustNotCall('ran the code of an argument');
const pool = [
  undefined, null, true, -1, 0.5, NaN, 2 ** 40, 10n, '', 'text', Symbol('s'), {}, [], () => {}, new Proxy({}, {}),
  { valueOf: never, toString: never, [Symbol.toPrimitive]: never },
];

for (const make of makers) {
  for (const value of pool) {
    const handle = make();
    if (value !== -1)
      assert.strictEqual(handle.createSocket(value, 0), UV_EINVAL);
    assert.strictEqual(handle.createSocket(4, value), UV_EINVAL);
    // It still has no socket.
    assert.ok([UV_EBADF, UV_EINVAL].includes(handle.bindSocket(value, 0, 0)));
    assert.strictEqual(handle.bindSocket(host, 0, 0), UV_EBADF);
    handle.close();
  }
  const closed = make();
  closed.close();
  assert.notStrictEqual(closed.createSocket(4, 0), 0);
  assert.strictEqual(closed.bindSocket(host, 0, 0), UV_EBADF);
}

for (const make of makers.slice(0, 2)) {
  const handle = make();
  assert.strictEqual(handle.createSocket(4, 0), 0);
  assert.strictEqual(handle.createSocket(4, 0), UV_EEXIST);
  for (const value of pool)
    assert.strictEqual(handle.bindSocket(host, value, 0), UV_EINVAL);
  assert.strictEqual(handle.bindSocket('text', 0, 0), UV_EINVAL);
  assert.strictEqual(handle.bindSocket(host, 0, 0), 0);
  handle.close();
}
