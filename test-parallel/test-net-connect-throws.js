'use strict';

// The callback of a connect() that throws is not called when the socket connects
// later.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const tls = common.hasCrypto && require('tls');
const { once } = require('events');

const host = '127.0.0.1';
const lookup = () => { throw new RangeError('lookup'); };
// Only what the call reads may be asked of it.
const strict = new Proxy({ port: 65536, host }, {
  get(target, key) {
    assert.notStrictEqual(typeof key, 'symbol');
    return target[key];
  },
});
const failures = [
  [[strict], { code: 'ERR_SOCKET_BAD_PORT' }],
  [[{ port: 65536, host }], { code: 'ERR_SOCKET_BAD_PORT' }],
  [[65536, host], { code: 'ERR_SOCKET_BAD_PORT' }],
  [[{ port: true }], { code: 'ERR_INVALID_ARG_TYPE' }],
  [[{}], { code: 'ERR_MISSING_ARGS' }],
  [[{ port: 1, host: 'name.invalid', lookup: 1 }], { code: 'ERR_INVALID_ARG_TYPE' }],
  [[{ port: 1, host: 'name.invalid', lookup }], { name: 'RangeError' }],
];
const sockets = [
  () => new net.Socket(),
  // One that is bound stays bound.
  () => new net.Socket({ handle: new net.BoundSocket({ host }) }),
];
if (tls)
  sockets.push(() => new tls.TLSSocket());

async function test(socket, port, args, error) {
  const never = common.mustNotCall('of a call that has thrown');
  assert.throws(() => socket.connect(...args, never), error);
  assert.strictEqual(socket.listenerCount('connect'), 0);
  // One that is already there stays, even if it is the same function.
  const called = common.mustCall(2);
  socket.on('connect', called);
  assert.throws(() => socket.connect(...args, called), error);
  assert.throws(() => socket.connect(...args), error);
  assert.strictEqual(socket.listenerCount('connect'), 1);
  socket.connect({ port, host }, called);
  await once(socket, 'connect');
  assert.strictEqual(socket.listenerCount('connect'), 1);
  socket.destroy();
}

// Other listeners that are added meanwhile stay.
{
  const socket = new net.Socket();
  const lookup = () => {
    socket.on('connect', common.mustNotCall());
    throw new RangeError('lookup');
  };
  const options = { port: 1, host: 'name.invalid', lookup };
  for (const args of [[options], [options, common.mustNotCall()]])
    assert.throws(() => socket.connect(...args), { name: 'RangeError' });
  assert.strictEqual(socket.listenerCount('connect'), 2);
}

// What a program does to the iterator of arrays has no effect.
async function testIterator(port) {
  const socket = new net.Socket();
  const iterator = Array.prototype[Symbol.iterator];
  Array.prototype[Symbol.iterator] = undefined;
  try {
    socket.connect(port, host);
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
  }
  await once(socket, 'connect');
  socket.destroy();
}

// The arguments of net.connect() have been read when they get to the method.
function testSubscriber() {
  const sockets = [];
  const subscriber = ({ socket }) => sockets.push(socket);
  const channel = require('diagnostics_channel');
  channel.subscribe('net.client.socket', subscriber);
  assert.throws(() => net.connect({ port: 65536, host }, common.mustNotCall()),
                { code: 'ERR_SOCKET_BAD_PORT' });
  channel.unsubscribe('net.client.socket', subscriber);
  assert.strictEqual(sockets.length, 1);
  assert.strictEqual(sockets[0].listenerCount('connect'), 0);
}

const server = net.createServer((peer) => peer.on('error', () => {}).resume());
server.listen(0, host, common.mustCall(async () => {
  for (const newSocket of sockets) {
    for (const [args, error] of failures)
      await test(newSocket(), server.address().port, args, error);
  }
  await testIterator(server.address().port);
  testSubscriber();
  server.close();
}));

// A socket that waits for its parent calls the callback as well.
if (tls) {
  const server = net.createServer((peer) => peer.on('error', () => {}).resume());
  server.listen(0, host, common.mustCall(() => {
    const parent = net.connect(server.address().port, host);
    const socket = new tls.TLSSocket(parent).on('error', () => {});
    socket.connect({ port: 1, host }, common.mustCall(() => {
      socket.destroy();
      parent.destroy();
      server.close();
    }));
  }));
}
