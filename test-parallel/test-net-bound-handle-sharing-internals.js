// Flags: --expose-internals
'use strict';

// The functions of the binding are not a public API, but userland can reach
// them. Whatever the arguments, they throw, do nothing or return an error.

require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { internalBinding } = require('internal/test/binding');

const { TCP, constants: { SOCKET }, socketSharing } = internalBinding('tcp_wrap');
const { Pipe, constants: { SOCKET: PIPE } } = internalBinding('pipe_wrap');
const { UDP } = internalBinding('udp_wrap');
const { TTY } = internalBinding('tty_wrap');

assert.ok(Object.isFrozen(socketSharing));
const { Claim } = TCP;
assert.throws(() => TCP.Claim = undefined, TypeError);

const closed = new TCP(SOCKET);
closed.close();
const handles = [new TCP(SOCKET), new Pipe(PIPE), new UDP(), closed];
const pool = [
  undefined, null, true, 0, 1, -1, 2 ** 31, 2 ** 32, 0.5, NaN, 10n, '', '127.0.0.1',
  '::1', 'text', 'a\0b', Symbol('s'), {}, [], () => {}, new Proxy({}, {}),
  Object.create(TCP.prototype), Object.create(Claim.prototype), new Claim(),
  new net.Socket(), dgram, TTY.prototype, ...handles,
];
// Skip descriptors that may be open, because something may be using them.
const harmless = (value) => typeof value !== 'number' || value < 0 || value > 2 ** 20;

function attempt(receiver, method, args) {
  try {
    return Reflect.apply(method, receiver, args);
  } catch (err) {
    assert.ok(err instanceof Error);
    return err;
  }
}

for (const name of ['bindExclusive', 'inspect', 'openDescriptor', 'pathOf', 'duplicate']) {
  const method = socketSharing[name];
  attempt(undefined, method, []);
  for (const first of pool) {
    for (const second of pool.filter(harmless)) {
      const result = attempt(undefined, method, [first, second, 'port', second]);
      if (name !== 'inspect' && name !== 'pathOf')
        assert.ok(result < 0, `${name} returned ${result}`);
    }
  }
}

const names = Object.getOwnPropertyNames(Claim.prototype)
  .filter((name) => name !== 'constructor');
assert.deepStrictEqual(names.sort(),
                       ['copy', 'deliver', 'detach', 'handOn', 'isShared', 'release', 'share', 'sharePath']);
for (const name of names) {
  const method = Claim.prototype[name];
  for (const receiver of pool.filter((value) => !(value instanceof Claim)))
    assert.ok(attempt(receiver, method, []) instanceof TypeError, name);
  const claim = new Claim();
  for (const first of pool) {
    attempt(claim, method, [first]);
    attempt(claim, method, [first, '127.0.0.1', first, first]);
  }
  claim.release();
  claim.release();
}
assert.strictEqual(Claim(), undefined);
assert.strictEqual(socketSharing.countGroups(), 0);
for (const handle of handles)
  handle.close?.();
