'use strict';

// Uses bindSync() in a worker thread, whose exit closes its sockets.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const { once } = require('events');
const { Worker, isMainThread, parentPort, workerData } =
  require('worker_threads');

if (!isMainThread) {
  const taken = workerData;
  const failed = dgram.createSocket('udp4');
  assert.throws(() => failed.bindSync(taken), { code: 'EADDRINUSE' });

  const socket = dgram.createSocket('udp4');
  const address = socket.bindSync({ address: '127.0.0.1' });
  assert.deepStrictEqual(socket.address(), address);
  const connected = dgram.createSocket('udp4');
  connected.connectSync(taken.port, taken.address);
  assert.deepStrictEqual(connected.remoteAddress(), taken);
  const order = [];
  socket.on('listening', common.mustCall(() => order.push('listening')));
  connected.on('connect', common.mustCall(() => {
    assert.deepStrictEqual(order, ['listening']);
    connected.send('from the worker');
    parentPort.postMessage([address, connected.address()]);
  }));
  // Exit with everything open, including a socket that was just bound.
  parentPort.on('message', () => {
    dgram.createSocket('udp4').bindSync({ address: '127.0.0.1' });
    process.exit(7);
  });
  return;
}

const open = dgram.createSocket('udp4');
const taken = open.bindSync({ address: '127.0.0.1' });

async function run(end, code) {
  const worker = new Worker(__filename, { workerData: taken });
  worker.on('error', common.mustNotCall());
  const [[[address, from]], [message, rinfo]] = await Promise.all([
    once(worker, 'message'),
    once(open, 'message'),
  ]);
  assert.strictEqual(message.toString(), 'from the worker');
  assert.strictEqual(rinfo.port, from.port);

  const socket = dgram.createSocket('udp4');
  assert.throws(() => socket.bindSync(address), { code: 'EADDRINUSE' });
  assert.throws(() => socket.bindSync(from), { code: 'EADDRINUSE' });
  const exited = once(worker, 'exit');
  end(worker);
  assert.deepStrictEqual(await exited, [code]);
  // The port is free.
  assert.deepStrictEqual(socket.bindSync(address), address);
  socket.close();
  assert.deepStrictEqual(open.address(), taken);
}

async function main() {
  await run((worker) => worker.terminate(), 1);
  await run((worker) => worker.postMessage('exit'), 7);
  open.close();
}

main().then(common.mustCall());
