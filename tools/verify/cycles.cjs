'use strict';

// Creates and closes sockets in every way, many times, and prints what the process holds
// after a fifth of the cycles and after all of them. Run with --expose-gc. The argument
// is the number of cycles of each way.

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const net = require('node:net');
const { tmpdir } = require('node:os');
const path = require('node:path');

const cycles = Number(process.argv[2]);
const host = '127.0.0.1';
const turn = () => new Promise((resolve) => setImmediate(resolve));

function fails(options, code) {
  assert.throws(() => new net.BoundHandle(options), { code, syscall: 'bind' });
}

const folder = mkdtempSync(path.join(tmpdir(), 'cycles-'));
const taken = net.createServer();
const sink = net.createServer((peer) => peer.on('error', () => {}).destroy());

/** Each way: one cycle, and how many may run before the event loop turns. */
const ways = {
  'construct, close': [() => new net.BoundHandle({ host }).close(), 500],
  'construct with a path, close': [() => new net.BoundHandle({ path: path.join(folder, 'a') }).close(), 500],
  'construct, listen, close': [async () => {
    const server = net.createServer().listen(new net.BoundHandle({ host }));
    await once(server.close(), 'close');
  }, 500],
  'construct, adopt, destroy': [() => {
    new net.Socket({ handle: new net.BoundHandle({ host }) }).destroy();
  }, 100],
  'construct with a path, adopt, destroy': [() => {
    new net.Socket({ handle: new net.BoundHandle({ path: path.join(folder, 'b') }) }).destroy();
  }, 1],
  // Without the reset, every port would stay in TIME_WAIT.
  'construct, connect, reset': [async () => {
    const { port } = sink.address();
    const socket = net.connect({ handle: new net.BoundHandle({ host }), host, port });
    await once(socket, 'connect');
    await once(socket.resetAndDestroy(), 'close');
  }, 500, 0.1],
  'EADDRINUSE': [() => fails({ host, port: taken.address().port }, 'EADDRINUSE'), 500],
  'EADDRNOTAVAIL': [() => fails({ host: '192.0.2.1' }, 'EADDRNOTAVAIL'), 500],
  'EACCES': [() => fails({ path: path.join(folder, 'missing', 'a') }, 'EACCES'), 500],
  'bindSync, close': [() => {
    const socket = dgram.createSocket('udp4');
    socket.bindSync({ address: host });
    socket.close();
  }, 500],
  'connectSync, close': [() => {
    const socket = dgram.createSocket('udp4');
    socket.connectSync(9);
    socket.close();
  }, 500],
};

async function holds() {
  // Handles are freed in the turn after the one that closed them.
  for (let i = 0; i < 5; i++) {
    await turn();
    globalThis.gc();
  }
  return { descriptors: readdirSync('/proc/self/fd').length, memory: process.memoryUsage.rss() };
}

async function repeat(cycle, count, together) {
  for (let done = 0; done < count; done++) {
    await cycle();
    if (done % together === 0) await turn();
  }
}

async function main() {
  await once(taken.listen(0, host), 'listening');
  await once(sink.listen(0, host), 'listening');
  for (const [way, [cycle, together, share = 1]] of Object.entries(ways)) {
    const count = cycles * share;
    await repeat(cycle, count / 5, together);
    const before = await holds();
    await repeat(cycle, count * 4 / 5, together);
    const after = await holds();
    console.log(JSON.stringify({ way, cycles: count, before, after }));
  }
  assert.deepStrictEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
  taken.close();
  sink.close();
}

main();
