'use strict';

// A server with socketOptions that cannot bind reports it as any other server
// does, and keeps nothing open.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { once } = require('events');
const { tracingChannel } = require('diagnostics_channel');

const { SOL_SOCKET, SO_RCVBUF, SO_REUSEADDR } = net.constants;

const host = '127.0.0.1';
const socketOptions = [[SOL_SOCKET, SO_RCVBUF, 20_000]];
const bad = [[SOL_SOCKET, 9999, 1]];
const count = () => common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;

const published = [];
tracingChannel('net.server.listen').subscribe({
  error: ({ server, error }) => published.push([server, error]),
});

async function fails(options) {
  const before = count();
  const server = net.createServer();
  server.listen(options, common.mustNotCall());
  const [error] = await once(server, 'error');
  assert.deepStrictEqual(published.splice(0), [[server, error]]);
  assert.strictEqual(server.listening, false);
  assert.strictEqual(server._handle, null);
  // The socket is closed at once.
  await new Promise((resolve) => setImmediate(resolve));
  assert.strictEqual(count(), before);
  return error;
}

async function main() {
  const holder = net.createServer();
  await once(holder.listen(0, host), 'listening');
  const { port } = holder.address();

  // The same error as without options.
  const plain = await fails({ port, host });
  for (let i = 0; i < 3; i++) {
    const { message, code, syscall, address } = await fails({ port, host, socketOptions });
    assert.deepStrictEqual({ message, code, syscall, address, port },
                           { message: plain.message, code: 'EADDRINUSE', syscall: 'listen',
                             address: host, port });
  }
  // The address does not belong to this host.
  assert.strictEqual((await fails({ port: 0, host: '192.0.2.1', socketOptions })).code,
                     'EADDRNOTAVAIL');
  for (const options of [{ host }, {}, ...(common.isWindows ? [] : [{ path: common.PIPE }])]) {
    const error = await fails({ port: options.path ? undefined : 0, ...options, socketOptions: bad });
    assert.strictEqual(error.syscall, 'setsockopt');
  }
  holder.close();

  // Only the option keeps it from listening, and is not left out for that.
  if (common.isLinux) {
    const socketOptions = [[SOL_SOCKET, SO_REUSEADDR, 0]];
    for (const options of [{ host }, {}]) {
      const bound = new net.BoundSocket(options);
      const error = await fails({ ...options, port: bound.address().port, socketOptions });
      assert.strictEqual(error.code, 'EADDRINUSE');
      bound.close();
    }
  }

  // Somebody has the IPv6 port. Listening on IPv4 only would not be what was
  // asked for.
  if (common.hasIPv6) {
    const six = net.createServer();
    await once(six.listen({ port: 0, host: '::', ipv6Only: true }), 'listening');
    const { port } = six.address();
    const plain = await fails({ port });
    const error = await fails({ port, socketOptions });
    assert.strictEqual(error.code, 'EADDRINUSE');
    assert.strictEqual(error.address, '::');
    assert.strictEqual(error.message, plain.message);
    six.close();

    // The server knows what it listens on.
    const any = net.createServer();
    await once(any.listen({ port: 0, socketOptions }), 'listening');
    assert.strictEqual(any.address().address, '::');
    assert.match(any._connectionKey, /^6:::/);
    any.close();
  }
}
main().then(common.mustCall());
