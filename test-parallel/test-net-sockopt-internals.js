// Flags: --expose-internals
'use strict';

// The methods of the handles are not a public API, but userland can reach them.
// Whatever the arguments, they throw or return an error code.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { internalBinding } = require('internal/test/binding');

const { TCP, constants: TCPConstants } = internalBinding('tcp_wrap');
const { UDP } = internalBinding('udp_wrap');
const { Pipe, constants: PipeConstants } = internalBinding('pipe_wrap');
const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;

const methods = ['setSocketOption', 'getSocketOption', 'setSocketOptionBytes',
                 'getSocketOptionBytes'];

function attempt(receiver, method, args) {
  let result;
  try {
    result = Reflect.apply(method, receiver, args);
  } catch (err) {
    assert.ok(err instanceof Error, `threw ${typeof err}`);
    return err;
  }
  return result;
}

// Setters return 0 on success, getters return a 32-bit signed integer.
function failed(name, result) {
  if (result instanceof Error)
    return true;
  assert.strictEqual(typeof result, 'number');
  return name.startsWith('set') ? result !== 0 : result > 2 ** 31 - 1;
}

const never = common.mustNotCall('ran the code of an argument');
const detached = new Uint8Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const resizable = new ArrayBuffer(8, { maxByteLength: 8 });
const outOfBounds = new Uint8Array(resizable, 4, 4);
resizable.resize(4);
const pool = [
  undefined, null, true, 0, 1, SOL_SOCKET, SO_KEEPALIVE, -1, 4, NaN, 0.5,
  2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_VALUE, Infinity, 10n, 'text', 'a\0b', '',
  Symbol('s'), {}, [], () => {}, new Uint8Array(4), new Uint8Array(0),
  new Int32Array(1), new DataView(new ArrayBuffer(4)), new ArrayBuffer(4),
  new SharedArrayBuffer(4), new Uint8Array(new SharedArrayBuffer(4)), detached,
  outOfBounds, new Proxy(new Uint8Array(4), {}),
  { valueOf: never, toString: never, [Symbol.toPrimitive]: never },
];

function* argumentLists() {
  yield [];
  for (const value of pool) {
    yield [value];
    yield [value, SO_KEEPALIVE];
    yield [SOL_SOCKET, value];
    yield [value, SO_KEEPALIVE, 1];
    yield [SOL_SOCKET, value, 1];
    yield [SOL_SOCKET, SO_KEEPALIVE, value];
    yield [value, value, value];
    yield [SOL_SOCKET, SO_KEEPALIVE, 1, value];
    yield [SOL_SOCKET, SO_KEEPALIVE, value, value];
    yield [SOL_SOCKET, SO_KEEPALIVE, new Uint8Array(4), value];
    yield [SOL_SOCKET, SO_KEEPALIVE, value, 4];
    yield [SOL_SOCKET, SO_KEEPALIVE, value, value, value];
  }
}

const handles = [
  new TCP(TCPConstants.SOCKET),
  new UDP(),
  new Pipe(PipeConstants.SOCKET),
];
for (const handle of handles) {
  for (const name of methods)
    assert.strictEqual(typeof handle[name], 'function');
}

// Receivers.
class Derived extends TCP {}
const foreign = [
  undefined, null, 0, 'text', Symbol('s'), {}, [], () => {},
  Object.create(TCP.prototype), Object.create(UDP.prototype),
  Object.create(Pipe.prototype), Object.create(handles[0]),
  TCP.prototype, UDP.prototype, Pipe.prototype, TCP, globalThis,
  new Proxy(handles[0], {}), new net.Socket(), new Uint8Array(64),
  new Derived(TCPConstants.SOCKET),
];
for (const handle of handles) {
  for (const name of methods) {
    for (const receiver of [...foreign, ...handles]) {
      for (const args of [[], [SOL_SOCKET, SO_KEEPALIVE],
                          [SOL_SOCKET, SO_KEEPALIVE, 1],
                          [SOL_SOCKET, SO_KEEPALIVE, new Uint8Array(4)],
                          [SOL_SOCKET, SO_KEEPALIVE, 'text'],
                          [SOL_SOCKET, SO_KEEPALIVE, 4]]) {
        // None of these has a socket.
        const result = attempt(receiver, handle[name], args);
        assert.ok(failed(name, result), `${name} returned ${result}`);
      }
    }
    // As constructors.
    assert.throws(() => new handle[name](SOL_SOCKET, SO_KEEPALIVE, 1),
                  TypeError);
  }
}

