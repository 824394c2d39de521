'use strict';

// A listen() that throws leaves nothing behind: neither its callback nor its
// signal is heeded when the server listens later.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { getEventListeners, once } = require('events');

const host = '127.0.0.1';
const failures = [
  [{ port: 65536 }, 'ERR_SOCKET_BAD_PORT'],
  [{ port: -1, host }, 'ERR_SOCKET_BAD_PORT'],
  [{ port: true }, 'ERR_INVALID_ARG_VALUE'],
  [{ path: undefined }, 'ERR_INVALID_ARG_VALUE'],
  [{}, 'ERR_INVALID_ARG_VALUE'],
];
if (common.isLinux)
  failures.push([{ path: '\0abstract', readableAll: true }, 'ERR_INVALID_ARG_VALUE']);
if (net.BoundSocket !== undefined) {
  const handle = new net.BoundSocket({ host });
  handle.close();
  failures.push([handle, 'ERR_SOCKET_HANDLE_ADOPTED'], [{ handle }, 'ERR_SOCKET_HANDLE_ADOPTED']);
}

async function test(options, code) {
  const never = common.mustNotCall('of a call that has thrown');
  const server = net.createServer();
  server.on('close', common.mustCall());

  // Without a signal, aborted later, and aborted before.
  const controller = new AbortController();
  for (const signal of [undefined, controller.signal, AbortSignal.abort()]) {
    const call = signal === undefined || options instanceof (net.BoundSocket ?? Map) ?
      options : { ...options, signal };
    assert.throws(() => server.listen(call, never), { code });
    assert.strictEqual(server.listenerCount('listening'), 0);
    assert.strictEqual(server.listenerCount('close'), 1);
  }
  assert.strictEqual(getEventListeners(controller.signal, 'abort').length, 0);

  // Other listeners that are the same function stay.
  const called = common.mustCall(2);
  server.on('listening', called);
  assert.throws(() => server.listen(options, called), { code });
  assert.strictEqual(server.listenerCount('listening'), 1);
  server.listen(0, called);
  assert.throws(() => server.listen(0, called), { code: 'ERR_SERVER_ALREADY_LISTEN' });
  assert.strictEqual(server.listenerCount('listening'), 2);

  await once(server, 'listening');
  controller.abort();
  await new Promise(setImmediate);
  assert.strictEqual(server.listening, true);
  server.close();
}

// A listener that is added meanwhile stays, and does not hide the error.
function testAdded() {
  const server = net.createServer();
  const options = {
    get port() {
      server.on('listening', common.mustNotCall());
      return 65536;
    },
  };
  assert.throws(() => server.listen(options), { code: 'ERR_SOCKET_BAD_PORT' });
  assert.notStrictEqual(server.listenerCount('listening'), 0);
}

// What a program does to the iterator of arrays has no effect.
function testIterator() {
  const server = net.createServer();
  const iterator = Array.prototype[Symbol.iterator];
  Array.prototype[Symbol.iterator] = undefined;
  try {
    server.listen(0);
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
  }
  server.on('listening', common.mustCall(() => server.close()));
}

// A signal of a call that does not throw is heeded, even after one that does.
function testSignal(isEarly) {
  const controller = new AbortController();
  const { signal } = controller;
  const server = net.createServer();
  if (isEarly) {
    controller.abort();
    server.on('listening', common.mustNotCall());
  }
  server.on('close', common.mustCall());
  assert.throws(() => server.listen({ port: -1, signal }), { code: 'ERR_SOCKET_BAD_PORT' });
  server.listen({ port: 0, signal });
  assert.throws(() => server.listen({ port: 0, signal }), { code: 'ERR_SERVER_ALREADY_LISTEN' });
  if (!isEarly)
    controller.abort();
}

// A server that has never listened does not emit 'close'.
{
  const server = net.createServer();
  server.on('close', common.mustNotCall());
  assert.throws(() => server.listen({ port: -1, signal: AbortSignal.abort() }),
                { code: 'ERR_SOCKET_BAD_PORT' });
}

for (const [options, code] of failures)
  test(options, code).then(common.mustCall());
testAdded();
testIterator();
testSignal(true);
testSignal(false);
