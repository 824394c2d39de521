'use strict';

// A bound socket may be the first use of sockets in a thread.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { once } = require('events');
const { Worker } = require('worker_threads');

// Nothing loads net here before the bound socket arrives.
const program = `
  const { parentPort, workerData } = require('worker_threads');
  const tell = (bound) => {
    const { port } = bound.address();
    bound.close();
    parentPort.postMessage(port);
    parentPort.close();
  };
  if (workerData)
    tell(workerData);
  else
    parentPort.once('message', tell);
`;

const make = () => new net.BoundSocket({ host: '127.0.0.1', exclusive: true });

async function arrives(start) {
  const bound = make();
  const { port } = bound.address();
  const worker = start(bound);
  assert.throws(() => bound.fd(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  worker.on('messageerror', common.mustNotCall());
  // The exit may come along with the message, before code awaiting the message
  // continues.
  const exited = once(worker, 'exit');
  const [told] = await once(worker, 'message');
  assert.strictEqual(told, port);
  await exited;
  // The address is not in use anymore.
  new net.BoundSocket({ host: '127.0.0.1', port, exclusive: true }).close();
}

(async () => {
  await arrives((bound) => {
    const worker = new Worker(program, { eval: true });
    worker.postMessage(bound, [bound]);
    return worker;
  });
  await arrives((bound) => new Worker(program, {
    eval: true,
    workerData: bound,
    transferList: [bound],
  }));
})().then(common.mustCall());