// Arguments: with a socket, without one, and after it was closed.
const tcp = new TCP(TCPConstants.SOCKET);
assert.strictEqual(tcp.bind('127.0.0.1', 0), 0);
const udp = new UDP();
assert.strictEqual(udp.bind('127.0.0.1', 0, 0), 0);
const closed = new TCP(TCPConstants.SOCKET);
assert.strictEqual(closed.bind('127.0.0.1', 0), 0);
closed.close(common.mustCall(() => fuzz(closed, false)));

function fuzz(handle, hasSocket) {
  for (const name of methods) {
    for (const args of argumentLists()) {
      const result = attempt(handle, handle[name], args);
      if (!hasSocket)
        assert.ok(failed(name, result), `${name} returned ${result}`);
    }
    for (const args of [[], [SOL_SOCKET]]) {
      assert.ok(failed(name, attempt(handle, handle[name], args)),
                `${name} with ${args.length} arguments`);
    }
  }
}
for (const handle of [...handles, closed])
  fuzz(handle, false);
for (const handle of [tcp, udp]) {
  fuzz(handle, true);
  // The handle still works.
  for (const on of [1, 0]) {
    assert.strictEqual(
      handle.setSocketOption(SOL_SOCKET, SO_KEEPALIVE, on), 0);
    assert.strictEqual(
      handle.getSocketOption(SOL_SOCKET, SO_KEEPALIVE) !== 0, on === 1);
    assert.strictEqual(
      handle.setSocketOptionBytes(SOL_SOCKET, SO_KEEPALIVE,
                                  new Int32Array([1 - on])), 0);
    const bytes = new Int32Array(1);
    assert.strictEqual(
      handle.getSocketOptionBytes(SOL_SOCKET, SO_KEEPALIVE, bytes, 4), 4);
    assert.strictEqual(bytes[0] !== 0, on === 0);
    // At most the requested size is written, and nothing beyond the view.
    bytes[0] = -1;
    assert.ok(handle.getSocketOptionBytes(SOL_SOCKET, SO_KEEPALIVE, bytes, 5) > 2 ** 31 - 1);
    assert.strictEqual(bytes[0], -1);
    assert.strictEqual(
      handle.getSocketOptionBytes(SOL_SOCKET, SO_KEEPALIVE, bytes, 2), 2);
    assert.notStrictEqual(new Int16Array(bytes.buffer)[0], -1);
    assert.strictEqual(new Int16Array(bytes.buffer)[1], -1);
  }
  handle.close();
}
for (const handle of handles)
  handle.close();

// The handle is closed while an object still uses it.
const server = net.createServer(common.mustNotCall());
server.listen(0, '127.0.0.1', common.mustCall(() => {
  server._handle.close();
  for (const [method, ...args] of [['setsockopt', 1], ['getsockopt'],
                                   ['setsockopt', 'text'], ['getsockopt', 4],
                                   ['setsockopt', new Uint8Array(4)]]) {
    assert.throws(() => server[method](SOL_SOCKET, SO_KEEPALIVE, ...args),
                  Error);
  }
}));
const datagrams = dgram.createSocket('udp4');
datagrams.bind(0, '127.0.0.1', common.mustCall(() => {
  const [symbol] = Object.getOwnPropertySymbols(datagrams)
    .filter((symbol) => symbol.description === 'state symbol');
  datagrams[symbol].handle.close();
  for (const [method, ...args] of [['setsockopt', 1], ['getsockopt'],
                                   ['setsockopt', 'text'], ['getsockopt', 4],
                                   ['setsockopt', new Uint8Array(4)]]) {
    assert.throws(() => datagrams[method](SOL_SOCKET, SO_KEEPALIVE, ...args),
                  Error);
  }
}));

// Only net.Socket and dgram.Socket keep options until there is a socket.
{
  const server = net.createServer();
  const handle = new TCP(TCPConstants.SERVER);
  server._handle = handle;
  const noSocket = { code: 'ERR_INVALID_STATE', name: 'Error' };
  assert.throws(() => server.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1), noSocket);
  assert.throws(() => server.setsockopt(SOL_SOCKET, SO_KEEPALIVE, Buffer.alloc(4)), noSocket);
  assert.throws(() => server.getsockopt(SOL_SOCKET, SO_KEEPALIVE), noSocket);
  assert.throws(() => server.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 4), noSocket);
  server._handle = null;
  handle.close();
}
