'use strict';

// Run with the built binary, on Linux. Four threads serve one port, using both
// ways to share it: one queue that all of them accept from, and one queue per
// thread, among which the kernel distributes connections.

const { once } = require('node:events');
const net = require('node:net');
const { isMainThread, parentPort, threadId, Worker, workerData } = require('node:worker_threads');

const THREADS = 4;
const CONNECTIONS = 200;
const AT_ONCE = 20;

function serve(options) {
  const server = net.createServer((connection) => connection.end(`${threadId}`));
  server.listen(new net.BoundHandle(options), () => parentPort.postMessage('listening'));
  parentPort.once('message', () => server.close());
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

async function count(shared) {
  const host = '127.0.0.1';
  // Holds the port but never listens, so it does not get any connections.
  const keeper = new net.BoundHandle({ host, shared });
  const address = { host, port: keeper.address().port };

  const workers = Array.from({ length: THREADS }, () => new Worker(__filename, { workerData: { ...address, shared } }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  keeper.close();

  const counts = new Map(workers.map(({ threadId }) => [`${threadId}`, 0]));
  for (let sent = 0; sent < CONNECTIONS; sent += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(address)));
    for (const thread of answers) counts.set(thread, counts.get(thread) + 1);
  }
  console.log(`shared: ${shared}`);
  for (const [thread, served] of counts) console.log(`  thread ${thread}: ${served} connections`);
  await Promise.all(workers.map((worker) => {
    worker.postMessage('stop');
    return once(worker, 'exit');
  }));
}

async function main() {
  await count(true);
  await count('reuseport');
}

if (isMainThread) main();
else serve(workerData);
