'use strict';

// Options, receivers and look-alikes that a caller should not pass. Exceptions
// are propagated, nothing aborts, and no descriptors are leaked.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const make = () => new net.BoundSocket({ host: '127.0.0.1' });
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };
const count = () =>
  common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
make().close();
const before = count();

const mine = new Error('mine');
const isMine = (err) => err === mine;
function throwMine() {
  throw mine;
}
const names = ['host', 'port', 'ipv6Only', 'reusePort', 'path'];

// Getters that throw, for each of the options, own and inherited.
for (const name of names) {
  const options = {};
  if (name !== 'path')
    options.host = '127.0.0.1';
  Object.defineProperty(options, name, { get: throwMine });
  for (let i = 0; i < 10; i++) {
    assert.throws(() => new net.BoundSocket(options), isMine);
    assert.throws(() => new net.BoundSocket({ __proto__: options }), isMine);
  }
}
assert.throws(() => new net.BoundSocket(new Proxy({}, { get: throwMine })),
              isMine);
{
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.throws(() => new net.BoundSocket(proxy), TypeError);
}
new net.BoundSocket(new Proxy({ host: '127.0.0.1' }, {})).close();

// Values whose conversion throws, or must not happen.
{
  const never = common.mustNotCall('ran the code of an option');
  const trap = {
    [Symbol.toPrimitive]: never,
    valueOf: never,
    toString: never,
    toJSON: never,
  };
  for (const name of names) {
    for (const value of [trap, Object(Symbol('s')), Symbol('s'), Object(1n)]) {
      assert.throws(() => new net.BoundSocket({ [name]: value }), {
        code: name === 'port' ? 'ERR_SOCKET_BAD_PORT' : 'ERR_INVALID_ARG_TYPE',
      });
    }
  }
}

// Getters that close or adopt another handle.
for (const name of names.filter((name) => name !== 'path')) {
  const other = make();
  const bound = new net.BoundSocket({
    get [name]() {
      try {
        other.close();
      } catch (err) {
        // Options may be read more than once.
        assert.strictEqual(err.code, gone.code);
      }
      return undefined;
    },
  });
  assert.throws(() => other.address(), gone);
  assert.ok(bound.address().port > 0);
  bound.close();
}

// A getter that creates handles while another one is being created.
{
  const inner = [];
  const bound = new net.BoundSocket({
    get host() {
      inner.push(make());
      return '127.0.0.1';
    },
  });
  assert.ok(inner.length > 0);
  for (const other of inner) {
    assert.notStrictEqual(other.address().port, bound.address().port);
    other.close();
  }
  bound.close();
}

// Values that change each time they are read.
for (const [name, values] of [
  ['host', ['127.0.0.1', 'localhost', {}, null]],
  ['port', [0, -1, 'http', {}, null]],
  ['ipv6Only', [false, 'text', true]],
  ['reusePort', [false, 'text', true]],
]) {
  let i = 0;
  try {
    new net.BoundSocket({
      host: '127.0.0.1',
      get [name]() { return values[i++ % values.length]; },
    }).close();
  } catch (err) {
    assert.match(err.code, /^(ERR_INVALID_ARG_|ERR_SOCKET_BAD_PORT)/);
  }
}
{
  const values = [common.PIPE, undefined, {}, `${common.PIPE}x`];
  let i = 0;
  try {
    new net.BoundSocket({
      get path() { return values[i++ % values.length]; },
    }).close();
  } catch (err) {
    assert.match(err.code, /^ERR_INVALID_ARG_/);
  }
  if (!common.isWindows)
    assert.strictEqual(fs.existsSync(common.PIPE), false);
}

// Receivers.
const { address, close, fd } = net.BoundSocket.prototype;
const dispose = net.BoundSocket.prototype[Symbol.dispose];
const { get: isPipe } =
  Object.getOwnPropertyDescriptor(net.BoundSocket.prototype, 'isPipe');
const kept = make();
for (const receiver of [
  undefined, null, 0, 1n, 'text', true, Symbol('s'), {}, [], () => {},
  { __proto__: null }, Object.create(net.BoundSocket.prototype),
  Object.create(kept), new Proxy(kept, {}), net.BoundSocket,
  net.BoundSocket.prototype, new net.Socket(), net.createServer(),
  { __proto__: net.BoundSocket.prototype, ...kept }, globalThis,
]) {
  for (const method of [address, close, fd, dispose, isPipe])
    assert.throws(() => method.call(receiver), TypeError);
}
for (const method of [address, close, fd, dispose])
  assert.throws(() => new method(), TypeError);
assert.throws(() => Reflect.construct(net.BoundSocket, [], 1), TypeError);
assert.ok(kept.address().port > 0);

// The methods ignore arguments, and isPipe cannot be set.
{
  const { port } = kept.address({}, common.mustNotCall());
  assert.strictEqual(kept.address().port, port);
  assert.strictEqual(kept.fd('x'), kept.fd());
  assert.throws(() => { kept.isPipe = true; }, TypeError);
  assert.strictEqual(kept.isPipe, false);
}

// Properties that a program adds or overrides are not used for adopting.
{
  const bound = make();
  const { port } = bound.address();
  for (const name of ['address', 'close', 'fd', '_handle', 'handle', 'isPipe',
                      'port', 'path', 'host']) {
    Object.defineProperty(bound, name, { get: common.mustNotCall(name) });
  }
  const server = net.createServer();
  server.listen({ handle: bound }, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    assert.throws(() => address.call(bound), gone);
    server.close();
  }));
}

// A frozen handle works, because its state is stored elsewhere.
{
  const bound = Object.freeze(make());
  const { port } = bound.address();
  const server = net.createServer();
  server.listen(bound, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    assert.throws(() => bound.close(), gone);
    server.close();
  }));
}

// Options of listen() that adopt the handle while they are read.
{
  const bound = make();
  const thief = net.createServer();
  const server = net.createServer();
  server.on('error', () => {});
  const options = {
    handle: bound,
    get backlog() {
      if (!thief.listening)
        thief.listen(bound);
      return 5;
    },
  };
  try {
    server.listen(options);
  } catch (err) {
    assert.strictEqual(err.code, gone.code);
  }
  assert.throws(() => bound.address(), gone);
  setImmediate(common.mustCall(() => {
    // Not both of them have it.
    assert.ok(!(thief.listening && server.listening));
    thief.close(() => {});
    server.close(() => {});
  }));
}

// Sockets with options that throw, before or after adopting the handle.
for (const name of ['signal', 'onread', 'allowHalfOpen', 'noDelay',
                    'keepAlive', 'readable', 'writable', 'fd']) {
  const bound = make();
  try {
    const options = { handle: bound };
    Object.defineProperty(options, name, { get: throwMine, enumerable: true });
    new net.Socket(options).destroy();
  } catch (err) {
    assert.strictEqual(err, mine);
  }
  dispose.call(bound);
}
{
  const bound = make();
  assert.throws(() => net.connect({
    get handle() { return throwMine(); },
    port: 1,
  }), isMine);
  // The handle was not adopted.
  assert.ok(bound.address().port > 0);
  bound.close();
}

kept.close();
process.on('exit', () => {
  assert.ok(count() <= before, `${count()} descriptors, were ${before}`);
});
