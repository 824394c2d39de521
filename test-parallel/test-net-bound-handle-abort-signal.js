'use strict';

// An AbortSignal destroys a socket that adopted a handle, before, while and
// after it connects, and its resources are released.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const make = () => new net.BoundHandle({ host: '127.0.0.1' });
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };

let left = 0;
const server = net.createServer((connection) => {
  connection.on('error', () => {}).resume();
});

// Expects 'error' with an AbortError, 'close', and a free port.
function aborts(socket, port) {
  left++;
  socket.on('error', common.mustCall((err) => {
    assert.strictEqual(err.name, 'AbortError');
    assert.strictEqual(err.code, 'ABORT_ERR');
  }));
  socket.on('close', common.mustCall(() => setImmediate(() => {
    const other = net.createServer();
    other.listen(new net.BoundHandle({ host: '127.0.0.1', port }),
                 common.mustCall(() => other.close()));
    if (--left === 0)
      server.close();
  })));
}

server.listen(make(), common.mustCall(() => {
  const { port } = server.address();
  const target = { port, host: '127.0.0.1' };

  // If the signal is aborted already, the handle is adopted nevertheless.
  {
    const handle = make();
    const local = handle.address().port;
    const socket = new net.Socket({ handle, signal: AbortSignal.abort() });
    aborts(socket, local);
    assert.throws(() => handle.close(), gone);
  }
  // Between adopting the handle and connecting.
  {
    const controller = new AbortController();
    const handle = make();
    const local = handle.address().port;
    const socket = new net.Socket({ handle, signal: controller.signal });
    aborts(socket, local);
    socket.on('connect', common.mustNotCall());
    controller.abort();
  }
  // While connecting.
  {
    const controller = new AbortController();
    const { signal } = controller;
    const handle = make();
    const local = handle.address().port;
    const socket = net.connect({ handle, signal, ...target });
    aborts(socket, local);
    socket.on('connect', common.mustNotCall());
    controller.abort();
    assert.strictEqual(socket.destroyed, true);
  }
  // A signal that is aborted after the socket was closed has no effect.
  {
    left++;
    const controller = new AbortController();
    const { signal } = controller;
    const socket = net.connect({ handle: make(), signal, ...target });
    socket.on('error', common.mustNotCall());
    socket.on('connect', common.mustCall(() => socket.destroy()));
    socket.on('close', common.mustCall(() => {
      controller.abort();
      if (--left === 0)
        server.close();
    }));
  }
}));

// The path of a socket that was aborted.
if (!common.isWindows) {
  const controller = new AbortController();
  const handle = new net.BoundHandle({ path: common.PIPE });
  const socket = new net.Socket({ handle, signal: controller.signal });
  assert.ok(fs.existsSync(common.PIPE));
  socket.on('error', common.mustCall((err) => {
    assert.strictEqual(err.name, 'AbortError');
  }));
  socket.on('close', common.mustCall(() => {
    assert.strictEqual(fs.existsSync(common.PIPE), false);
  }));
  controller.abort();
}

// A signal can be passed to listen(), and a server is closed at most once.
for (const abort of ['before', 'during', 'after']) {
  const controller = new AbortController();
  const other = net.createServer();
  const handle = make();
  const { port } = handle.address();
  other.on('error', common.mustNotCall());
  other.once('close', common.mustCall(() => setImmediate(() => {
    assert.strictEqual(other.listening, false);
    new net.BoundHandle({ host: '127.0.0.1', port }).close();
  })));
  if (abort === 'before')
    controller.abort();
  other.listen({ handle, signal: controller.signal, backlog: 2 });
  assert.throws(() => handle.close(), gone);
  if (abort === 'during')
    controller.abort();
  setImmediate(common.mustCall(() => {
    if (abort === 'after')
      controller.abort();
    other.close();
  }));
}
