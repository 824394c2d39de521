'use strict';

// A socket that adopted a handle has its local address. Options that specify a
// different one are rejected, and the socket can still be used without them.

const common = require('../common');
const tmpdir = require('../common/tmpdir');
const assert = require('assert');
const http = require('http');
const net = require('net');

const refused = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' };
const handles = () => new net.BoundSocket({ host: '127.0.0.1' });

const server = net.createServer();
server.listen(handles(), common.mustCall(() => {
  const { port } = server.address();
  const target = { host: '127.0.0.1', port };
  const handle = handles();
  const local = handle.address().port;
  const socket = new net.Socket({ handle });
  socket.on('error', common.mustNotCall());

  for (const options of [
    { localAddress: '127.0.0.1' },
    { localAddress: '127.0.0.2' },
    { localAddress: '::1' },
    { localPort: 0 },
    { localPort: local },
    { localPort: local, localAddress: '127.0.0.1' },
  ]) {
    assert.throws(() => socket.connect({ ...target, ...options }), refused);
    assert.strictEqual(socket.destroyed, false);

    // If net.connect() itself is called, the handle stays with its owner.
    const other = handles();
    assert.throws(
      () => net.connect({ ...target, ...options, handle: other }), refused);
    other.close();
  }

  // Null counts as missing.
  socket.connect({ ...target, localAddress: null, localPort: null });
  assert.strictEqual(socket.localPort, local);
  server.once('connection', common.mustCall((connection) => {
    assert.strictEqual(connection.remotePort, local);
    connection.end();
  }));
  socket.on('close', common.mustCall(() => {
    server.close();
  })).resume();
}));

// On Linux, any address of the loopback network can be the source.
if (common.isLinux) {
  const web = http.createServer(common.mustCall((request, response) => {
    response.end(request.socket.remoteAddress);
  }));
  web.listen(handles(), common.mustCall(() => {
    const handle = new net.BoundSocket({ host: '127.0.0.3' });
    const socket = net.connect({
      handle,
      host: '127.0.0.1',
      port: web.address().port,
    });
    assert.strictEqual(socket.localAddress, '127.0.0.3');
    socket.end('GET / HTTP/1.0\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => text += chunk);
    socket.on('end', common.mustCall(() => {
      assert.ok(text.endsWith('127.0.0.3'), text);
      web.close();
    }));
  }));
}

// A path is a local address, too. The socket stays with its owner.
{
  tmpdir.refresh();
  const handle = new net.BoundSocket({ path: common.PIPE });
  for (const local of [{ localAddress: '127.0.0.1' }, { localPort: 1 }]) {
    assert.throws(() => net.connect({ handle, path: `${common.PIPE}-other`, ...local }),
                  { code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.strictEqual(handle.address(), common.PIPE);
  handle.close();
}

// A destroyed socket is no longer bound.
{
  const server = net.createServer(common.mustCall((peer) => peer.destroy()));
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const socket = new net.Socket({ handle: handles() });
    socket.destroy();
    socket.once('close', common.mustCall(() => {
      socket.connect({
        host: '127.0.0.1', port: server.address().port, localAddress: '127.0.0.1',
      });
      socket.on('connect', common.mustCall());
      socket.once('close', common.mustCall(() => server.close()));
      socket.resume();
    }));
  }));
}
