'use strict';

// What it costs to have more of something. Prints, for one number of them, the
// least nanoseconds of several turns.

const net = require('node:net');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

const TURNS = 7;
const CYCLES = 100;
const host = '127.0.0.1';

// The kernel takes the longer to find a free port the more of an address are
// taken, so each socket has an address of its own.
const hostOf = (index) => `127.1.${index >> 8}.${index & 255}`;

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Handles that are open at the same time. */
async function handles(count) {
  const start = process.hrtime.bigint();
  const bound = Array.from({ length: count }, (_, index) => new net.BoundHandle({ host: hostOf(index) }));
  for (const handle of bound) handle.address();
  for (const handle of bound) handle.close();
  await tick();
  return process.hrtime.bigint() - start;
}

/** Handles that are shared, each at an address of its own, so that the registry has as many entries. */
async function shared(count) {
  const start = process.hrtime.bigint();
  const bound = Array.from({ length: count }, (_, index) => new net.BoundHandle({ host: hostOf(index), shared: true }));
  for (const handle of bound) handle.close();
  await tick();
  return process.hrtime.bigint() - start;
}

/** Clones of one handle, all open at the same time. */
async function clones(count) {
  const first = new net.BoundHandle({ host, shared: true });
  const start = process.hrtime.bigint();
  const others = Array.from({ length: count }, () => first.clone());
  for (const handle of others) handle.close();
  await tick();
  const took = process.hrtime.bigint() - start;
  first.close();
  return took;
}

/** Options that one handle is made with. */
async function options(count) {
  const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;
  const socketOptions = Array.from({ length: count }, () => [SOL_SOCKET, SO_KEEPALIVE, 1]);
  const start = process.hrtime.bigint();
  for (let i = 0; i < CYCLES; i++) new net.BoundHandle({ host, socketOptions }).close();
  await tick();
  return (process.hrtime.bigint() - start) / BigInt(CYCLES);
}

/** Threads that take part in one address and leave it again, all at the same time. */
async function threads(count) {
  const held = new net.BoundHandle({ host, shared: true });
  const { port } = held.address();
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: count }, () => new Worker(__filename, { workerData: { port, gate } }));
  const each = (what) => Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    if (what) worker.postMessage(what);
  })));
  await each();
  const start = process.hrtime.bigint();
  await each('go');
  const took = (process.hrtime.bigint() - start) / BigInt(CYCLES);
  await Promise.all(workers.map((worker) => worker.terminate()));
  held.close();
  return took;
}

async function main(what, count) {
  const kinds = { handles, shared, clones, options, threads };
  await kinds[what](Math.min(count, 16));
  let least;
  for (let turn = 0; turn < TURNS; turn++) {
    const took = await kinds[what](count);
    if (least === undefined || took < least) least = took;
    globalThis.gc?.();
  }
  console.log(String(least));
}

if (isMainThread) {
  main(process.argv[2], Number(process.argv[3]));
} else {
  parentPort.on('message', () => {
    const { port } = workerData;
    for (let i = 0; i < CYCLES; i++) new net.BoundHandle({ host, port, shared: true }).close();
    parentPort.postMessage('done');
  });
  parentPort.postMessage('ready');
}
