'use strict';

// Answers each connection with one byte, in threads or in the workers of a cluster. Run
// with an IPC channel. The arguments are the way in which they share the port, and their
// number. Sends the port when all of them listen. Whenever asked, it sends the number of
// connections that each has had since the last time, and the CPU time of all of them in
// seconds.

const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

const [way, count] = process.argv.slice(2);
const host = '127.0.0.1';

// How each way listens. The first thread gets port 0 and the others the port that it was
// assigned; a cluster handles that itself.
const listen = {
  'plain': (server, port) => server.listen(port, host),
  'shared': (server, port) => server.listen(new net.BoundHandle({ host, port, shared: true })),
  'reuseport': (server, port) => server.listen(new net.BoundHandle({ host, port, shared: 'reuseport' })),
  'option': (server, port) => server.listen({ host, port, reusePort: true }),
  'bound': (server, port) => server.listen(new net.BoundHandle({ host, port, reusePort: true })),
};

// The CPU time in seconds of this process, with all its threads, since the last call.
let before = process.cpuUsage();
function computed() {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  return (user + system) / 1e6;
}

async function serve(start, port, inbox, tell) {
  let served = 0;
  const server = net.createServer((connection) => {
    served++;
    connection.write('.');
    connection.destroySoon();
  });
  await once(start(server, port), 'listening');
  inbox.on('message', () => {
    tell({ served, computed: isMainThread ? computed() : 0 });
    served = 0;
  });
  tell(server.address().port);
}

async function threads() {
  const members = [];
  let port = 0;
  for (let i = 0; i < count; i++) {
    const worker = new Worker(__filename, { argv: [way], workerData: port });
    [port] = await once(worker, 'message');
    members.push({ worker, ask: () => worker.postMessage('served') });
  }
  return { members, port };
}

async function workers() {
  cluster.schedulingPolicy = way === 'round-robin' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  const members = [];
  let port;
  for (let i = 0; i < count; i++) {
    const worker = cluster.fork();
    [port] = await once(worker, 'message');
    members.push({ worker, ask: () => worker.send('served') });
  }
  return { members, port };
}

async function main() {
  const { members, port } = await (way in listen ? threads() : workers());
  process.on('message', async () => {
    const answers = await Promise.all(members.map(async ({ worker, ask }) => {
      ask();
      return (await once(worker, 'message'))[0];
    }));
    process.send({
      served: answers.map(({ served }) => served),
      computed: answers.reduce((sum, answer) => sum + answer.computed, computed()),
    });
  });
  // The threads and the cluster's workers exit with this process.
  process.on('disconnect', () => process.exit());
  process.send(port);
}

if (!isMainThread) serve(listen[way], workerData, parentPort, (message) => parentPort.postMessage(message));
else if (cluster.isWorker) serve(listen.plain, 0, process, (message) => process.send(message));
else main();
