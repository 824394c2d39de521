'use strict';

// Destroying a socket immediately makes the calls fail, regardless of its
// previous state. A socket that reconnects has options again.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_ERROR, TCP_NODELAY } = net.constants;

function closed(socket) {
  assert.throws(() => socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1),
                { code: 'ERR_SOCKET_CLOSED', name: 'Error' });
  assert.throws(() => socket.getsockopt(IPPROTO_TCP, TCP_NODELAY),
                { code: 'ERR_SOCKET_CLOSED', name: 'Error' });
  assert.throws(() => socket.getsockopt(IPPROTO_TCP, TCP_NODELAY, 4),
                { code: 'ERR_SOCKET_CLOSED', name: 'Error' });
}

const server = net.createServer((connection) => connection.resume());
server.listen(0, '127.0.0.1', common.mustCall(() => {
  const { port } = server.address();

  // Before the connection is established.
  const early = net.connect(port, '127.0.0.1', common.mustNotCall());
  early.destroy();
  closed(early);
  early.on('close', common.mustCall(() => closed(early)));

  // During the lookup.
  const lookup = new net.Socket();
  lookup.connect({
    port,
    host: 'name.invalid',
    lookup: common.mustCall((host, options, callback) => {
      lookup.destroy();
      closed(lookup);
      setImmediate(common.mustCall(() => closed(lookup)));
    }),
  });

  // With an error.
  const failing = net.connect(port, '127.0.0.1', common.mustCall(() => {
    failing.destroy(new Error('mine'));
    closed(failing);
  }));
  failing.on('error', common.mustCall((err) => {
    assert.strictEqual(err.message, 'mine');
    closed(failing);
  }));

  const socket = net.connect(port, '127.0.0.1');
  socket.once('connect', common.mustCall(() => {
    // There is no error, and reading the option does not change that.
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_ERROR), 0);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_ERROR), 0);
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    assert.notStrictEqual(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    socket.destroy();
    closed(socket);
  }));
  socket.once('close', common.mustCall(() => {
    closed(socket);
    socket.connect(port, '127.0.0.1', common.mustCall(() => {
      // This is a new system socket, on which the option is not set.
      assert.strictEqual(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
      socket.destroy();
      closed(socket);
      server.close();
    }));
    assert.throws(() => socket.getsockopt(IPPROTO_TCP, TCP_NODELAY),
                  { code: 'ERR_INVALID_STATE' });
  }));

  // A failed attempt. Nothing listens on a port that is only bound.
  const reserved = new net.BoundSocket({ host: '127.0.0.1' });
  const refused = net.connect(reserved.address().port, '127.0.0.1',
                              common.mustNotCall());
  refused.on('error', common.mustCall(() => closed(refused)));
  refused.on('close', common.mustCall(() => {
    closed(refused);
    reserved.close();
  }));
}));
