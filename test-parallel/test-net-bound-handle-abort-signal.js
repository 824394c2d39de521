'use strict';

// An AbortSignal destroys a socket that adopted a handle, before, while and
// after it connects, and its resources are released.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const make = () => new net.BoundSocket({ host: '127.0.0.1' });
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
    other.listen(new net.BoundSocket({ host: '127.0.0.1', port }),
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

// If the signal is aborted already, no connection is made, whether there is a
// handle or not.
{
  const listeners = [net.createServer(common.mustNotCall()),
                     net.createServer(common.mustNotCall())];
  listeners[0].listen(0, '127.0.0.1');
  listeners[1].listen(common.PIPE);
  listeners[1].on('listening', common.mustCall(() => {
    const to = { host: '127.0.0.1', port: listeners[0].address().port };
    const signal = AbortSignal.abort();
    const handle = make();
    const local = handle.address().port;
    const sockets = [
      net.connect({ ...to, signal }),
      net.connect({ ...to, signal, host: 'localhost' }),
      net.connect({ path: common.PIPE, signal }),
      net.connect({ ...to, signal, handle }),
      new net.Socket({ signal }).connect(to),
      new net.Socket({ signal, handle: make() }).connect(to),
    ];
    if (common.hasCrypto) {
      const tls = require('tls');
      sockets.push(tls.connect({ ...to, signal, servername: 'name' }),
                   tls.connect({ ...to, signal, handle: make() }));
    }
    assert.throws(() => handle.close(), gone);
    let open = sockets.length;
    for (const socket of sockets) {
      socket.on('connect', common.mustNotCall());
      socket.on('error', common.mustCall((err) => {
        assert.strictEqual(err.name, 'AbortError');
      }));
      socket.on('close', common.mustCall(() => {
        if (--open > 0)
          return;
        // All addresses are free again.
        setImmediate(() => new net.BoundSocket({ host: '127.0.0.1', port: local }).close());
        setTimeout(() => listeners.forEach((listener) => listener.close()), 50);
      }));
    }
  }));
}

// The path of a socket that was aborted.
if (!common.isWindows) {
  const path = `${common.PIPE}-aborted`;
  const controller = new AbortController();
  const handle = new net.BoundSocket({ path });
  const socket = new net.Socket({ handle, signal: controller.signal });
  assert.ok(fs.existsSync(path));
  socket.on('error', common.mustCall((err) => {
    assert.strictEqual(err.name, 'AbortError');
  }));
  socket.on('close', common.mustCall(() => {
    assert.strictEqual(fs.existsSync(path), false);
  }));
  controller.abort();
}
