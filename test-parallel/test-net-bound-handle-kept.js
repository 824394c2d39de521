'use strict';

// A bound socket stays with its owner if connect() throws.

const common = require('../common');
const tmpdir = require('../common/tmpdir');
const assert = require('assert');
const net = require('net');
const path = require('path');

tmpdir.refresh();

const host = '127.0.0.1';
const bind = () => new net.BoundSocket({ host });

// It can still become a server.
function isKept(handle, options) {
  const local = handle.address();
  assert.throws(() => net.connect({ handle, host, ...options }), { code: /^ERR_/ });
  assert.deepStrictEqual(handle.address(), local);
  if (!options.timeout) {
    const socket = new net.Socket();
    assert.throws(() => socket.connect({ handle, host, ...options }), { code: /^ERR_/ });
    assert.strictEqual(socket.connecting, false);
    assert.deepStrictEqual(handle.address(), local);
  }
  const listener = net.createServer(common.mustCall((peer) => {
    peer.end('hello');
    listener.close();
  }));
  listener.listen(handle, common.mustCall(() => {
    const to = listener.address();
    assert.deepStrictEqual(to, local);
    net.connect(typeof to === 'string' ? { path: to } : to, host)
      .on('data', common.mustCall());
  }));
}
for (const options of [{ port: -1 }, { port: 1, localPort: 1 }, {},
                       { path: 'socket' }, { port: 1, timeout: 'soon' },
                       { port: 1, host: 'name', lookup: 'a string' },
                       { port: 1, host: 'name', hints: 1 << 30 }]) {
  isKept(bind(), options);
}
// Or a client.
{
  const handle = bind();
  const broken = new Error('lookup');
  const lookup = () => { throw broken; };
  assert.throws(() => net.connect({ handle, host: 'name', port: 1, lookup }), broken);
  const connection = net.createServer().listen(0, host, common.mustCall(() => {
    const { port } = connection.address();
    const local = handle.address().port;
    const socket = net.connect({ handle, host, port }, common.mustCall(() => {
      assert.strictEqual(socket.localPort, local);
      socket.destroy();
      connection.close();
    }));
  }));
}
// The socket that did not adopt it can connect in other ways.
if (!common.isWindows) {
  const server = net.createServer(common.mustCall((peer) => peer.end()));
  server.listen(0, host, common.mustCall(() => {
    const handle = new net.BoundSocket({ path: path.join(tmpdir.path, 'refused') });
    const socket = new net.Socket();
    assert.throws(() => socket.connect({ handle, path: '' }), { code: /^ERR_/ });
    handle.close();
    socket.connect({ localAddress: host, host, port: server.address().port });
    socket.on('connect', common.mustCall(() => {
      assert.strictEqual(socket.localAddress, host);
    }));
    socket.resume().on('close', common.mustCall(() => server.close()));
  }));
}
if (!common.isWindows) {
  isKept(new net.BoundSocket({ path: path.join(tmpdir.path, 'source') }), { port: 1 });
  isKept(new net.BoundSocket({ path: path.join(tmpdir.path, 'other') }), { path: '', port: 1 });
}

// A getter among the options can destroy the socket, which does not connect then.
{
  const socket = new net.Socket({ handle: bind() });
  socket.on('connect', common.mustNotCall());
  socket.on('close', common.mustCall());
  socket.connect({
    host,
    port: 1,
    get autoSelectFamily() {
      socket.destroy();
      return true;
    },
  });
}
