'use strict';

// Sockets of an http.Agent use the delay set by the agent, and can be given
// other values.

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
}, 5));

server.listen(0, '127.0.0.1', common.mustCall(async () => {
  const { port } = server.address();

  function get(agent, onsocket) {
    return new Promise((resolve) => {
      const request = http.get({ port, host: '127.0.0.1', agent }, common.mustCall(
        (response) => {
          response.resume();
          response.on('end', common.mustCall(() => {
            // Wait until the socket is free.
            setImmediate(() => resolve(request));
          }));
        }));
      if (onsocket)
        request.setSocketKeepAlive(...onsocket);
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
  assert.strictEqual(isOn(socket), true);
  // Set by the agent again.
  assert.deepStrictEqual(values(socket), [7, 1, 10]);
  socket.setKeepAlive({ enable: false });
  assert.strictEqual(isOn(socket), false);
  const third = await get(agent);
  assert.strictEqual(third.socket, socket);
  assert.strictEqual(isOn(socket), true);
  assert.deepStrictEqual(values(socket), [7, 1, 10]);
  agent.destroy();
  assert.strictEqual(socket.setKeepAlive(true, 8000, 3000, 4), socket);

  // A socket on which a request set keep-alive, and one returned by
  // createConnection().
  const plain = new http.Agent();
  const sockets = [];
  plain.createConnection = common.mustCall((options) => {
    const socket = new net.Socket();
    socket.setKeepAlive(true, 8000, 3000, 4);
    socket.connect(options);
    socket.on('connect', common.mustCall(() => {
      sockets.push([isOn(socket), ...values(socket)]);
    }));
    return socket;
  });
  await get(plain);
  assert.deepStrictEqual(sockets, [[true, 8, 3, 4]]);
  plain.destroy();

  const own = new http.Agent({ keepAlive: true, keepAliveMsecs: 9000 });
  const seen = [];
  own.on('free', common.mustCall((socket) => {
    seen.push([isOn(socket), ...values(socket)]);
  }));
  await get(own, [true, 3000]);
  assert.strictEqual(seen.length, 1);
  assert.strictEqual(seen[0][0], true);
  own.destroy();
  server.close();
}));
