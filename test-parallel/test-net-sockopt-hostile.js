'use strict';

// Values, receivers and accessors that a caller should not pass. None of their
// code runs, and nothing aborts.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;

const bound = new net.BoundSocket({ host: '127.0.0.1' });
const wrongType = { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' };

const never = common.mustNotCall('ran the code of an argument');
const trap = {
  [Symbol.toPrimitive]: never,
  valueOf: never,
  toString: never,
  toJSON: never,
  get byteLength() { return never(); },
  get byteOffset() { return never(); },
  get buffer() { return never(); },
  get length() { return never(); },
};
const handler = {};
for (const name of ['get', 'has', 'set', 'ownKeys', 'getOwnPropertyDescriptor',
                    'apply', 'construct', 'defineProperty']) {
  handler[name] = never;
}

// As the value. An error message may contain the constructor name of the value,
// so proxies that trap everything are only used where no message is created.
const proxies = [
  new Proxy(new Uint8Array(4), {}),
  new Proxy(Buffer.alloc(4), {}),
  new Proxy(new DataView(new ArrayBuffer(4)), {}),
  new Proxy(() => {}, {}),
];
const lookalikes = [
  trap,
  Object.create(Uint8Array.prototype),
  Object.create(Buffer.prototype),
  Object.create(DataView.prototype),
  Object.create(Number.prototype),
  Object.setPrototypeOf([1, 0, 0, 0], Uint8Array.prototype),
  Object.assign(Object.create(null), { byteLength: 4 }),
  { __proto__: Uint8Array.prototype, [Symbol.toStringTag]: 'Uint8Array' },
];
for (const value of [...proxies, ...lookalikes]) {
  assert.throws(() => bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, value),
                wrongType);
  assert.throws(() => bound.setsockopt(value, SO_KEEPALIVE, 1), wrongType);
  assert.throws(() => bound.setsockopt(SOL_SOCKET, value, 1), wrongType);
  assert.throws(() => bound.getsockopt(value, SO_KEEPALIVE), wrongType);
  assert.throws(() => bound.getsockopt(SOL_SOCKET, value), wrongType);
  assert.throws(() => bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE, value),
                wrongType);
}
{
  const { proxy, revoke } = Proxy.revocable(new Uint8Array(4), {});
  revoke();
  assert.throws(() => bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, proxy),
                TypeError);
}
assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);

// A genuine view keeps its bytes, regardless of its properties.
{
  const view = new Int32Array([1]);
  for (const name of ['byteLength', 'byteOffset', 'buffer', 'length',
                      'valueOf', 'toString', Symbol.toPrimitive,
                      Symbol.toStringTag, Symbol.iterator, 'constructor',
                      'slice', 'subarray']) {
    Object.defineProperty(view, name, { get: never });
  }
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, view);
  assert.notStrictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);

  // The prototype is a trap, or missing.
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0);
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE,
                   Object.setPrototypeOf(new Int32Array([1]),
                                         new Proxy({}, handler)));
  assert.notStrictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE,
                   Object.setPrototypeOf(new Int32Array([0]), null));
  assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
}

// As the receiver.
const receivers = [undefined, null, 0, 1n, 'text', Symbol('s'), true, {}, [],
                   () => {}, Object.create(null), new Uint8Array(4),
                   Object.create(net.Socket.prototype),
                   Object.create(net.Server.prototype),
                   Object.create(net.BoundSocket.prototype),
                   Object.create(dgram.Socket.prototype),
                   net.Socket.prototype, net.Server.prototype,
                   net.BoundSocket.prototype, dgram.Socket.prototype,
                   { _handle: null }, { _handle: 1 }, { _handle: {} },
                   { _handle: { fd: 1 } }, { destroyed: false, _handle: [] },
                   new Proxy({}, {})];
const prototypes = [net.Socket.prototype, net.Server.prototype,
                    net.BoundSocket.prototype, dgram.Socket.prototype];
for (const { setsockopt, getsockopt } of prototypes) {
  for (const receiver of receivers) {
    for (const value of [1, true, 'text', new Uint8Array(4)]) {
      assert.throws(
        () => setsockopt.call(receiver, SOL_SOCKET, SO_KEEPALIVE, value),
        Error);
    }
    for (const length of [undefined, 4]) {
      assert.throws(
        () => getsockopt.call(receiver, SOL_SOCKET, SO_KEEPALIVE, length),
        Error);
    }
  }
  assert.throws(() => new setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1), Error);
  assert.throws(() => new getsockopt(SOL_SOCKET, SO_KEEPALIVE), Error);
}
bound.close();

// Calling a method on an object of another class may work or throw, but not
// abort.
const socket = new net.Socket();
const server = net.createServer();
const udp = dgram.createSocket('udp4');
const listening = net.createServer().listen(0, '127.0.0.1');
const handle = new net.BoundSocket({ host: '127.0.0.1' });
udp.bind(0, '127.0.0.1', common.mustCall(() => {
  for (const { setsockopt, getsockopt } of prototypes) {
    for (const receiver of [socket, server, udp, listening, handle]) {
      for (const attempt of [
        () => setsockopt.call(receiver, SOL_SOCKET, SO_KEEPALIVE, 1),
        () => setsockopt.call(receiver, SOL_SOCKET, SO_KEEPALIVE, 'text'),
        () => getsockopt.call(receiver, SOL_SOCKET, SO_KEEPALIVE),
        () => getsockopt.call(receiver, SOL_SOCKET, SO_KEEPALIVE, 4),
      ]) {
        try {
          attempt();
        } catch (err) {
          assert.ok(err instanceof Error);
        }
      }
    }
  }
  udp.close();
  listening.close();
  handle.close();
}));

// Modifying Buffer does not affect what is called or returned.
{
  const { alloc, from } = Buffer;
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const constructor = Object.getOwnPropertyDescriptor(Buffer.prototype, 'constructor');
  Buffer.alloc = common.mustNotCall('Buffer.alloc');
  Buffer.from = common.mustNotCall('Buffer.from');
  Object.defineProperty(Buffer.prototype, 'constructor', {
    configurable: true,
    get: common.mustNotCall('Buffer.prototype.constructor'),
  });
  let short;
  try {
    short = bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 64);
    try {
      bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 'text');
    } catch {
      // Some systems do not accept a string as an integer.
    }
  } finally {
    Object.assign(Buffer, { alloc, from });
    Object.defineProperty(Buffer.prototype, 'constructor', constructor);
  }
  assert.ok(Buffer.isBuffer(short));
  assert.strictEqual(short.length, 4);
  bound.close();
}

// The methods are as enumerable as their neighbors.
assert.ok(Object.keys(net.Socket.prototype).includes('setsockopt'));
assert.deepStrictEqual(Object.keys(net.BoundSocket.prototype), []);
