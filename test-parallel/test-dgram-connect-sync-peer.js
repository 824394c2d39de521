'use strict';

// connectSync() binds the socket if necessary, and connects it. 'listening' and
// 'connect' are emitted in the next tick.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const peer = dgram.createSocket('udp4');
const peerAddress = peer.bindSync({ address: '127.0.0.1' });
const { port } = peerAddress;

// Both addresses are available immediately.
{
  const socket = dgram.createSocket('udp4');
  assert.strictEqual(socket.connectSync(port, '127.0.0.1'), undefined);
  assert.deepStrictEqual(socket.remoteAddress(), peerAddress);
  const address = socket.address();
  assert.strictEqual(address.address, '127.0.0.1');
  assert.strictEqual(address.family, 'IPv4');
  assert.notStrictEqual(address.port, 0);
  assert.notStrictEqual(address.port, port);
  setImmediate(common.mustCall(() => {
    assert.deepStrictEqual(socket.address(), address);
    assert.deepStrictEqual(socket.remoteAddress(), peerAddress);
    socket.close();
  }));
}

// The loopback address of the family is the default.
for (const args of [[], [undefined], [null], ['']]) {
  const socket = dgram.createSocket('udp4');
  assert.strictEqual(socket.connectSync(port, ...args), undefined);
  assert.deepStrictEqual(socket.remoteAddress(), peerAddress);
  socket.close();
  if (!common.hasIPv6)
    continue;
  const socket6 = dgram.createSocket('udp6');
  socket6.connectSync(port, ...args);
  assert.deepStrictEqual(socket6.remoteAddress(),
                         { address: '::1', family: 'IPv6', port });
  socket6.close();
}

function record(socket, order) {
  socket.on('error', common.mustNotCall());
  for (const name of ['listening', 'connect']) {
    socket.on(name, common.mustCall(function(...args) {
      assert.strictEqual(this, socket);
      assert.deepStrictEqual(args, []);
      order.push(name);
    }));
  }
}

// Events of a socket that had to be bound.
{
  const socket = dgram.createSocket('udp4');
  const order = [];
  record(socket, order);
  process.nextTick(() => order.push('before'));
  socket.connectSync(port, '127.0.0.1');
  order.push('returned');
  process.nextTick(() => order.push('after'));
  setImmediate(common.mustCall(() => {
    assert.deepStrictEqual(
      order, ['returned', 'before', 'listening', 'connect', 'after']);
    socket.close();
  }));
}

// Events of a socket that bindSync() bound in the same tick.
{
  const socket = dgram.createSocket('udp4');
  const order = [];
  record(socket, order);
  const address = socket.bindSync({ address: '127.0.0.1' });
  socket.connectSync(port, '127.0.0.1');
  assert.deepStrictEqual(socket.address(), address);
  assert.deepStrictEqual(socket.remoteAddress(), peerAddress);
  order.push('returned');
  process.nextTick(() => order.push('after'));
  setImmediate(common.mustCall(() => {
    assert.deepStrictEqual(order,
                           ['returned', 'listening', 'connect', 'after']);
    socket.close();
  }));
}

// Events of a socket that was bound earlier, using either method.
for (const bind of [(socket) => socket.bindSync({ address: '127.0.0.1' }),
                    (socket) => socket.bind(0, '127.0.0.1')]) {
  const socket = dgram.createSocket('udp4');
  const order = [];
  record(socket, order);
  bind(socket);
  socket.once('listening', common.mustCall(() => {
    const address = socket.address();
    process.nextTick(() => order.push('before'));
    socket.connectSync(port, '127.0.0.1');
    order.push('returned');
    process.nextTick(() => order.push('after'));
    assert.deepStrictEqual(socket.address(), address);
    assert.deepStrictEqual(socket.remoteAddress(), peerAddress);
    setImmediate(common.mustCall(() => {
      assert.deepStrictEqual(
        order, ['listening', 'returned', 'before', 'connect', 'after']);
      socket.close();
    }));
  }));
}

// Datagrams sent in the same tick go to the peer, and only those from the peer
// are received.
{
  const socket = dgram.createSocket('udp4');
  socket.connectSync(port, '127.0.0.1');
  const from = socket.address();
  const stranger = dgram.createSocket('udp4');
  stranger.bindSync({ address: '127.0.0.1' });

  peer.on('message', common.mustCall((message, rinfo) => {
    assert.strictEqual(message.toString(), 'ping');
    assert.deepStrictEqual(rinfo, { ...from, size: 4 });
    stranger.send('not for you', from.port, from.address, common.mustCall(
      () => {
        peer.send('pong!', rinfo.port, rinfo.address, common.mustSucceed());
      }));
  }));
  socket.on('message', common.mustCall((message, rinfo) => {
    assert.strictEqual(message.toString(), 'pong!');
    assert.deepStrictEqual(rinfo, { ...peerAddress, size: 5 });
    setImmediate(() => {
      socket.close();
      stranger.close();
      peer.close();
    });
  }));
  socket.send('ping', common.mustSucceed((bytes) => {
    assert.strictEqual(bytes, 4);
  }));
}
