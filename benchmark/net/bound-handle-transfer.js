'use strict';

// Sends a bound handle to another thread and back.

const common = require('../common.js');
const net = require('net');
const { isMainThread, parentPort, Worker } = require('worker_threads');

if (isMainThread) {
  const bench = common.createBenchmark(main, {
    n: [1e4],
  });

  function main({ n }) {
    const worker = new Worker(__filename);
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    let left = n;
    worker.on('message', (handle) => {
      if (--left > 0) {
        worker.postMessage(handle, [handle]);
        return;
      }
      bench.end(n);
      handle.close();
      worker.terminate();
    });
    worker.on('online', () => {
      bench.start();
      worker.postMessage(bound, [bound]);
    });
  }
} else {
  parentPort.on('message', (handle) => parentPort.postMessage(handle, [handle]));
}
