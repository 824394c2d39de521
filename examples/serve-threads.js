'use strict';

// Run with the built binary, on Linux. One port is served by four threads: each
// has a socket of its own on it, and the kernel spreads connections over them.

const net = require('node:net');
const { isMainThread, parentPort, threadId, Worker, workerData } = require('node:worker_threads');

const THREADS = 4;
const CONNECTIONS = 200;

function serve({ host, port }) {
  const server = net.createServer((connection) => connection.end(`${threadId}`));
  server.listen(new net.BoundHandle({ host, port, reusePort: true }), () => parentPort.postMessage('listening'));
  parentPort.on('message', () => {
    server.close();
    parentPort.close();
  });
}

// Resolves to the number of the thread that answered.
function ask(address) {
  return new Promise((resolve, reject) => {
    let answer = '';
    net.connect(address)
      .setEncoding('utf8')
      .on('data', (text) => { answer += text; })
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}

async function main() {
  const host = '127.0.0.1';
  // Holds the port and never listens, so it is given no connections.
  const keeper = new net.BoundHandle({ host, reusePort: true });
  const address = { host, port: keeper.address().port };

  const workers = Array.from({ length: THREADS }, () => new Worker(__filename, { workerData: address }));
  await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  })));
  keeper.close();

  const counts = new Map();
  for (let sent = 0; sent < CONNECTIONS; sent++) {
    const thread = await ask(address);
    counts.set(thread, (counts.get(thread) ?? 0) + 1);
  }
  for (const thread of [...counts.keys()].sort()) console.log(`thread ${thread}: ${counts.get(thread)} connections`);
  for (const worker of workers) worker.postMessage('stop');
}

if (isMainThread) main();
else serve(workerData);
