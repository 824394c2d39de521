'use strict';

// Sockets of an http.Agent use the values set by the agent, unless a program
// sets others.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL,
} = net.constants;
if (TCP_KEEPIDLE === undefined || TCP_KEEPINTVL === undefined ||
    TCP_KEEPCNT === undefined) {
  common.skip('no constants for the keep-alive options');
}

const isOn = (socket) => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
const values = (socket) => [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]
  .map((name) => socket.getsockopt(IPPROTO_TCP, name));

const server = http.createServer({
  keepAlive: true,
  keepAliveInitialDelay: 5000,
}, common.mustCall((request, response) => {
  const { socket } = request;
  assert.strictEqual(isOn(socket), true);
  if (socket.seen === undefined) {
    socket.seen = true;
    assert.deepStrictEqual(values(socket), [5, 1, 10]);
    assert.strictEqual(socket.setKeepAlive(true, 6000, 4000, 3), socket);
  }
  // The values persist from one request to the next.
  assert.deepStrictEqual(values(socket), [6, 4, 3]);
  response.end('text');
}, 19));

server.listen(0, '127.0.0.1', common.mustCall(async () => {
  const { port } = server.address();

  function get(agent, keepAlive, options) {
    return new Promise((resolve) => {
      const request = http.get({ port, host: '127.0.0.1', agent, ...options }, common.mustCall(
        (response) => {
          response.resume();
          response.on('end', common.mustCall(() => {
            // Wait until the socket is free.
            setImmediate(() => resolve(request));
          }));
        }));
      if (keepAlive)
        request.setSocketKeepAlive(...keepAlive);
    });
  }

  // Kept for the next request.
  const agent = new http.Agent({
    keepAlive: true,
    keepAliveMsecs: 7000,
    maxSockets: 1,
  });
  const { socket } = await get(agent);
  assert.strictEqual(isOn(socket), true);
  assert.deepStrictEqual(values(socket), [7, 1, 10]);
  assert.strictEqual(socket.setKeepAlive(true, 8000, 3000, 4), socket);
  assert.deepStrictEqual(values(socket), [8, 3, 4]);
  const second = await get(agent);
  assert.strictEqual(second.reusedSocket, true);
  assert.strictEqual(second.socket, socket);
  // The agent does not set it again.
  assert.strictEqual(isOn(socket), true);
  assert.deepStrictEqual(values(socket), [8, 3, 4]);
  socket.setKeepAlive({ enable: false });
  const third = await get(agent);
  assert.strictEqual(third.socket, socket);
  assert.strictEqual(isOn(socket), false);
  socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);
  socket.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 77);
  const fourth = await get(agent);
  assert.strictEqual(fourth.socket, socket);
  assert.strictEqual(isOn(socket), true);
  assert.deepStrictEqual(values(socket), [77, 3, 4]);
  agent.destroy();
  assert.strictEqual(socket.setKeepAlive(true, 8000, 3000, 4), socket);

  // A socket of createConnection() has what was set on it, and what the agent
  // sets on an idle one.
  async function pooled(prepare) {
    const agent = new http.Agent({ keepAlive: true, keepAliveMsecs: 9000 });
    agent.createConnection = common.mustCall(() => {
      const socket = new net.Socket();
      prepare(socket);
      return socket.connect(port, '127.0.0.1');
    });
    const { socket } = await get(agent);
    const result = [isOn(socket), ...values(socket)];
    agent.destroy();
    return result;
  }
  const [, ...system] = await pooled((socket) => socket.setKeepAlive(false));
  const kept = [
    [() => {}, [true, 9, 1, 10]],
    [(socket) => socket.setKeepAlive(true, 8000, 3000, 4), [true, 8, 3, 4]],
    [(socket) => socket.setKeepAlive(true), [true, ...system]],
    [(socket) => socket.setKeepAlive(false), [false, ...system]],
    [(socket) => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0),
     [false, ...system]],
    [(socket) => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1),
     [true, ...system]],
    [(socket) => socket.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 77),
     [true, 77, system[1], system[2]]],
    [(socket) => socket.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 33),
     [true, 9, 33, 10]],
    [(socket) => socket.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, Buffer.from(
      new Int32Array([5]).buffer)), [true, 9, 1, 5]],
  ];
  for (const [prepare, expected] of kept)
    assert.deepStrictEqual(await pooled(prepare), expected);

  // Values that a request sets are kept by the agent.
  for (const [args, expected] of [
    [[true, 3000], [3, 1, 10]],
    [[true, 3000, 2000, 4], [3, 2, 4]],
    [[{ enable: true, initialDelay: 3000, interval: 2000, count: 4 }], [3, 2, 4]],
  ]) {
    const own = new http.Agent({ keepAlive: true, keepAliveMsecs: 9000 });
    const { socket } = await get(own, args);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), expected);
    own.destroy();
  }
  // So are its options, unless the agent has options of its own.
  for (const absent of [null, undefined]) {
    const own = new http.Agent({
      keepAlive: true,
      keepAliveInitialDelay: absent,
      keepAliveInterval: absent,
      keepAliveCount: absent,
    });
    const { socket } = await get(own, undefined, {
      keepAliveInitialDelay: 3000, keepAliveInterval: 2000, keepAliveCount: 4,
    });
    assert.deepStrictEqual(values(socket), [3, 2, 4]);
    own.destroy();
  }
  // They are checked before there is a socket.
  const request = http.get({ port, host: '127.0.0.1' });
  request.on('error', () => {});
  for (const args of [[true, 1e9, 1000], [true, 1000, 1e9], [true, 1000, 1000, NaN]]) {
    assert.throws(() => request.setSocketKeepAlive(...args),
                  { code: 'ERR_OUT_OF_RANGE' });
  }
  request.setSocketKeepAlive(true, 1e9);
  request.destroy();
  server.close();
}));
