// Flags: --expose-internals
'use strict';

// The functions of the binding are not a public API, but userland can reach
// them. Whatever the arguments, they throw or return an error.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { internalBinding } = require('internal/test/binding');

const { TCP, constants: { SOCKET }, socketDescriptors } = internalBinding('tcp_wrap');
const { UDP } = internalBinding('udp_wrap');
const { UV_EINVAL } = internalBinding('uv');

assert.ok(Object.isFrozen(socketDescriptors));

const closed = new TCP(SOCKET);
closed.close();
const handles = [new TCP(SOCKET), new UDP(), closed];
// No descriptors that may be open, because something may be using them.
const pool = [
  undefined, null, true, -1, 2 ** 31, 2 ** 32, 0.5, NaN, 10n, '', 'text',
  Symbol('s'), {}, [], () => {}, new Proxy({}, {}), Object.create(TCP.prototype),
  new net.Socket(), ...handles,
];

for (const [name, method] of Object.entries(socketDescriptors)) {
  for (const first of pool) {
    for (const second of pool) {
      let result;
      try {
        result = Reflect.apply(method, undefined, [first, second]);
      } catch (err) {
        assert.ok(err instanceof Error);
        continue;
      }
      assert.ok(result < 0, `${name} returned ${result}`);
    }
  }
}
for (const handle of handles)
  handle.close();

// It has an address, but no path.
if (!common.isWindows) {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  assert.strictEqual(socketDescriptors.pathOf(bound.fd()), UV_EINVAL);
  bound.close();
}
