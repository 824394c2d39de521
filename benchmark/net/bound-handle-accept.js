'use strict';

// Connections accepted and answered by threads that listen on clones of one
// bound handle, and by a single thread.

const common = require('../common.js');
const net = require('net');
const { isMainThread, parentPort, Worker, workerData } =
  require('worker_threads');

if (isMainThread) {
  const bench = common.createBenchmark(main, {
    threads: [1, 2],
    n: [5e3],
  });

  function main({ threads, n }) {
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    const { port } = bound.address();
    let starting = threads;
    const workers = Array.from({ length: threads }, () => {
      const handle = bound.clone();
      const worker = new Worker(__filename, {
        workerData: { handle }, transferList: [handle],
      });
      worker.once('message', () => {
        if (--starting === 0)
          load();
      });
      return worker;
    });

    function load() {
      let begun = 0;
      let ended = 0;
      bound.close();

      function connect() {
        if (begun === n)
          return;
        begun++;
        // The server closes first, so no client port ends up in TIME_WAIT.
        net.connect(port, '127.0.0.1').resume().on('close', () => {
          if (++ended === n) {
            bench.end(n);
            for (const worker of workers)
              worker.terminate();
            return;
          }
          connect();
        });
      }

      bench.start();
      for (let i = 0; i < 32; i++)
        connect();
    }
  }
} else {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.end('x');
  });
  server.listen(workerData.handle, () => parentPort.postMessage('listening'));
}
