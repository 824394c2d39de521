'use strict';

// Calls of setsockopt() are kept for the connections to come. A socket that
// reconnects and makes them each time keeps the last ones only.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { once } = require('events');

const { IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, IP_TTL, SO_RCVBUF, SO_SNDBUF, TCP_NODELAY } =
  net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;

// Counts the calls that are made when the system socket is created.
function countOptions(socket) {
  const { setSocketOption } = Object.getPrototypeOf(socket._handle);
  let count = 0;
  socket._handle.setSocketOption = function(...args) {
    count++;
    return Reflect.apply(setSocketOption, this, args);
  };
  return () => count;
}

async function main() {
  const server = net.createServer((connection) => connection.on('error', () => {}).resume());
  await once(server.listen(0, host), 'listening');
  const { port } = server.address();
  const socket = new net.Socket();
  const connect = async (...options) => {
    socket.connect(port, host);
    for (const option of options)
      socket.setsockopt(...option);
    const counted = countOptions(socket);
    await once(socket, 'connect');
    return counted();
  };
  const end = () => once(socket.resume().end(), 'close');
  const ttl = (value) => [IPPROTO_IP, IP_TTL, value];
  const size = (value) => [SOL_SOCKET, SO_RCVBUF, value];

  socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000);
  for (let i = 1; i < 200; i++) {
    assert.strictEqual(await connect(ttl(1 + i % 100), size(20_000 + i)), 3);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 1 + i % 100);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor, 20_000 + i);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF) / factor, 20_000);
    await end();
  }
  // The others stay.
  assert.strictEqual(await connect(ttl(7)), 3);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 7);
  assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor, 20_199);
  await end();
  // The order of the calls for one connection, with what they repeat, stays as
  // well: some options act.
  for (let i = 0; i < 3; i++) {
    assert.strictEqual(await connect(ttl(8), size(30_000), ttl(9), ttl(8), ttl(10)), 6);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 10);
    await end();
  }
  socket.destroy();

  // What is kept can be read, in the ways that an option can be.
  const waiting = new net.Socket();
  const read = (...args) => waiting.getsockopt(SOL_SOCKET, SO_RCVBUF, ...args);
  waiting.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
  assert.strictEqual(waiting.getsockopt(IPPROTO_TCP, TCP_NODELAY), 1);
  waiting.setsockopt(...size(40_000)).setsockopt(...size(41_000));
  assert.strictEqual(read(), 41_000);
  const bytes = Buffer.from(new Int32Array([41_000]).buffer);
  assert.deepStrictEqual(read(4), bytes);
  assert.deepStrictEqual(read(100), bytes);
  assert.deepStrictEqual(read(2), bytes.subarray(0, 2));
  assert.deepStrictEqual(read(0), Buffer.alloc(0));
  waiting.setsockopt(...size(bytes));
  read(4).fill(0);
  assert.strictEqual(read(), 41_000);
  waiting.setsockopt(...size('text'));
  assert.deepStrictEqual(read(10), Buffer.from('text\0'));
  assert.throws(() => read(), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => read(-1), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => waiting.getsockopt(SOL_SOCKET, SO_SNDBUF), { code: 'ERR_INVALID_STATE' });
  waiting.destroy();
  server.close();
}
main().then(common.mustCall());
