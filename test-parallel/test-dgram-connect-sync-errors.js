'use strict';

// connectSync() throws errors from the system instead of emitting 'error'. That
// nobody listens only becomes known later.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const notConnected = { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' };

const peer = dgram.createSocket('udp4');
const { port } = peer.bindSync({ address: '127.0.0.1' });
let open = 0;

function fails(socket, address) {
  assert.throws(() => socket.connectSync(port, address), (error) => {
    assert.ok(error instanceof Error);
    assert.strictEqual(error.code, 'EINVAL');
    assert.ok(error.errno < 0);
    assert.strictEqual(error.syscall, 'connect');
    assert.strictEqual(error.address, address);
    assert.strictEqual(error.port, port);
    assert.strictEqual(error.message, `connect EINVAL ${address}:${port}`);
    return true;
  });
  assert.throws(() => socket.remoteAddress(), notConnected);
  assert.throws(() => socket.disconnect(), notConnected);
}

function create() {
  const socket = dgram.createSocket('udp4');
  socket.on('error', common.mustNotCall());
  open++;
  socket.on('close', common.mustCall(() => {
    if (--open === 0)
      peer.close();
  }));
  return socket;
}

// Wrong family first, then the right one.
for (const address of ['::1', '::', '::ffff:127.0.0.1']) {
  // In the same tick.
  const socket = create();
  socket.on('listening', common.mustCall());
  socket.on('connect', common.mustCall(() => {
    assert.strictEqual(socket.remoteAddress().port, port);
    socket.close();
  }));
  fails(socket, address);
  fails(socket, address);
  socket.connectSync(port, '127.0.0.1');
  assert.deepStrictEqual(socket.remoteAddress(),
                         { address: '127.0.0.1', family: 'IPv4', port });
  assert.throws(() => socket.connectSync(port, address),
                { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });

  // In a later tick. The socket does not get connected in between.
  const later = create();
  later.on('connect', common.mustNotCall());
  fails(later, address);
  setImmediate(common.mustCall(() => {
    assert.throws(() => later.remoteAddress(), notConnected);
    later.removeAllListeners('connect');
    later.on('connect', common.mustCall(() => later.close()));
    later.connectSync(port, '127.0.0.1');
    assert.strictEqual(later.remoteAddress().port, port);
  }));

  // Using connect().
  const connect = create();
  fails(connect, address);
  connect.connect(port, '127.0.0.1', common.mustSucceed(() => {
    assert.strictEqual(connect.remoteAddress().port, port);
    connect.close();
  }));

  // A bound socket keeps its address.
  const bound = create();
  const own = bound.bindSync({ address: '127.0.0.1' });
  fails(bound, address);
  assert.deepStrictEqual(bound.address(), own);
  bound.connectSync(port, '127.0.0.1');
  assert.deepStrictEqual(bound.address(), own);
  bound.on('connect', common.mustCall(() => bound.close()));

  // Closed immediately.
  const closed = create();
  closed.on('listening', common.mustNotCall());
  closed.on('connect', common.mustNotCall());
  fails(closed, address);
  closed.close();
}

if (common.hasIPv6) {
  const socket = dgram.createSocket('udp6');
  assert.throws(() => socket.connectSync(port, '127.0.0.1'),
                { code: 'EINVAL', syscall: 'connect', address: '127.0.0.1',
                  port });
  assert.throws(() => socket.remoteAddress(), notConnected);
  socket.connectSync(port, '::1');
  assert.strictEqual(socket.remoteAddress().address, '::1');
  socket.close();
}

// The call cannot tell that nobody listens. The socket that has the port is
// connected to a different peer, so it does not receive the datagrams.
if (common.isLinux) {
  const silent = dgram.createSocket('udp4');
  const { port: nobody } = silent.bindSync({ address: '127.0.0.1' });
  silent.connectSync(port, '127.0.0.1');
  silent.on('message', common.mustNotCall());

  const socket = dgram.createSocket('udp4');
  assert.strictEqual(socket.connectSync(nobody, '127.0.0.1'), undefined);
  let timer;
  let reported = false;
  const isRefused = (error) => {
    assert.strictEqual(error.code, 'ECONNREFUSED');
    if (reported)
      return;
    reported = true;
    clearInterval(timer);
    // The socket is still connected.
    assert.strictEqual(socket.remoteAddress().port, nobody);
    setImmediate(() => {
      socket.close();
      silent.close();
    });
  };
  socket.on('error', isRefused);
  socket.on('connect', common.mustCall(() => {
    assert.strictEqual(reported, false);
    timer = setInterval(() => {
      socket.send('text', (error) => {
        if (error)
          isRefused(error);
      });
    }, 10);
  }));
  socket.on('close', common.mustCall(() => {
    assert.strictEqual(reported, true);
  }));
}
