'use strict';

// When an exclusive bound socket begins to listen, nobody else gets its address
// in between.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { Worker, isMainThread, workerData } = require('worker_threads');

const HOST = '127.0.0.1';
// The port to try, the port that is being tried, and the number of attempts.
const WANTED = 0;
const TRIED = 1;
const ATTEMPTS = 2;

if (!isMainThread) {
  for (;;) {
    const port = Atomics.load(workerData, WANTED);
    Atomics.store(workerData, TRIED, port);
    if (port === -1)
      break;
    if (port === 0)
      continue;
    assert.throws(() => new net.BoundSocket({ host: HOST, port }), { code: 'EADDRINUSE' });
    Atomics.add(workerData, ATTEMPTS, 1);
  }
  return;
}

const shared = new Int32Array(new SharedArrayBuffer(12));
const rival = new Worker(__filename, { workerData: shared });
rival.on('exit', common.mustCall((code) => assert.strictEqual(code, 0)));

const attempts = () => Atomics.load(shared, ATTEMPTS);

// Waits until the rival has tried a few times, or has ended.
function waitFor(condition) {
  const end = Date.now() + 10_000;
  while (!condition() && Date.now() < end);
  assert.ok(condition());
}

rival.on('online', common.mustCall(() => {
  for (let round = 0; round < 300; round++) {
    const bound = new net.BoundSocket({ host: HOST, exclusive: true });
    const before = attempts();
    Atomics.store(shared, WANTED, bound.address().port);
    waitFor(() => attempts() > before + 2);
    const server = net.createServer().listen(bound);
    const then = attempts();
    waitFor(() => attempts() > then + 2);
    Atomics.store(shared, WANTED, 0);
    waitFor(() => Atomics.load(shared, TRIED) === 0);
    server.close();
  }
  Atomics.store(shared, WANTED, -1);
}));
