// Flags: --expose-internals
'use strict';

// Threads share an address by naming it, and it is free once they have ended,
// in whatever way.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { once } = require('events');
const { internalBinding } = require('internal/test/binding');
const {
  MessageChannel, Worker, isMainThread, parentPort, receiveMessageOnPort, workerData,
} = require('worker_threads');

const { countGroups } = internalBinding('tcp_wrap').socketSharing;
const share = (options) =>
  new net.BoundSocket({ host: '127.0.0.1', shared: true, ...options });
const held = [];
const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;

if (!isMainThread) {
  const { port, shared, role } = workerData;
  const bound = share({ port, shared });
  if (role === 'server') {
    let served = 0;
    const server = net.createServer((connection) => {
      connection.end(`${++served}`);
    });
    server.listen(bound, () => parentPort.postMessage('up'));
    parentPort.once('message', () => {
      server.close();
      parentPort.postMessage(served);
      parentPort.close();
    });
  } else {
    // Hold these, including a clone, without ever closing them.
    held.push(bound, bound.clone(), share({ port }));
    parentPort.postMessage('up');
    if (role === 'exit')
      process.exit();
    if (role === 'throw')
      throw new Error('an end without notice');
    if (role === 'wait')
      setInterval(() => {}, 1000);
  }
  return;
}

async function start(data) {
  const worker = new Worker(__filename, { workerData: data, execArgv: ['--expose-internals'] });
  worker.on('error', () => {});
  // The exit may come along with the last message, before code awaiting the
  // message continues.
  worker.exited = new Promise((resolve) => worker.on('exit', resolve));
  // Do not use once(), which rejects if an error comes first.
  await new Promise((resolve) => worker.once('message', resolve));
  return worker;
}

function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1').resume();
    socket.on('error', reject).on('close', resolve);
  });
}

// The address is freed by the last thread to end.
async function endings() {
  for (const role of ['wait', 'exit', 'throw', 'drop']) {
    const first = share();
    const { port } = first.address();
    const worker = await start({ port, role });
    if (role === 'wait') {
      first.close();
      assert.strictEqual(countGroups(), 1);
      assert.throws(() => new net.BoundSocket({ host: '127.0.0.1', port, exclusive: true }),
                    { code: 'EADDRINUSE' });
      await worker.terminate();
    } else {
      await worker.exited;
      assert.strictEqual(countGroups(), 1);
      first.close();
    }
    assert.strictEqual(countGroups(), 0);
    new net.BoundSocket({ host: '127.0.0.1', port, exclusive: true }).close();
  }
}

// Every thread serves, one is restarted, and no connection is refused.
async function servers(shared) {
  const first = share({ shared });
  const { port } = first.address();
  const workers = await Promise.all([0, 1, 2].map(() => start({ port, shared, role: 'server' })));
  first.close();
  assert.strictEqual(countGroups(), 1);
  const stop = async (worker) => {
    worker.postMessage('stop');
    const [served] = await once(worker, 'message');
    await worker.exited;
    return served;
  };
  let served = 0;
  for (let round = 0; round < 5; round++) {
    const load = Array.from({ length: 40 }, () => connect(port));
    await Promise.all(load);
    if (shared === true) {
      const more = Array.from({ length: 40 }, () => connect(port));
      served += await stop(workers.shift());
      await Promise.all(more);
      served -= 40;
      workers.push(await start({ port, shared, role: 'server' }));
    }
  }
  for (const worker of workers)
    served += await stop(worker);
  assert.strictEqual(served, 200);
  assert.strictEqual(countGroups(), 0);
  await assert.rejects(connect(port), { code: 'ECONNREFUSED' });
}

// The share goes with a server or socket that adopted a shared one.
async function adopted() {
  const { port1, port2 } = new MessageChannel();
  const send = (sent, receive = () => receiveMessageOnPort(port2).message) => {
    // Older lines cannot transfer any servers and sockets.
    try {
      port1.postMessage(sent, [sent]);
    } catch (err) {
      assert.ok(err.code === 'ERR_INVALID_TRANSFER_OBJECT' || err.name === 'DataCloneError', err);
      return sent;
    }
    return receive();
  };
  const bound = share();
  const { port } = bound.address();
  let server = net.createServer((connection) => connection.end());
  server.listen(bound);
  await once(server, 'listening');
  server = send(server);
  assert.strictEqual(countGroups(), 1);
  if (!server.listenerCount('connection'))
    server.on('connection', (connection) => connection.end());
  const other = share();
  const { port: from } = other.address();
  const client = net.connect({ handle: other, host: '127.0.0.1', port });
  await once(client, 'connect');
  const received = send(client).resume();
  assert.strictEqual(countGroups(), 2);
  assert.strictEqual(received.localPort, from);
  await once(received, 'close');
  assert.strictEqual(countGroups(), 1);
  await connect(port);
  // What nobody receives leaves nothing.
  send(server, () => undefined)?.close();
  port2.close();
  port1.close();
  // A message may be freed a little later than its port.
  for (let tries = 0; tries < 1000 && countGroups() > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.strictEqual(countGroups(), 0);
}

// What has the address moves along with a server, so that others still share it.
async function moved() {
  const server = net.createServer().listen(share());
  await once(server, 'listening');
  const { address: host, port } = server.address();
  const other = structuredClone(server, { transfer: [server] });
  share({ host, port }).close();
  assert.throws(() => share({ host, port, shared: false, exclusive: true }), { code: 'EADDRINUSE' });
  await once(other.close(), 'close');
  assert.strictEqual(countGroups(), 0);
  share({ host, port, shared: false, exclusive: true }).close();
}

(async () => {
  await endings();
  await adopted();
  if (Object.getOwnPropertySymbols(net.Server.prototype)
    .some(({ description }) => description === 'messaging_transfer_symbol')) {
    await moved();
  }
  const before = count();
  await servers(true);
  if (common.isLinux)
    await servers('reuseport');
  assert.ok(count() <= before + 2, `${before} to ${count()}`);
})().then(common.mustCall());
