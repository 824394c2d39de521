'use strict';

// A BoundHandle refuses invalid use early, with all helpful details in the
// error, and keeps its socket.

const common = require('../common');
const tmpdir = require('../common/tmpdir');
const assert = require('assert');
const net = require('net');
const path = require('path');

const host = '127.0.0.1';
const isOwner = (bound) => assert.strictEqual(typeof bound.fd(), 'number');

tmpdir.refresh();

assert.throws(() => new net.BoundHandle({ path: '' }), {
  code: 'ERR_INVALID_ARG_VALUE',
  message: /options\.path/,
});

// The error contains the path, just like it would contain an address.
{
  const missing = common.isWindows ?
    'no pipe' : path.join(tmpdir.path, 'missing', 'socket');
  assert.throws(() => new net.BoundHandle({ path: missing }),
                { code: 'EACCES', syscall: 'bind', address: missing });
}

// The object returned by address() belongs to the caller.
{
  const bound = new net.BoundHandle({ host });
  const address = bound.address();
  const { port } = address;
  address.port = 1;
  assert.strictEqual(bound.address().port, port);
  bound.close();
}

// A TCP socket cannot connect to a path.
{
  const socket = new net.Socket({ handle: new net.BoundHandle({ host }) });
  assert.throws(() => socket.connect({ path: common.PIPE }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /options\.path/,
  });
  assert.strictEqual(socket.connecting, false);
  socket.destroy();
}

// A pipe cannot connect to an empty path.
{
  const socket = new net.Socket({
    handle: new net.BoundHandle({ path: common.PIPE }),
  });
  assert.throws(() => socket.connect({ path: '' }),
                { code: 'ERR_INVALID_ARG_VALUE' });
  socket.destroy();
}

// Ownership is transferred once nothing can fail anymore.
{
  const bound = new net.BoundHandle({ host });
  const server = net.createServer();
  const broken = new Error('no buffer');
  assert.throws(() => new net.Socket({
    handle: bound,
    onread: { buffer() { throw broken; }, callback() {} },
  }), broken);
  isOwner(bound);
  for (const refused of [{ highWaterMark: 'high' }, { signal: 1 }]) {
    assert.throws(() => new net.Socket({ handle: bound, ...refused }), { code: /^ERR_/ });
    isOwner(bound);
  }

  // The handle still works afterwards.
  server.listen({ handle: bound, backlog: '1' }, common.mustCall(() => {
    const client = net.connect(server.address().port, host);
    client.on('connect', common.mustCall(() => client.destroy()));
  }));
  server.on('connection', common.mustCall((peer) => {
    peer.destroy();
    server.close();
  }));
}

// Names are resolved to the family of the socket, unless another is requested.
{
  const families = [];
  const lookup = (name, options, callback) => {
    families.push(options.family);
    assert.notStrictEqual(options.all, true);
    callback(new Error('unknown'));
  };
  const hosts = common.hasIPv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  let left = hosts.length;
  for (const local of hosts) {
    const handle = new net.BoundHandle({ host: local });
    const client = net.connect({ handle, host: 'name.invalid', port: 1, lookup });
    client.on('error', common.mustCall(() => {
      if (--left === 0)
        assert.deepStrictEqual(families, [4, 6].slice(0, hosts.length));
    }));
  }
}

// A destroyed socket is no longer bound.
{
  const server = net.createServer(common.mustCall((peer) => peer.destroy()));
  server.listen(0, host, common.mustCall(() => {
    const socket = new net.Socket({ handle: new net.BoundHandle({ host }) });
    socket.destroy();
    socket.once('close', common.mustCall(() => {
      socket.connect({ host, port: server.address().port, localAddress: host });
      socket.on('connect', common.mustCall());
      socket.once('close', common.mustCall(() => server.close()));
      socket.resume();
    }));
  }));
}
