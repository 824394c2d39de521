'use strict';

// Options of a TCP connection agree with the methods of Node.js and with the
// behavior of the system.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const os = require('os');

const {
  IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, IP_TTL, SO_ACCEPTCONN, SO_DOMAIN,
  SO_ERROR, SO_KEEPALIVE, SO_PROTOCOL, SO_RCVBUF, SO_SNDBUF, SO_TYPE,
  TCP_CONGESTION, TCP_INFO, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_NODELAY,
  TCP_USER_TIMEOUT,
} = net.constants;

const server = net.createServer(common.mustCall((connection) => {
  connection.end();
  server.close();
}));

server.listen(0, '127.0.0.1', common.mustCall(() => {
  const socket = net.connect(server.address().port, '127.0.0.1');
  const tcp = (name) => socket.getsockopt(IPPROTO_TCP, name);
  const sol = (name) => socket.getsockopt(SOL_SOCKET, name);

  socket.on('connect', common.mustCall(() => {
    // In both directions, because setNoDelay() remembers what it set.
    assert.strictEqual(tcp(TCP_NODELAY), 0);
    socket.setNoDelay(true);
    assert.notStrictEqual(tcp(TCP_NODELAY), 0);
    assert.strictEqual(socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, false),
                       socket);
    assert.strictEqual(tcp(TCP_NODELAY), 0);
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    socket.setNoDelay(false);
    assert.strictEqual(tcp(TCP_NODELAY), 0);

    assert.strictEqual(sol(SO_KEEPALIVE), 0);
    socket.setKeepAlive(true, 123_000);
    assert.notStrictEqual(sol(SO_KEEPALIVE), 0);
    if (TCP_KEEPIDLE !== undefined && !common.isWindows)
      assert.strictEqual(tcp(TCP_KEEPIDLE), 123);
    socket.setKeepAlive(false);
    assert.strictEqual(sol(SO_KEEPALIVE), 0);
    if (TCP_KEEPINTVL !== undefined) {
      socket.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 17);
      assert.strictEqual(tcp(TCP_KEEPINTVL), 17);
    }

    socket.setsockopt(IPPROTO_IP, IP_TTL, 33);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 33);

    assert.strictEqual(sol(SO_ERROR), 0);
    if (SO_ACCEPTCONN !== undefined)
      assert.strictEqual(sol(SO_ACCEPTCONN), 0);

    // The requested sizes are lower limits.
    for (const name of [SO_RCVBUF, SO_SNDBUF]) {
      for (const size of [20_000, 40_000]) {
        socket.setsockopt(SOL_SOCKET, name, size);
        if (common.isLinux)
          assert.strictEqual(sol(name), 2 * size);
        else
          assert.ok(sol(name) >= size);
      }
    }

    if (common.isLinux) {
      assert.strictEqual(sol(SO_TYPE), 1);       // SOCK_STREAM
      assert.strictEqual(sol(SO_DOMAIN), 2);     // AF_INET
      assert.strictEqual(sol(SO_PROTOCOL), IPPROTO_TCP);

      socket.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 12_345);
      assert.strictEqual(tcp(TCP_USER_TIMEOUT), 12_345);
      socket.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
      assert.strictEqual(tcp(TCP_USER_TIMEOUT), 0);

      // Setting the same algorithm again does not require privileges.
      const get = () => {
        const bytes = socket.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16);
        return bytes.toString('latin1', 0, bytes.indexOf(0));
      };
      const algorithm = get();
      assert.match(algorithm, /^[a-z][a-z0-9_-]+$/);
      socket.setsockopt(IPPROTO_TCP, TCP_CONGESTION, algorithm);
      assert.strictEqual(get(), algorithm);
      // Everyone may use this one, and it is the only one in some kernels.
      socket.setsockopt(IPPROTO_TCP, TCP_CONGESTION, 'reno');
      assert.strictEqual(get(), 'reno');
      assert.throws(
        () => socket.setsockopt(IPPROTO_TCP, TCP_CONGESTION, 'ren'),
        { syscall: 'setsockopt' });
      assert.strictEqual(get(), 'reno');

      // In struct tcp_info, the state is at byte 0, the segment size for
      // sending at 16.
      const info = socket.getsockopt(IPPROTO_TCP, TCP_INFO, 1024);
      assert.strictEqual(info[0], 1);            // TCP_ESTABLISHED
      const segment = info[`readUInt32${os.endianness()}`](16);
      assert.ok(segment >= 500 && segment <= 65536, `${segment}`);
    }
    socket.resume();
  }));
}));
