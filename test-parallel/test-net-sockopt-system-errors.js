'use strict';

// Errors from the system are thrown immediately, with the code of the system.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const os = require('os');
const tmpdir = require('../common/tmpdir');
const { getSystemErrorName } = require('util');

const { IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, SO_TYPE, TCP_NODELAY } =
  net.constants;

function check(object, level, optname, code = 'ENOPROTOOPT') {
  for (const [syscall, ...args] of [
    ['setsockopt', 1],
    ['setsockopt', true],
    ['setsockopt', 'text'],
    ['setsockopt', new Uint8Array(4)],
    ['getsockopt'],
    ['getsockopt', 4],
    ['getsockopt', 4096],
  ]) {
    assert.throws(() => object[syscall](level, optname, ...args), (err) => {
      assert.ok(err instanceof Error);
      assert.strictEqual(err.code, code);
      assert.strictEqual(err.syscall, syscall);
      assert.ok(Number.isInteger(err.errno) && err.errno < 0);
      assert.strictEqual(getSystemErrorName(err.errno), code);
      assert.ok(err.message.includes(syscall));
      assert.ok(err.message.includes(code));
      // The stack starts at the caller, not inside Node.js.
      assert.ok(err.stack.includes(__filename));
      return true;
    });
  }
}

const tcp = new net.BoundSocket({ host: '127.0.0.1' });
check(tcp, IPPROTO_TCP, 0x7ffe);
check(tcp, IPPROTO_TCP, 0x7fffffff);
check(tcp, SOL_SOCKET, 0x7ffe);

if (!common.isWindows) {
  const { errno } = os.constants;
  assert.throws(() => tcp.setsockopt(IPPROTO_TCP, 0x7ffe, 1),
                { errno: -errno.ENOPROTOOPT });
}

if (common.isLinux) {
  check(tcp, SOL_SOCKET, -1);
  check(tcp, IPPROTO_IP, 0x7ffe);
  // A level that does not exist. Linux uses a different code for reading it.
  for (const level of [0x7ffe, -1]) {
    assert.throws(() => tcp.setsockopt(level, 1, 1),
                  { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
    assert.throws(() => tcp.getsockopt(level, 1),
                  { code: /^(?:ENOPROTOOPT|ENOTSUP)$/, syscall: 'getsockopt' });
  }
  // A known option, but it is read-only.
  assert.throws(() => tcp.setsockopt(SOL_SOCKET, SO_TYPE, 1),
                { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
  assert.strictEqual(tcp.getsockopt(SOL_SOCKET, SO_TYPE), 1);
  // A known option, but the value is invalid.
  assert.throws(
    () => tcp.setsockopt(IPPROTO_TCP, net.constants.TCP_USER_TIMEOUT, -1),
    { code: 'EINVAL', errno: -os.constants.errno.EINVAL,
      syscall: 'setsockopt' });
  assert.throws(
    () => tcp.setsockopt(IPPROTO_TCP, net.constants.TCP_CONGESTION, 'no-such'),
    { code: /^(?:ENOENT|EPERM)$/, syscall: 'setsockopt' });

  // A Unix domain socket does not have TCP options.
  tmpdir.refresh();
  const pipe = new net.BoundSocket({ path: common.PIPE });
  check(pipe, SOL_SOCKET, 0x7ffe);
  for (const [method, ...args] of [['setsockopt', 1], ['getsockopt']]) {
    assert.throws(() => pipe[method](IPPROTO_TCP, TCP_NODELAY, ...args), {
      syscall: method,
      code: 'ENOTSUP',
      errno: -os.constants.errno.EOPNOTSUPP,
    });
  }
  pipe.close();
}

// A failure has no lasting effect: the next call works.
assert.strictEqual(
  tcp.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    .getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0, true);
tcp.close();

const udp = dgram.createSocket('udp4');
udp.bind(0, '127.0.0.1', common.mustCall(() => {
  check(udp, SOL_SOCKET, 0x7ffe);
  if (common.isLinux) {
    assert.throws(() => udp.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1),
                  { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
  }
  udp.close();
}));

const server = net.createServer(common.mustCall((connection) => {
  check(connection, IPPROTO_TCP, 0x7ffe);
  connection.end();
}));
server.listen(0, '127.0.0.1', common.mustCall(() => {
  check(server, IPPROTO_TCP, 0x7ffe);
  const client = net.connect(server.address().port, '127.0.0.1');
  client.on('connect', common.mustCall(() => {
    check(client, IPPROTO_TCP, 0x7ffe);
  }));
  // There is no 'error' event in addition.
  client.on('error', common.mustNotCall());
  client.on('close', common.mustCall(() => server.close()));
  client.resume();
}));
