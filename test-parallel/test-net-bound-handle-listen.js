// Flags: --expose-internals
'use strict';

// listen() heeds the options beside a bound socket, and a bound socket that it
// refuses stays with its owner.

const common = require('../common');
const tmpdir = require('../common/tmpdir');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { internalBinding } = require('internal/test/binding');
const { TCP } = internalBinding('tcp_wrap');

const host = '127.0.0.1';
const isOwner = (bound) => assert.strictEqual(typeof bound.fd(), 'number');

tmpdir.refresh();

// The length of the queue, in each of the ways to say it.
{
  const { listen } = TCP.prototype;
  const seen = [];
  TCP.prototype.listen = function(backlog) {
    seen.push(backlog);
    return Reflect.apply(listen, this, [backlog]);
  };
  for (const args of [[{ backlog: 7 }], [{ backlog: '8' }], [{}, 9], [{ backlog: 10 }, 1], [{}]]) {
    args[0].handle = new net.BoundSocket({ host });
    const server = net.createServer();
    server.listen(...args, common.mustCall(() => server.close()));
  }
  TCP.prototype.listen = listen;
  assert.deepStrictEqual(seen, [7, 8, 9, 10, 511]);
}

// Ownership is transferred once nothing can fail anymore.
{
  const bound = new net.BoundSocket({ host });
  const server = net.createServer();
  assert.throws(() => server.listen({ handle: bound, signal: 'no signal' }),
                { code: 'ERR_INVALID_ARG_TYPE' });
  isOwner(bound);
  assert.throws(() => server.listen({ handle: bound, backlog: Symbol('one') }),
                TypeError);
  isOwner(bound);
  assert.strictEqual(server.listening, false);
  server.listen(bound, common.mustCall(() => server.close()));
}

// A signal closes the server that adopted the handle.
for (const abort of ['before', 'during', 'after', 'never']) {
  const controller = new AbortController();
  const server = net.createServer();
  const bound = new net.BoundSocket({ host });
  const { port } = bound.address();
  server.on('error', common.mustNotCall());
  server.once('close', common.mustCall(() => setImmediate(() => {
    assert.strictEqual(server.listening, false);
    new net.BoundSocket({ host, port }).close();
  })));
  if (abort === 'before')
    controller.abort();
  server.listen({ handle: bound, signal: controller.signal, backlog: 2 });
  assert.throws(() => bound.close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  if (abort === 'during')
    controller.abort();
  setImmediate(common.mustCall(() => {
    if (abort === 'after')
      controller.abort();
    else if (abort === 'never')
      server.close();
  }));
}

// The error of listen() tells the loser which address it could not get.
for (const local of common.hasIPv6 ? [host, '::1'] : [host]) {
  if (common.isWindows)
    break;
  const first = new net.BoundSocket({ host: local });
  const { port } = first.address();
  const second = new net.BoundSocket({ host: local, port });
  const winner = net.createServer().listen(first, common.mustCall(() => {
    const loser = net.createServer().listen(second);
    loser.on('error', common.mustCall((error) => {
      assert.strictEqual(error.code, 'EADDRINUSE');
      assert.strictEqual(error.syscall, 'listen');
      assert.strictEqual(error.address, local);
      assert.strictEqual(error.port, port);
      assert.strictEqual(loser.listening, false);
      winner.close();
    }));
  }));
}

// The mode of a pipe.
if (!common.isWindows) {
  const file = path.join(tmpdir.path, 'mode');
  const bound = new net.BoundSocket({ path: file });
  const server = net.createServer();
  server.listen({ handle: bound, readableAll: true, writableAll: true },
                common.mustCall(() => {
                  assert.strictEqual(fs.statSync(file).mode & 0o066, 0o066);
                  assert.strictEqual(server.address(), file);
                  server.close();
                }));
}
if (common.isLinux) {
  const bound = new net.BoundSocket({ path: `\0listen-${process.pid}` });
  assert.throws(
    () => net.createServer().listen({ handle: bound, readableAll: true }),
    { code: 'ERR_INVALID_ARG_VALUE' });
  isOwner(bound);
  bound.close();
}
