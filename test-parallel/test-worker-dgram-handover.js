'use strict';

// A socket that is transferred takes its queue along.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows duplicates no datagram sockets');
if (process.versions.node.startsWith('20.'))
  common.skip('only native objects are transferred');

const assert = require('assert');
const dgram = require('dgram');
const { once } = require('events');
const { MessageChannel, Worker, receiveMessageOnPort } = require('worker_threads');

const invalid = { name: 'DataCloneError' };

function make(type = 'udp4') {
  const socket = dgram.createSocket(type);
  return { socket, ...socket.bindSync({ address: type === 'udp4' ? '127.0.0.1' : '::1' }) };
}

for (const type of common.hasIPv6 ? ['udp4', 'udp6'] : ['udp4']) {
  const { socket, port, address } = make(type);
  const sender = dgram.createSocket(type);
  sender.connectSync(port, address);
  // It arrives before the socket is sent, and nobody has read it.
  sender.send('queued');
  socket.on('message', common.mustNotCall());
  socket.on('close', common.mustCall(() => {
    assert.throws(() => socket.address(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
    assert.throws(() => socket.close(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  }));
  const worker = new Worker(`
    const { parentPort } = require('worker_threads');
    parentPort.once('message', ({ socket, info }) => {
      parentPort.postMessage([socket.constructor === require('dgram').Socket, socket.address()]);
      if (info)
        socket.setReceiveInfo(['localAddress']);
      socket.on('message', (message, { localAddress }) => {
        parentPort.postMessage([String(message), localAddress]);
        socket.close();
      });
    });
  `, { eval: true });
  worker.postMessage({ socket, info: true }, [socket]);
  const expected = [[true, { address, family: type === 'udp4' ? 'IPv4' : 'IPv6', port }], ['queued', address]];
  worker.on('message', common.mustCall((message) => {
    assert.deepStrictEqual(message, expected.shift());
  }, 2));
  worker.on('exit', common.mustCall(() => sender.close()));
}

// A socket that is not in the list, is not bound, or is closed, stays.
{
  const { socket } = make();
  const { port1, port2 } = new MessageChannel();
  assert.throws(() => port1.postMessage(socket), { ...invalid, code: 25 });
  // What comes after it in the message fails.
  assert.throws(() => port1.postMessage({ socket, no: () => {} }, [socket]), invalid);
  assert.strictEqual(socket.address().address, '127.0.0.1');
  assert.throws(() => port1.postMessage(0, [dgram.createSocket('udp4')]), { code: 'ERR_INVALID_STATE' });
  socket.close();
  assert.throws(() => port1.postMessage(socket, [socket]), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });

  // It is gone at once.
  const moved = make();
  port1.postMessage(moved.socket, [moved.socket]);
  for (const use of [
    (socket) => socket.address(),
    (socket) => socket.addMembership('224.0.0.114'),
    (socket) => socket.clone(),
    (socket) => socket.connectSync(9, '127.0.0.1'),
    (socket) => socket.send('x', 9, '127.0.0.1'),
    (socket) => port1.postMessage(socket, [socket]),
  ])
    assert.throws(() => use(moved.socket), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  // It can be closed all the same.
  moved.socket.close(common.mustCall());
  receiveMessageOnPort(port2).message.close();

  // Between ports of one thread. If nobody takes it, the address is free.
  const first = make();
  port1.postMessage(first.socket, [first.socket]);
  const { message: received } = receiveMessageOnPort(port2);
  assert.deepStrictEqual(received.address().port, first.port);
  received.close();
  const second = make();
  port1.postMessage(second.socket, [second.socket]);
  port2.close();
  port1.on('close', common.mustCall(() => {
    const again = dgram.createSocket('udp4');
    const { address, port } = second;
    assert.strictEqual(again.bindSync({ address, port }).port, port);
    again.close();
  }));
}

// What a socket has read goes along if it leaves in the middle, or stays with it.
for (const isSent of [true, false]) {
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['ttl'] });
  const { port } = socket.bindSync({ address: '127.0.0.1' });
  const { port1, port2 } = new MessageChannel();
  const sender = dgram.createSocket('udp4');
  sender.bindSync();
  const messages = ['0', '1', '2', '3', '4'];
  const { port: from } = sender.address();
  for (const message of messages)
    sender.send(message, port, '127.0.0.1');
  const received = [];
  const hear = (message, { ttl, ...rinfo }) => {
    received.push(`${message}`);
    assert.deepStrictEqual(rinfo, { address: '127.0.0.1', family: 'IPv4', port: from, size: 1 });
    if (received.length < messages.length)
      return;
    assert.deepStrictEqual(received, messages);
    port1.close();
    sender.close();
  };
  socket.on('message', common.mustCall((message, rinfo) => {
    if (received.length === 0) {
      const what = isSent ? socket : { socket, no: () => {} };
      try {
        port1.postMessage(what, [socket]);
      } catch (error) {
        assert.strictEqual(error.name, 'DataCloneError');
      }
    }
    hear(message, rinfo);
    if (!isSent && received.length === messages.length)
      socket.close();
  }, isSent ? 1 : messages.length));
  if (!isSent)
    continue;
  // They wait for the program to listen. One that leaves again takes the rest along.
  let sends = 2;
  const receive = common.mustCall(([other]) => {
    sends--;
    other.on('message', common.mustCallAtLeast((message, rinfo) => {
      if (sends > 0) {
        once(port2, 'message').then(receive);
        port1.postMessage(other, [other]);
      }
      hear(message, rinfo);
      if (received.length === messages.length)
        other.close();
    }, 1));
  }, sends);
  once(port2, 'message').then(receive);
}

// What was put together is taken apart for a socket that has not asked for it.
if (common.isLinux) {
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['segmentSize'] });
  const { port } = socket.bindSync({ address: '127.0.0.1' });
  const { port1, port2 } = new MessageChannel();
  const sender = dgram.createSocket('udp4');
  sender.bindSync();
  sender.send('first', port, '127.0.0.1');
  sender.send(Buffer.alloc(2500), { port, address: '127.0.0.1', segmentSize: 1000 }, common.mustSucceed(() => {
    sender.close();
  }));
  socket.on('message', common.mustCall(() => port1.postMessage(socket, [socket])));
  port2.on('message', common.mustCall((other) => {
    const sizes = [];
    other.on('message', common.mustCall(({ length }) => {
      sizes.push(length);
      if (sizes.length < 3)
        return;
      assert.deepStrictEqual(sizes, [1000, 1000, 500]);
      other.close();
      port1.close();
    }, 3));
  }));
}

// What waits to be sent keeps a socket here.
{
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1', common.mustCall(() => {
    const { port1 } = new MessageChannel();
    assert.throws(() => port1.postMessage(socket, [socket]), { code: 'ERR_INVALID_STATE' });
    port1.close();
  }));
  socket.send('x', 9, '127.0.0.1', common.mustCall(() => socket.close()));
}
