'use strict';

// Uses options in a worker thread, with a value in shared memory.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { Worker, isMainThread, parentPort, workerData } =
  require('worker_threads');

const { SOL_SOCKET, SO_KEEPALIVE, SO_LINGER } = net.constants;

if (isMainThread) {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(__filename, { workerData: shared });
  worker.on('message', common.mustCall((constants) => {
    assert.deepStrictEqual(constants, { ...net.constants });
    // When a worker exits, its open sockets are closed.
    worker.postMessage('end');
  }));
  worker.on('exit', common.mustCall((code) => assert.strictEqual(code, 7)));
  return;
}

const shared = workerData;
const bound = new net.BoundSocket({ host: '127.0.0.1' });
const get = () => bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE);
Atomics.store(shared, 0, 1);
bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, shared);
assert.notStrictEqual(get(), 0);
Atomics.store(shared, 0, 0);
bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, shared);
assert.strictEqual(get(), 0);
assert.throws(() => bound.setsockopt(SOL_SOCKET, 0x7ffe, 1),
              { code: 'ENOPROTOOPT' });
assert.throws(() => bound.getsockopt(SOL_SOCKET, SO_LINGER),
              { code: 'ERR_INVALID_ARG_VALUE' });
assert.ok(Object.isFrozen(net.constants));

const server = net.createServer(common.mustCall((connection) => {
  connection.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);
  assert.notStrictEqual(connection.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  parentPort.once('message', common.mustCall(() => process.exit(7)));
  parentPort.postMessage({ ...net.constants });
}));
server.listen(bound, common.mustCall(() => {
  net.connect(server.address().port, '127.0.0.1').resume();
}));
