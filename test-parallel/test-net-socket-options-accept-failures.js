'use strict';

// An accepted socket whose options cannot be set is closed and reported using
// 'drop'. The server keeps running, and no descriptors are leaked.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE } = net.constants;

const host = '127.0.0.1';
const count = () => common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const acceptedSocketOptions = [
  [SOL_SOCKET, SO_RCVBUF, 20_000],
  [SOL_SOCKET, 9999, 1],
  [SOL_SOCKET, SO_RCVBUF, 20_000],
];

function check({ error }) {
  assert.ok(error instanceof Error);
  const { code, syscall, index, level, optname, message } = error;
  assert.deepStrictEqual(
    { code, syscall, index, level, optname },
    {
      code: 'ENOPROTOOPT',
      syscall: 'setsockopt',
      index: 1,
      level: SOL_SOCKET,
      optname: 9999,
    });
  assert.match(
    message,
    /^setsockopt ENOPROTOOPT acceptedSocketOptions\[1\] \(SOL_SOCKET, 9999\)$/);
}

// Connects and waits until the connection is closed.
async function visit(address) {
  const socket = net.connect(address);
  // The system may report a reset.
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
  return socket;
}

// The time after which a slow machine has done enough of them.
const enough = common.platformTimeout(15_000);

async function drops(server, address, times, together) {
  let dropped = 0;
  server.on('connection', common.mustNotCall());
  server.on('error', common.mustNotCall());
  server.on('clientError', common.mustNotCall());
  server.on('drop', (data) => {
    dropped++;
    check(data);
  });
  server.listen(address);
  await once(server, 'listening');
  const target = address.path ? address : server.address();
  target.host = target.address;

  // The dropped peer is reported in the same way as with maxConnections.
  {
    const drop = once(server, 'drop');
    const socket = net.connect(target).on('error', () => {});
    const connected = once(socket, 'connect').then(() => socket.address());
    const [data] = await drop;
    if (!address.path) {
      const { address: remoteAddress, port: remotePort } = await connected;
      assert.deepStrictEqual({ ...data, error: undefined }, {
        localAddress: host,
        localPort: server.address().port,
        localFamily: 'IPv4',
        remoteAddress,
        remotePort,
        remoteFamily: 'IPv4',
        error: undefined,
      });
    }
    if (!socket.closed)
      await once(socket.resume(), 'close');
  }

  const before = count();
  dropped = 0;
  const end = Date.now() + enough;
  let done = 0;
  for (; done < times && Date.now() < end; done += together) {
    await Promise.all(Array.from({ length: together }, () => visit(target)));
    await turn();
    if (done % 1000 === 0)
      assert.strictEqual(count(), before);
  }
  // Each one was reported before its client noticed.
  assert.strictEqual(dropped, done);
  assert.strictEqual(count(), before);
  assert.strictEqual(server.listening, true);
  const [connections] = await new Promise((resolve) => {
    server.getConnections((err, n) => resolve([n]));
  });
  assert.strictEqual(connections, 0);
  server.close();
  await once(server, 'close');
}

// If an option can only be set at times, the server accepts connections again
// once it can.
async function recovers() {
  const probe = new net.BoundSocket({ host });
  try {
    probe.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, 20_000);
    // Some versions refuse to change the user.
    process.seteuid(65534);
    process.seteuid(0);
  } catch {
    return;
  } finally {
    probe.close();
  }
  const server = net.createServer({
    acceptedSocketOptions: [[SOL_SOCKET, SO_RCVBUFFORCE, 20_000]],
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address();
  for (let i = 0; i < 3; i++) {
    const connection = once(server, 'connection');
    const socket = net.connect(port, host);
    const [accepted] = await connection;
    assert.strictEqual(accepted.getsockopt(SOL_SOCKET, SO_RCVBUF), 40_000);
    accepted.end();
    await once(socket.resume(), 'close');

    // The system refuses it from now on.
    process.seteuid(65534);
    try {
      const drop = once(server, 'drop');
      await visit({ port, host });
      const [{ error }] = await drop;
      assert.strictEqual(error.code, 'EPERM');
      assert.match(error.message, /\(SOL_SOCKET, SO_RCVBUFFORCE\)/);
    } finally {
      process.seteuid(0);
    }
  }
  server.close();
  await once(server, 'close');
}

async function main() {
  // Every real TCP connection leaves a port in TIME_WAIT for a minute, so most
  // of them use a path.
  await drops(net.createServer({ acceptedSocketOptions }), { host, port: 0 }, 1000, 20);
  await drops(http.createServer({ acceptedSocketOptions }), { host, port: 0 }, 100, 20);
  if (!common.isWindows) {
    const file = path.relative(process.cwd(), tmpdir.resolve('s'));
    await drops(net.createServer({ acceptedSocketOptions }), { path: file },
                common.isLinux ? 10_000 : 100, 20);
  }

  // Connections dropped because of maxConnections do not have an error.
  {
    const server = net.createServer();
    server.maxConnections = 1;
    server.listen(0, host);
    await once(server, 'listening');
    const connection = once(server, 'connection');
    const only = net.connect(server.address().port, host);
    const [accepted] = await connection;
    const drop = once(server, 'drop');
    await visit({ port: server.address().port, host });
    const [data] = await drop;
    assert.strictEqual(data.error, undefined);
    only.destroy();
    accepted.destroy();
    server.close();
  }

  if (common.isLinux && process.getuid() === 0)
    await recovers();
}

main().then(common.mustCall());
