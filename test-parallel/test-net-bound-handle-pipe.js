'use strict';

// Handles with a path, for servers and for clients that need a name.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

let number = 0;
const next = () => `${common.PIPE}${number++}`;
const there = (path) => common.isWindows || fs.existsSync(path);
function isGone(path) {
  if (!common.isWindows)
    assert.strictEqual(fs.existsSync(path), false);
}

// The constructor reserves the path; close() and dispose release it.
for (const method of ['close', Symbol.dispose ?? 'close']) {
  const path = next();
  isGone(path);
  const bound = new net.BoundSocket({ path });
  assert.strictEqual(bound.isPipe, true);
  assert.strictEqual(bound.address(), path);
  if (common.isWindows) {
    assert.strictEqual(bound.fd(), -1);
  } else {
    assert.ok(fs.fstatSync(bound.fd()).isSocket());
    assert.ok(fs.statSync(path).isSocket());
    assert.throws(() => new net.BoundSocket({ path }),
                  { code: 'EADDRINUSE', syscall: 'bind' });
  }
  bound[method]();
  isGone(path);
  assert.strictEqual(bound.isPipe, true);
  // It is free immediately.
  new net.BoundSocket({ path }).close();
  isGone(path);
}

// Only the entry that it created is removed.
if (!common.isWindows) {
  const kept = path.join(tmpdir.path, 'kept');
  fs.writeFileSync(kept, '');
  new net.BoundSocket({ path: path.join(tmpdir.path, 'kept2') }).close();
  assert.deepStrictEqual(fs.readdirSync(tmpdir.path), ['kept']);
  fs.unlinkSync(kept);
}

// Servers.
function serves(listen) {
  const path = next();
  const bound = new net.BoundSocket({ path });
  const server = net.createServer(common.mustCall((connection) => {
    connection.end('served');
    server.close(common.mustCall(() => isGone(path)));
  }));
  listen(server, bound, common.mustCall(() => {
    assert.strictEqual(server.address(), path);
    assert.ok(there(path));
    let text = '';
    net.connect(path)
      .on('data', (chunk) => text += chunk)
      .on('end', common.mustCall(() => assert.strictEqual(text, 'served')));
  }));
  assert.strictEqual(server.address(), path);
  assert.throws(() => bound.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
}

serves((server, bound, done) => server.listen(bound, done));
serves((server, bound, done) => server.listen(bound, 3, done));
serves((server, bound, done) => server.listen({ handle: bound, backlog: 3 },
                                              done));
serves((server, bound, done) => server.listen({
  handle: bound,
  path: '/nonexistent/path',
  port: 1,
}, done));

// Options that set the permissions of the entry are supported.
for (const [readableAll, writableAll] of [[false, false], [true, false],
                                          [false, true], [true, true]]) {
  serves((server, handle, done) =>
    server.listen({ handle, readableAll, writableAll }, done));
}

// A server that is closed in the same tick as listen().
{
  const path = next();
  const server = net.createServer();
  server.listen(new net.BoundSocket({ path }));
  assert.ok(there(path));
  server.close(common.mustCall(() => isGone(path)));
}

// Clients that connect from a path of their own.
if (!common.isWindows) {
  const target = next();
  const server = net.createServer();
  let left = 0;
  function done() {
    if (--left === 0)
      server.close();
  }
  server.on('connection', (connection) => connection.end('served'));
  server.listen(target, common.mustCall(() => {
    for (const connect of [
      (handle) => new net.Socket({ handle }).connect(target),
      (handle) => new net.Socket({ handle }).connect({ path: target }),
      (handle) => net.connect({ handle, path: target }),
      (handle) => net.createConnection({ handle, path: target }),
    ]) {
      left++;
      const path = next();
      const socket = connect(new net.BoundSocket({ path }));
      assert.strictEqual(socket.localAddress, path);
      let text = '';
      socket.on('data', (chunk) => text += chunk);
      socket.on('connect', common.mustCall(() => {
        assert.strictEqual(socket.localAddress, path);
        assert.ok(there(path));
      }));
      socket.on('close', common.mustCall(() => {
        assert.strictEqual(text, 'served');
        isGone(path);
        done();
      }));
    }

    // The path is known in advance, and is deleted along with the socket.
    {
      left++;
      const path = next();
      const socket = new net.Socket({ handle: new net.BoundSocket({ path }) });
      assert.strictEqual(socket.localAddress, path);
      assert.ok(there(path));
      socket.on('close', common.mustCall(() => {
        isGone(path);
        done();
      }));
      socket.destroy();
    }

    // Connecting to a port is not possible and throws.
    {
      left++;
      const path = next();
      const socket = new net.Socket({ handle: new net.BoundSocket({ path }) });
      const wrong = { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' };
      assert.throws(() => socket.connect({ port: 1 }), wrong);
      assert.throws(() => socket.connect(1, '127.0.0.1'), wrong);
      assert.strictEqual(socket.destroyed, false);
      // The socket can still be used afterwards.
      socket.connect(target, common.mustCall());
      socket.resume().on('close', common.mustCall(() => {
        isGone(path);
        done();
      }));
    }

    // Failures are reported later, and the entry is deleted along with the
    // socket.
    for (const [bad, code] of [[next(), 'ENOENT'], [__filename, 'ECONNREFUSED']]) {
      left++;
      const path = next();
      const handle = new net.BoundSocket({ path });
      const socket = net.connect({ handle, path: bad });
      socket.on('connect', common.mustNotCall());
      socket.on('error', common.mustCall((err) => {
        assert.strictEqual(err.code, code);
        assert.strictEqual(err.syscall, 'connect');
        assert.strictEqual(err.address, bad);
      }));
      socket.on('close', common.mustCall((hadError) => {
        assert.strictEqual(hadError, true);
        isGone(path);
        done();
      }));
    }
  }));
}
