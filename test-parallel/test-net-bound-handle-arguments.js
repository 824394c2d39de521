'use strict';

// Tests which options the constructor of net.BoundSocket accepts and rejects.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const path = require('path');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const wrongType = { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' };
const wrongValue = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' };
const wrongPort = { code: 'ERR_SOCKET_BAD_PORT', name: 'RangeError' };

function address(...args) {
  const bound = new net.BoundSocket(...args);
  assert.strictEqual(bound.isPipe, false);
  const address = bound.address();
  assert.deepStrictEqual(Object.keys(address).sort(),
                         ['address', 'family', 'port']);
  assert.strictEqual(bound.close(), undefined);
  return address;
}

assert.throws(() => net.BoundSocket(), TypeError);

// The options object itself.
for (const options of [null, '', 'text', 0, 1, true, 1n, Symbol('s'), [], [1],
                       () => {}, class {}]) {
  assert.throws(() => new net.BoundSocket(options), wrongType);
}
for (const args of [[], [undefined], [{}], [{ __proto__: null }]]) {
  const { address: host, family, port } = address(...args);
  assert.strictEqual(host, '0.0.0.0');
  assert.strictEqual(family, 'IPv4');
  assert.ok(Number.isInteger(port) && port > 0 && port < 65536);
}

// Inherited options count.
{
  const options = { __proto__: { host: '127.0.0.1' } };
  assert.strictEqual(address(options).address, '127.0.0.1');
}

// The host.
assert.strictEqual(address({ host: '127.0.0.1' }).address, '127.0.0.1');
assert.strictEqual(address({ host: undefined }).address, '0.0.0.0');
assert.strictEqual(address({ host: null }).address, '0.0.0.0');
for (const host of ['', ' ', 'localhost', '[::1]', '[::]', '127.1', '1.2.3',
                    '127.0.0.1 ', ' 127.0.0.1', '127.0.0.1:0', '256.0.0.1',
                    '127.0.0.1\0', '127.0.0.1/8', '0x7f000001', '*', ':::',
                    'nosuch.invalid', 'x'.repeat(1e5)]) {
  assert.throws(() => new net.BoundSocket({ host }), wrongValue);
}
for (const host of [0, 1, 2130706433, true, false, 1n, Symbol('127.0.0.1'), {},
                    [], ['127.0.0.1'], () => '127.0.0.1',
                    Buffer.from('127.0.0.1'),
                    { toString: common.mustNotCall() }]) {
  assert.throws(() => new net.BoundSocket({ host }), wrongType);
}

// The port.
for (const port of [undefined, null, 0, -0, '0', '0x0']) {
  assert.ok(address({ host: '127.0.0.1', port }).port > 0);
}
for (const port of [-1, 65536, 1e9, 0.5, 1.5, NaN, Infinity, -Infinity, '', ' ',
                    '-1', '65536', '1.5', 'http', '80 http', true, false, 1n,
                    Symbol('s'), {}, [], [0], () => 0,
                    { valueOf: common.mustNotCall() }]) {
  assert.throws(() => new net.BoundSocket({ host: '127.0.0.1', port }),
                wrongPort);
}

// A free port, as a number and as a string.
{
  const { port } = address({ host: '127.0.0.1' });
  for (const value of [port, `${port}`, `0x${port.toString(16)}`]) {
    assert.strictEqual(address({ host: '127.0.0.1', port: value }).port, port);
  }
}

// The flags.
for (const name of ['ipv6Only', 'reusePort']) {
  for (const value of [0, 1, '', 'true', 1n, Symbol('s'), {}, [], () => {}]) {
    assert.throws(
      () => new net.BoundSocket({ host: '127.0.0.1', [name]: value }),
      wrongType);
  }
  for (const value of [undefined, null, false]) {
    assert.strictEqual(address({ [name]: value }).address, '0.0.0.0');
  }
}
// It has no effect on IPv4.
assert.strictEqual(address({ host: '127.0.0.1', ipv6Only: true }).family,
                   'IPv4');

// The path.
for (const path of [0, 1, true, false, 1n, Symbol('s'), {}, [],
                    [common.PIPE], () => common.PIPE, Buffer.from(common.PIPE),
                    new URL('file:///tmp/s')]) {
  assert.throws(() => new net.BoundSocket({ path }), wrongType);
}
for (const path of [undefined, null])
  assert.strictEqual(address({ path }).address, '0.0.0.0');
assert.throws(() => new net.BoundSocket({ path: '' }), wrongValue);
for (const [name, values] of Object.entries({
  host: ['127.0.0.1'],
  port: [0],
  ipv6Only: [true, false],
  reusePort: [true, false],
})) {
  for (const value of values) {
    assert.throws(
      () => new net.BoundSocket({ path: common.PIPE, [name]: value }),
      wrongValue);
  }
}
// None of the failed attempts created the path. Undefined and null count as
// missing.
for (const missing of [undefined, null]) {
  const bound = new net.BoundSocket({
    path: common.PIPE,
    host: missing,
    port: missing,
    ipv6Only: missing,
    reusePort: missing,
  });
  assert.strictEqual(bound.isPipe, true);
  assert.strictEqual(bound.address(), common.PIPE);
  bound.close();
}

// Unknown options are ignored.
assert.strictEqual(address({
  host: '127.0.0.1',
  get other() { return common.mustNotCall()(); },
}).address, '127.0.0.1');

// The class can be subclassed and has a name.
{
  class Reserved extends net.BoundSocket {
    constructor() {
      super({ host: '127.0.0.1' });
    }

    get port() {
      return this.address().port;
    }
  }
  const reserved = new Reserved();
  assert.ok(reserved instanceof net.BoundSocket);
  const { port } = reserved;
  assert.ok(port > 0);
  const server = net.createServer();
  server.listen(reserved, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    server.close();
  }));
}

// The existence of isPipe shows that the class supports paths.
{
  const { get, set, enumerable } =
    Object.getOwnPropertyDescriptor(net.BoundSocket.prototype, 'isPipe');
  assert.strictEqual(typeof get, 'function');
  assert.strictEqual(set, undefined);
  assert.strictEqual(enumerable, false);
  assert.ok('isPipe' in net.BoundSocket.prototype);
}
assert.strictEqual(net.BoundSocket.length, 0);
assert.deepStrictEqual(Object.keys(net.BoundSocket.prototype), []);

assert.throws(() => new net.BoundSocket({ path: '' }), {
  code: 'ERR_INVALID_ARG_VALUE',
  message: /options\.path/,
});

// The error contains the path, just like it would contain an address.
{
  const missing = common.isWindows ?
    'no pipe' : path.join(tmpdir.path, 'missing', 'socket');
  assert.throws(() => new net.BoundSocket({ path: missing }),
                { code: 'EACCES', syscall: 'bind', address: missing });
}

// The object returned by address() belongs to the caller.
{
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const address = bound.address();
  const { port } = address;
  address.port = 1;
  assert.strictEqual(bound.address().port, port);
  bound.close();
}
