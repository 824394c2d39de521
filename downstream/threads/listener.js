'use strict';

// A thread that listens on a shared address and executes commands sent as
// messages. It answers each command with `{ ok }` or `{ code }`.

const { readlinkSync } = require('node:fs');
const net = require('node:net');
const { parentPort, threadId } = require('node:worker_threads');

let bound;
let server;
let served = 0;

const commands = {
  // With a gate, all threads that wait at it bind at the same moment.
  bind({ options, gate }) {
    if (gate !== undefined) {
      Atomics.add(gate, 1, 1);
      while (Atomics.load(gate, 0) === 0);
    }
    bound = new net.BoundHandle(options);
    return { ...bound.address(), fd: bound.fd(), socket: readlinkSync(`/proc/self/fd/${bound.fd()}`) };
  },
  listen() {
    server = net.createServer((connection) => {
      served++;
      connection.on('error', () => {}).end(`${threadId}`);
    });
    return new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen(bound, () => resolve(server.address()));
    });
  },
  // Blocks after this answer, so nothing is accepted before `then` is done.
  async block({ gate, then }) {
    parentPort.postMessage({ ok: 'blocked' });
    Atomics.wait(gate, 0, 0, 30_000);
    if (then !== undefined) await commands[then]();
    return 'back';
  },
  served: () => served,
  unref() {
    server.unref();
    parentPort.unref();
  },
  close: () => (server === undefined ? bound.close() : new Promise((resolve) => server.close(() => resolve()))),
};

parentPort.on('message', async ({ command, ...data }) => {
  try {
    parentPort.postMessage({ ok: await commands[command](data) });
  } catch (error) {
    parentPort.postMessage({ code: error.code });
  }
});
