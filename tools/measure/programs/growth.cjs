'use strict';

// The cost of having many of something. For one number of them, prints the minimum of
// several runs in nanoseconds.

const net = require('node:net');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

const TURNS = 7;
const CYCLES = 100;
const host = '127.0.0.1';

// The more ports of an address are taken, the longer the kernel takes to find a free one,
// so each socket has a different address.
const hostOf = (index) => `127.1.${index >> 8}.${index & 255}`;

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Handles, all open at the same time. */
async function handles(count) {
  const start = process.hrtime.bigint();
  const bound = Array.from({ length: count }, (_, index) => new net.BoundHandle({ host: hostOf(index) }));
  for (const handle of bound) handle.address();
  for (const handle of bound) handle.close();
  await tick();
  return process.hrtime.bigint() - start;
}

/** Shared handles, each at a different address, so that the registry has as many entries. */
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

/** Options passed to the constructor of one handle. */
async function options(count) {
  const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;
  const socketOptions = Array.from({ length: count }, () => [SOL_SOCKET, SO_KEEPALIVE, 1]);
  const start = process.hrtime.bigint();
  for (let i = 0; i < CYCLES; i++) new net.BoundHandle({ host, socketOptions }).close();
  await tick();
  return (process.hrtime.bigint() - start) / BigInt(CYCLES);
}

/** Threads that all share one address and release it again. */
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
