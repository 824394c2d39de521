'use strict';

// Uses handles in a worker thread, which closes them when it exits.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const { Worker, isMainThread, parentPort, workerData } =
  require('worker_threads');

const make = () => new net.BoundSocket({ host: '127.0.0.1' });

if (!isMainThread) {
  if (workerData.hold)
    hold();
  else
    work();
  return;
}

// Does everything that the main thread can do.
function work() {
  const bound = make();
  const { port } = bound.address();
  const server = net.createServer(common.mustCall((connection) => {
    connection.end(`${connection.remotePort}`);
    server.close();
  }));
  server.listen(bound, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    assert.throws(() => bound.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    assert.throws(() => new net.BoundSocket({ host: '127.0.0.1', port }),
                  { code: 'EADDRINUSE' });
    const handle = make();
    const local = handle.address().port;
    const socket = net.connect({ handle, port, host: '127.0.0.1' });
    assert.strictEqual(socket.localPort, local);
    let text = '';
    socket.on('data', (chunk) => text += chunk);
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(text, `${local}`);
      parentPort.postMessage('worked');
    }));
  }));
}

// Keeps handles in every state, and exits abruptly.
function hold() {
  const ports = [];
  const paths = [];
  const fds = [];
  function held(bound) {
    if (bound.isPipe)
      paths.push(bound.address());
    else
      ports.push(bound.address().port);
    fds.push(bound.fd());
    return bound;
  }
  const pipe = (n) =>
    new net.BoundSocket({ path: `${workerData.path}${n}` });

  const kept = [held(make())];
  const server = net.createServer().listen(held(make()));
  kept.push(server, http.createServer().listen(held(make())));
  kept.push(new net.Socket({ handle: held(make()) }));
  kept.push(net.connect({
    handle: held(make()),
    host: '127.0.0.1',
    port: server.address().port,
  }));
  if (!common.isWindows) {
    kept.push(held(pipe(0)));
    kept.push(net.createServer().listen(held(pipe(1))));
    kept.push(new net.Socket({ handle: held(pipe(2)) }));
  }
  process.kept = kept;
  net.createServer().listen(make(), () => {
    parentPort.postMessage({ ports, paths });
    if (workerData.how === 'exit')
      process.exit(0);
    if (workerData.how === 'throw')
      throw new Error('mine');
  });
}

{
  const worker = new Worker(__filename, { workerData: {} });
  worker.on('message', common.mustCall((message) => {
    assert.strictEqual(message, 'worked');
  }));
  worker.on('exit', common.mustCall((code) => {
    assert.strictEqual(code, 0);
    next(['terminate', 'exit', 'throw', 'terminate']);
  }));
}

const tmpdir = require('../common/tmpdir');
tmpdir.refresh();
const count = () =>
  common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
// The first socket may open descriptors that stay open.
make().close();
let before;

function next([how, ...rest]) {
  if (how === undefined)
    return;
  for (const n of [0, 1, 2])
    fs.rmSync(`${common.PIPE}${n}`, { force: true });
  before ??= count();
  const worker = new Worker(__filename, {
    workerData: { hold: true, how, path: common.PIPE },
  });
  let ports;
  worker.on('message', common.mustCall((message) => {
    ports = message.ports;
    assert.strictEqual(ports.length, 5);
    if (how === 'terminate')
      worker.terminate();
  }));
  if (how === 'throw') {
    worker.on('error', common.mustCall((err) => {
      assert.strictEqual(err.message, 'mine');
    }));
  } else {
    worker.on('error', common.mustNotCall());
  }
  worker.on('exit', common.mustCall(() => setImmediate(() => {
    assert.strictEqual(count(), before, how);
    // No server is listening anymore.
    new net.BoundSocket({ host: '127.0.0.1', port: ports[1] }).close();
    next(rest);
  })));
}
