// Flags: --expose-internals
'use strict';

// The functions of the binding are not a public API, but userland can reach
// them. Whatever the arguments, they throw, do nothing or return an error.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const { MessageChannel } = require('worker_threads');
const { internalBinding } = require('internal/test/binding');

const { TCP, constants: { SOCKET }, socketSharing } = internalBinding('tcp_wrap');
const { Pipe, constants: { SOCKET: PIPE } } = internalBinding('pipe_wrap');
const { UDP } = internalBinding('udp_wrap');
const { TTY } = internalBinding('tty_wrap');
const { UV_EBUSY } = internalBinding('uv');

assert.ok(Object.isFrozen(socketSharing));
const { Transit } = TCP;
assert.throws(() => TCP.Transit = undefined, TypeError);

const closed = new TCP(SOCKET);
closed.close();
const handles = [new TCP(SOCKET), new Pipe(PIPE), new UDP(), closed];
const pool = [
  undefined, null, true, 0, 1, -1, 2 ** 31, 2 ** 32, 0.5, NaN, 10n, '', '127.0.0.1',
  '::1', 'text', 'a\0b', Symbol('s'), {}, [], () => {}, new Proxy({}, {}),
  Object.create(TCP.prototype), Object.create(Transit.prototype), new Transit(),
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

for (const name of [
  'markExclusive', 'isExclusive', 'share', 'duplicate', 'handOn',
]) {
  const method = socketSharing[name];
  attempt(undefined, method, []);
  for (const first of pool) {
    for (const second of pool.filter(harmless)) {
      const result = attempt(undefined, method, [first, second, 'port', second]);
      if (!['handOn', 'markExclusive', 'isExclusive'].includes(name))
        assert.ok(result < 0, `${name} returned ${result}`);
    }
  }
}

const names = Object.getOwnPropertyNames(Transit.prototype)
  .filter((name) => name !== 'constructor');
assert.deepStrictEqual(names.sort(), ['handle', 'open']);
for (const name of names) {
  const method = Transit.prototype[name];
  for (const receiver of pool.filter((value) => !(value instanceof Transit)))
    assert.ok(attempt(receiver, method, []) instanceof TypeError, name);
}
for (const first of pool) {
  // An open handle has no socket yet.
  if (handles.includes(first) && first !== closed) {
    assert.throws(() => new Transit(first), { code: 'EBADF' });
    continue;
  }
  const transit = new Transit(first);
  assert.ok(attempt(transit, transit.open, [first]) < 0);
  assert.strictEqual(transit.handle(), null);
  const { port1 } = new MessageChannel();
  assert.throws(() => port1.postMessage(transit), { code: 'EBADF' });
  port1.close();
}
assert.strictEqual(Transit(), undefined);
assert.strictEqual(socketSharing.countGroups(), 0);
for (const handle of handles)
  handle.close?.();

// A handle that has a socket keeps it, and its share, when it cannot get
// another one. Nothing is left of that.
{
  const [from, to] = [new TCP(SOCKET), new TCP(SOCKET)];
  const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;
  for (const handle of [from, to])
    assert.strictEqual(socketSharing.share(handle, '127.0.0.1', 0, 0), 0);
  assert.strictEqual(socketSharing.countGroups(), 2);
  const before = count();
  assert.strictEqual(socketSharing.duplicate(from, to), UV_EBUSY);
  assert.strictEqual(socketSharing.share(to, '127.0.0.1', 0, 0), UV_EBUSY);
  assert.strictEqual(socketSharing.countGroups(), 2);
  assert.strictEqual(count(), before);
  from.close();
  to.close();
}
