'use strict';

// Run with the built binary. Three threads serve one port, and each of them is
// replaced by a new one while clients keep connecting. A thread that leaves
// closes its server and answers the clients that it has accepted; all others
// wait in the queue that the threads share. So no connection is refused or
// reset.

const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');
const { isMainThread, parentPort, threadId, Worker, workerData } = require('node:worker_threads');

const THREADS = 3;
const CLIENTS = 10;
const HOST = '127.0.0.1';

// Runs in a worker: serves until told to drain, and exits after the last
// answer.
function serve(port) {
  const server = net.createServer((connection) => {
    setTimeout(() => connection.end(`${threadId}`), 5);
  });
  const bound = new net.BoundHandle({ host: HOST, port, shared: true });
  server.listen(bound, () => parentPort.postMessage('listening'));
  parentPort.once('message', () => server.close());
}

async function start(port) {
  const worker = new Worker(__filename, { workerData: port });
  await once(worker, 'message');
  return worker;
}

async function drain(worker) {
  const exit = once(worker, 'exit');
  worker.postMessage('drain');
  await exit;
}

// Resolves to the number of the thread that answered, or to an error code.
function ask(port) {
  return new Promise((resolve) => {
    let answer = '';
    net.connect(port, HOST)
      .setEncoding('utf8')
      .on('data', (text) => { answer += text; })
      .on('error', (error) => { answer = error.code; })
      .on('close', () => resolve(answer));
  });
}

async function main() {
  // Chooses the port, and holds it in case no thread does.
  const keeper = new net.BoundHandle({ host: HOST, shared: true });
  const { port } = keeper.address();
  const workers = await Promise.all(Array.from({ length: THREADS }, () => start(port)));

  let stopped = false;
  const answers = new Map();
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!stopped) {
      const answer = await ask(port);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  });

  for (const old of workers.splice(0)) {
    await sleep(200);
    const { threadId } = old;
    workers.push(await start(port));
    await drain(old);
    console.log(`thread ${threadId} drained, thread ${workers.at(-1).threadId} in its place`);
  }
  await sleep(200);
  stopped = true;
  await Promise.all(clients);

  const failed = [...answers].filter(([answer]) => !/^\d+$/.test(answer)).reduce((sum, [, count]) => sum + count, 0);
  for (const [answer, count] of answers) console.log(`${answer || 'no answer'}: ${count} connections`);
  console.log(`refused or reset: ${failed}`);
  if (failed > 0) process.exitCode = 1;
  keeper.close();
  await Promise.all(workers.map(drain));
}

if (isMainThread) main();
else serve(workerData);
