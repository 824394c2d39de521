'use strict';

// Options of a listening socket, and what Linux passes on to its connections.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const {
  IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, IPV6_V6ONLY, SO_ACCEPTCONN, SO_DOMAIN,
  SO_RCVBUF, SO_REUSEADDR, SO_TYPE, TCP_INFO, TCP_NODELAY, TCP_USER_TIMEOUT,
} = net.constants;

const server = net.createServer(common.mustCall((connection) => {
  if (common.isLinux) {
    assert.notStrictEqual(connection.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    assert.strictEqual(connection.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT),
                       4321);
    // The connection has its own copy from now on.
    connection.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 1234);
    assert.strictEqual(server.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT), 4321);
    assert.strictEqual(connection.getsockopt(IPPROTO_TCP, TCP_INFO, 1)[0], 1);
  }
  if (SO_ACCEPTCONN !== undefined)
    assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 0);
  connection.end();
  server.close();
}));

server.listen(0, '127.0.0.1', common.mustCall(() => {
  // Set by libuv for every listening socket.
  if (!common.isWindows)
    assert.notStrictEqual(server.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  if (SO_ACCEPTCONN !== undefined)
    assert.notStrictEqual(server.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 0);

  const size = server.getsockopt(SOL_SOCKET, SO_RCVBUF);
  assert.strictEqual(server.setsockopt(SOL_SOCKET, SO_RCVBUF, 50_000), server);
  assert.notStrictEqual(server.getsockopt(SOL_SOCKET, SO_RCVBUF), size);

  if (common.isLinux) {
    assert.strictEqual(server.getsockopt(SOL_SOCKET, SO_RCVBUF), 100_000);
    assert.strictEqual(server.getsockopt(SOL_SOCKET, SO_TYPE), 1);
    assert.strictEqual(server.getsockopt(SOL_SOCKET, SO_DOMAIN), 2);
    assert.strictEqual(server.getsockopt(IPPROTO_TCP, TCP_INFO, 256)[0], 10);

    server.setsockopt(IPPROTO_TCP, TCP_NODELAY, true)
      .setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 4321);
  }

  const client = net.connect(server.address().port, '127.0.0.1');
  client.on('connect', common.mustCall(() => {
    // The other end is unaffected.
    assert.strictEqual(client.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    client.resume();
  }));
}));

if (common.hasIPv6) {
  for (const ipv6Only of [true, false]) {
    const six = net.createServer(common.mustNotCall());
    six.listen({ host: '::', port: 0, ipv6Only }, common.mustCall(() => {
      assert.strictEqual(six.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY) !== 0,
                         ipv6Only);
      if (common.isLinux) {
        assert.strictEqual(six.getsockopt(SOL_SOCKET, SO_DOMAIN), 10);
        // It is too late to change this.
        assert.throws(
          () => six.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, !ipv6Only),
          { code: 'EINVAL', syscall: 'setsockopt' });
      }
      six.close();
    }));
  }
}
