// Flags: --expose-gc
'use strict';

// A datagram socket that has options can try to bind again and again, on the
// same system socket. Whoever waits for it to be bound hears of a failure.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { once } = require('events');

const { IPPROTO_IP, SOL_SOCKET, IP_TTL, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const socketOptions = [[SOL_SOCKET, SO_RCVBUF, 20_000]];
const bad = [IPPROTO_IP, 9999, 1];
const buffer = (socket) => socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor;

function heapUsed() {
  global.gc();
  return process.memoryUsage().heapUsed;
}

// Each attempt used to add a call to the stack of the next. Nothing is left of one.
async function retries(holder) {
  const socket = dgram.createSocket({ type: 'udp4', socketOptions });
  const { port } = holder.address();
  let before;
  for (let i = 0; i < 20_000; i++) {
    if (i === 1000)
      before = heapUsed();
    assert.throws(() => socket.bindSync({ address: host, port }), { code: 'EADDRINUSE' });
  }
  const growth = heapUsed() - before;
  assert.ok(growth < 500_000, `${growth} bytes`);

  let left = 10_000;
  await new Promise((resolve) => {
    socket.on('error', common.mustCall((err) => {
      assert.strictEqual(err.code, 'EADDRINUSE');
      assert.strictEqual(err.syscall, 'bind');
      if (--left === 0)
        resolve();
      else
        socket.bind(port, host);
    }, left));
    socket.bind(port, host);
  });

  // What was set on the socket in the meantime is not undone.
  assert.strictEqual(buffer(socket), 20_000);
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 30_000);
  socket.bindSync({ address: host });
  assert.strictEqual(buffer(socket), 30_000);
  socket.close();
}

// Several calls wait, and the socket can be used afterwards.
async function callbacks() {
  // One that is not called would leave the process waiting.
  const limit = setTimeout(() => assert.fail('a callback was not called'), common.platformTimeout(10_000));
  const socket = dgram.createSocket('udp4');
  socket.setsockopt(...bad);
  const errors = [];
  const called = new Promise((resolve) => {
    const callback = (err) => {
      if (errors.push(err) === 3)
        resolve();
    };
    for (let i = 0; i < 3; i++)
      socket.send('text', 9, host, callback);
  });
  socket.send('text', 9, host);
  const [error] = await once(socket, 'error');
  await called;
  assert.strictEqual(error.code, 'ENOPROTOOPT');
  assert.deepStrictEqual(errors, [error, error, error]);
  // The refused option is no longer kept.
  await new Promise((resolve) => socket.send('text', 9, host, common.mustSucceed(resolve)));
  assert.strictEqual(socket.listenerCount('listening'), 0);
  socket.close();

  const connecting = dgram.createSocket('udp4');
  connecting.setsockopt(...bad);
  connecting.on('error', common.mustCall());
  await new Promise((resolve) => connecting.connect(9, host, common.mustCall((err) => {
    assert.strictEqual(err.code, 'ENOPROTOOPT');
    resolve();
  })));
  await new Promise((resolve) => connecting.connect(9, host, common.mustSucceed(resolve)));
  assert.strictEqual(connecting.remoteAddress().port, 9);
  connecting.close();
  clearTimeout(limit);
}

// So does close(), which is called once, whoever else calls it then.
async function closes() {
  for (const closeAgain of [false, true]) {
    const socket = dgram.createSocket('udp4');
    socket.setsockopt(...bad);
    socket.on('error', common.mustCall((err) => {
      assert.strictEqual(err.code, 'ENOPROTOOPT');
      if (closeAgain)
        socket.close();
    }));
    socket.send('text', 9, host);
    const limit = setTimeout(() => assert.fail('it is not closed'), common.platformTimeout(10_000));
    await new Promise((resolve) => socket.close(common.mustCall(resolve)));
    clearTimeout(limit);
    assert.throws(() => socket.close(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  }
}

// IPv4 addresses are not for IPv6 sockets, and the other way round.
function families() {
  for (const [type, address] of [['udp4', '::1'], ['udp6', host]]) {
    const socket = dgram.createSocket({ type, socketOptions: [] });
    assert.throws(() => socket.bindSync({ address }), { code: 'EINVAL', syscall: 'bind' });
    socket.close();
  }
}

// Names are still looked up for the family of the socket, by its own function.
function names() {
  for (const [type, address, family] of [
    ['udp4', host, 4],
    ...(common.hasIPv6 ? [['udp6', '::1', 6]] : []),
  ]) {
    const lookup = common.mustCall((...args) => {
      assert.deepStrictEqual(args.slice(0, 2), ['name.invalid', family]);
      args[2](new Error('unknown'));
    });
    const socket = dgram.createSocket({ type, lookup, socketOptions });
    socket.bindSync({ address });
    socket.send('text', 9, 'name.invalid', common.mustCall((err) => {
      assert.strictEqual(err.message, 'unknown');
      socket.close();
    }));
  }
}

// The value that was kept can be read.
function reads() {
  const socket = dgram.createSocket({ type: 'udp4', socketOptions });
  socket.setsockopt(IPPROTO_IP, IP_TTL, 41).setsockopt(IPPROTO_IP, IP_TTL, 42);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 42);
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_RCVBUF), { code: 'ERR_INVALID_STATE' });
  socket.close();
}

const holder = dgram.createSocket('udp4');
holder.bind(0, host, common.mustCall(async () => {
  await retries(holder);
  await callbacks();
  await closes();
  families();
  names();
  reads();
  holder.close();
}));
