'use strict';

// What setKeepAlive() and the options pass on to the handle, and what the
// kernel makes of the delay.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');

const host = '127.0.0.1';

// Records the calls of all TCP handles: on or off, delay, interval, count.
const calls = [];
function record(handle) {
  const prototype = Object.getPrototypeOf(handle);
  const { setKeepAlive } = prototype;
  prototype.setKeepAlive = function(...args) {
    const result = Reflect.apply(setKeepAlive, this, args);
    calls.push([Boolean(args[0]), ...args.slice(1), result].map((value) => value ?? 'absent'));
    return result;
  };
}
const taken = () => calls.splice(0);

// The seconds until the kernel looks after an idle connection, or undefined.
function remaining(port) {
  const hex = (number) => number.toString(16).toUpperCase().padStart(4, '0');
  const row = fs.readFileSync('/proc/net/tcp', 'latin1').split('\n')
    .find((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${hex(port)}`));
  const [kind, ticks] = row.trim().split(/\s+/)[5].split(':');
  return kind === '02' ? parseInt(ticks, 16) / 100 : undefined;
}

const server = net.createServer({
  keepAlive: true, keepAliveInitialDelay: 6000, keepAliveInterval: 2000, keepAliveCount: 5,
});
server.on('connection', common.mustCall((connection) => connection.resume(), 3));
server.listen(0, host, common.mustCall(async () => {
  const { port } = server.address();
  const connect = async (options) => {
    const socket = net.connect({ host, port, ...options });
    await new Promise((resolve) => {
      socket.on('connect', resolve);
    });
    return socket;
  };
  const accepted = () => new Promise((resolve) => {
    server.once('connection', resolve);
  });

  let connection = accepted();
  const socket = await connect();
  await connection;
  record(socket._handle);

  assert.strictEqual(socket.setKeepAlive(true, 5000, 3000, 4), socket);
  assert.deepStrictEqual(taken(), [[true, 5, 3, 4, 0]]);
  // Nothing has changed, or what is absent stays.
  socket.setKeepAlive(true, 5000, 3000, 4);
  socket.setKeepAlive(true, 5000);
  socket.setKeepAlive(true, 0, 0, 0);
  assert.deepStrictEqual(taken(), []);
  socket.setKeepAlive({ enable: true, interval: 7000 });
  socket.setKeepAlive({ enable: true, count: 8 });
  assert.deepStrictEqual(taken(), [[true, 5, 7, 4, 0], [true, 5, 7, 8, 0]]);
  socket.setKeepAlive(false);
  assert.deepStrictEqual(taken(), [[false, 5, 7, 8, 0]]);

  // The call throws before it sets anything.
  for (const [args, code] of [
    [[true, 1000, '2000'], 'ERR_INVALID_ARG_TYPE'],
    [[true, 1000, 2000, '3'], 'ERR_INVALID_ARG_TYPE'],
    [[true, 1000, 2000, 128], 'ERR_OUT_OF_RANGE'],
    [[true, 1000, 32_768_000], 'ERR_OUT_OF_RANGE'],
    [[true, 32_768_000, 2000], 'ERR_OUT_OF_RANGE'],
  ]) {
    assert.throws(() => socket.setKeepAlive(...args), { code });
  }
  for (const [options, code] of [[{ keepAliveInterval: '1' }, 'ERR_INVALID_ARG_TYPE'],
                                 [{ keepAliveCount: 128 }, 'ERR_OUT_OF_RANGE']]) {
    assert.throws(() => new net.Socket(options), { code });
    assert.throws(() => net.createServer(options), { code });
    assert.throws(() => new http.Agent(options), { code });
  }
  assert.deepStrictEqual(taken(), []);

  // Zeros leave the interval and the count alone, and the delay is set.
  if (common.isLinux) {
    socket.setKeepAlive(false);
    socket.setKeepAlive(true, 500_000, 0, 0);
    const seconds = remaining(socket.localPort);
    assert.ok(seconds > 400 && seconds <= 500, `${seconds} s`);
  }
  taken();
  socket.destroy();

  // The options of a client, and those of a server.
  connection = accepted();
  const client = await connect({
    keepAlive: true, keepAliveInitialDelay: 9000, keepAliveInterval: 3000, keepAliveCount: 4,
  });
  await connection;
  assert.deepStrictEqual(taken().sort(), [[true, 6, 2, 5, 0], [true, 9, 3, 4, 0]]);
  client.destroy();

  // What is set before there is a connection.
  connection = accepted();
  const early = new net.Socket().setKeepAlive(true, 4000, 1000, 2);
  early.connect(port, host, common.mustCall(async () => {
    await connection;
    assert.deepStrictEqual(taken().sort(), [[true, 4, 1, 2, 0], [true, 6, 2, 5, 0]]);
    early.destroy();
    server.close();
  }));
}));
