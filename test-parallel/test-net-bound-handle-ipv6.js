'use strict';

// IPv6 addresses, and the effect of ipv6Only on the unspecified address.

const common = require('../common');
if (!common.hasIPv6)
  common.skip('no IPv6');

const assert = require('assert');
const net = require('net');

const free = { code: 'EADDRINUSE', syscall: 'bind' };

// The default host depends on ipv6Only.
for (const [options, address] of [
  [{ ipv6Only: true }, '::'],
  [{ ipv6Only: true, host: null }, '::'],
  [{ ipv6Only: true, host: undefined, port: 0 }, '::'],
  [{ ipv6Only: false }, '0.0.0.0'],
  [{ host: '::' }, '::'],
  [{ host: '::', ipv6Only: true }, '::'],
  [{ host: '::1' }, '::1'],
  [{ host: '::1', ipv6Only: true }, '::1'],
  [{ host: '0:0:0:0:0:0:0:1' }, '::1'],
]) {
  const bound = new net.BoundSocket(options);
  const actual = bound.address();
  assert.strictEqual(actual.address, address);
  assert.strictEqual(actual.family, address.includes(':') ? 'IPv6' : 'IPv4');
  assert.ok(actual.port > 0);
  bound.close();
}
if (!common.isWindows) {
  const bound = new net.BoundSocket({ host: '::ffff:127.0.0.1' });
  assert.deepStrictEqual(bound.address(), {
    address: '::ffff:127.0.0.1',
    family: 'IPv6',
    port: bound.address().port,
  });
  bound.close();
}
for (const host of ['[::1]', '::1]', ':::1', '::g', '::1/128', '1::2::3']) {
  assert.throws(() => new net.BoundSocket({ host }),
                { code: 'ERR_INVALID_ARG_VALUE' });
}
{
  // An address that this machine does not have (RFC 3849).
  assert.throws(() => new net.BoundSocket({ host: '2001:db8::1' }), {
    code: 'EADDRNOTAVAIL',
    syscall: 'bind',
    address: '2001:db8::1',
  });
}

// A server on the unspecified address accepts IPv4 connections as well, unless
// told not to.
for (const ipv6Only of [false, true]) {
  const bound = new net.BoundSocket({ host: '::', ipv6Only });
  const { port } = bound.address();
  const families = [];
  const server = net.createServer((connection) => {
    families.push(connection.remoteFamily);
    connection.end();
  });
  // As an option of listen(), it comes too late.
  server.listen({ handle: bound, ipv6Only: !ipv6Only }, common.mustCall(() => {
    assert.deepStrictEqual(server.address(),
                           { address: '::', family: 'IPv6', port });
    net.connect(port, '::1').resume().on('close', common.mustCall(() => {
      assert.deepStrictEqual(families, ['IPv6']);
      const other = net.connect(port, '127.0.0.1').resume();
      if (ipv6Only) {
        other.on('error', common.mustCall((err) => {
          assert.strictEqual(err.code, 'ECONNREFUSED');
        }));
      } else {
        other.on('connect', common.mustCall());
      }
      other.on('close', common.mustCall(() => {
        assert.strictEqual(families.length, ipv6Only ? 1 : 2);
        server.close();
      }));
      if (common.isLinux && ipv6Only) {
        // Therefore the IPv4 port is free.
        new net.BoundSocket({ host: '0.0.0.0', port }).close();
      } else if (common.isLinux) {
        assert.throws(() => new net.BoundSocket({ host: '0.0.0.0', port }),
                      free);
      }
    }));
  }));
}

// Clients.
const server = net.createServer((connection) => {
  connection.end(`${connection.remoteAddress} ${connection.remotePort}`);
});
server.listen(new net.BoundSocket({ host: '::1' }), common.mustCall(() => {
  const { port } = server.address();
  let left = 3;
  for (const [host, to] of [['::1', '::1'], ['::', '::1'],
                            ['::1', '0:0:0:0:0:0:0:1']]) {
    const handle = new net.BoundSocket({ host });
    const local = handle.address().port;
    const socket = net.connect({ handle, port, host: to });
    assert.strictEqual(socket.localAddress, '::1');
    assert.strictEqual(socket.localPort, local);
    assert.strictEqual(socket.localFamily, 'IPv6');
    let text = '';
    socket.on('data', (chunk) => text += chunk);
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(text, `::1 ${local}`);
      if (--left === 0)
        server.close();
    }));
  }
}));
