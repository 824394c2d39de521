'use strict';

// Datagrams that arrive together are independent of each other: each has its own
// callback, whatever the former one did.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows has no recvmsg(2)');

const assert = require('assert');
const { AsyncLocalStorage, executionAsyncId } = require('async_hooks');
const dgram = require('dgram');
const { Worker, isMainThread } = require('worker_threads');

// Sends a number of datagrams at once, before any is received.
function start(count, onMessage, receiveInfo = ['localAddress']) {
  const receiver = dgram.createSocket({ type: 'udp4', receiveInfo });
  const { port } = receiver.bindSync({ address: '127.0.0.1' });
  const sender = dgram.createSocket('udp4');
  sender.connectSync(port);
  for (let i = 0; i < count; i++)
    sender.send(`${i}`);
  sender.close();
  receiver.on('message', onMessage);
  return receiver;
}

// The error of a connected socket is one as usual.
{
  const free = dgram.createSocket('udp4');
  const { port } = free.bindSync({ address: '127.0.0.1' });
  free.close();
  const refused = dgram.createSocket({ type: 'udp4', receiveInfo: ['ttl'] });
  refused.connectSync(port);
  refused.on('error', common.mustCall((error) => {
    assert.strictEqual(error.code, 'ECONNREFUSED');
    refused.close();
  }));
  refused.send('x');
}

// Nothing comes after close().
const closed = start(10, common.mustCall((message) => {
  if (message.toString() === '4')
    closed.close();
}, 5));

// An error in a listener does not keep the others from being called.
const seen = [];
const failing = start(5, common.mustCall((message) => {
  seen.push(message.toString());
  if (seen.length === 5) {
    assert.deepStrictEqual(seen, ['0', '1', '2', '3', '4']);
    failing.close();
  }
  throw new Error(`of ${message}`);
}, 5));
process.on('uncaughtException', common.mustCall(({ message }) => {
  assert.match(message, /^of \d$/);
}, 5));

// Callbacks of process.nextTick() and promises come between two messages.
const order = [];
const ticking = start(3, common.mustCall((message) => {
  order.push(`${message}`);
  process.nextTick(() => order.push(`${message} tick`));
  Promise.resolve().then(() => {
    order.push(`${message} promise`);
    if (order.length === 9) {
      assert.deepStrictEqual(order, [0, 1, 2].flatMap((i) => [`${i}`, `${i} tick`, `${i} promise`]));
      ticking.close();
    }
  });
}, 3));

// The asynchronous context is that of the socket.
const storage = new AsyncLocalStorage();
let left = 3;
const stored = storage.run('socket', () => start(3, common.mustCall(() => {
  assert.strictEqual(storage.getStore(), 'socket');
  assert.notStrictEqual(executionAsyncId(), 0);
  storage.run('message', () => Promise.resolve().then(common.mustCall(() => {
    assert.strictEqual(storage.getStore(), 'message');
  })));
  if (--left === 0)
    stored.close();
}, 3)));

// A listener may change what it asks for, and one message does not overwrite
// another.
const kept = [];
const changing = start(40, common.mustCall((message, rinfo) => {
  kept.push([message, rinfo]);
  if (kept.length === 1)
    changing.setReceiveInfo([]);
  else if (kept.length === 2)
    changing.setReceiveInfo(['ttl']);
  if (kept.length < 40)
    return;
  kept.forEach(([message, { localAddress, size, ttl }], i) => {
    assert.strictEqual(message.toString(), `${i}`);
    assert.strictEqual(size, message.length);
    assert.strictEqual(localAddress, i === 0 ? '127.0.0.1' : undefined);
    if (i === 1)
      assert.strictEqual(ttl, undefined);
  });
  changing.close();
}, 40));

// No message shares its memory with another one.
const transferred = start(3, common.mustCall((message) => {
  assert.strictEqual(message.length, 1);
  assert.strictEqual(message.buffer.byteLength, 1);
  structuredClone(message.buffer, { transfer: [message.buffer] });
  if (--untransferred === 0)
    transferred.close();
}, 3));
let untransferred = 3;

// A socket that is not referenced does not keep the process alive.
const unreferenced = dgram.createSocket({ type: 'udp4', receiveInfo: true });
unreferenced.bindSync({ address: '127.0.0.1' });
unreferenced.unref();

if (isMainThread) {
  // Threads end in the middle of a batch.
  new Worker(__filename).on('exit', common.mustCall((code) => assert.strictEqual(code, 0)));
  const worker = new Worker(`
    const dgram = require('dgram');
    const receiver = dgram.createSocket({ type: 'udp4', receiveInfo: true });
    const { port } = receiver.bindSync({ address: '127.0.0.1' });
    const sender = dgram.createSocket('udp4');
    sender.connectSync(port);
    for (let i = 0; i < 10; i++)
      sender.send('x');
    receiver.on('message', () => process.exit(7));
  `, { eval: true });
  worker.on('exit', common.mustCall((code) => assert.strictEqual(code, 7)));
}
