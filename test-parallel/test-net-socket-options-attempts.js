'use strict';

// What the socketOptions of connect() and calls of setsockopt() mean when the
// kind of socket is not known from the start: names with addresses of several
// families, paths, handles of others.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const {
  IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, IPV6_TCLASS, IP_TTL,
  SO_SNDBUF, TCP_NODELAY,
} = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const bad = [IPPROTO_TCP, 9999, 1];
const found = (...addresses) => ({
  host: 'name.invalid',
  lookup: (name, options, callback) => {
    const all = addresses.map((address) => ({ address, family: net.isIP(address) }));
    setImmediate(() => (options.all ?
      callback(null, all) : callback(null, all[0].address, all[0].family)));
  },
});

async function fails(socket, code = 'ENOPROTOOPT') {
  socket.on('connect', common.mustNotCall());
  const [error] = await once(socket, 'error');
  assert.strictEqual(error.code, code, error.stack);
  return error;
}

async function main() {
  const server = net.createServer((connection) => connection.on('error', () => {}).destroy());
  await once(server.listen(0, host), 'listening');
  const { port } = server.address();

  // The error of all addresses says what that of one address does.
  const documented = { syscall: 'setsockopt', level: IPPROTO_TCP, optname: 9999 };
  const socketOptions = [[SOL_SOCKET, SO_SNDBUF, 20_000], bad];
  for (const [name, addresses] of Object.entries({ one: [host], two: [host, '127.0.0.2'] })) {
    const error = await fails(net.connect({ port, ...found(...addresses), socketOptions }));
    const { syscall, level, optname, index } = error;
    assert.deepStrictEqual({ syscall, level, optname, index }, { ...documented, index: 1 }, name);
    const kept = await fails(net.connect({ port, ...found(...addresses) }).setsockopt(...bad));
    assert.strictEqual(kept.syscall, 'setsockopt');
    assert.strictEqual(kept.optname, 9999);
    assert.strictEqual(kept.index, undefined);
  }
  // Other errors are as before.
  assert.ok(!('optname' in await fails(net.connect({ port: 9, ...found('127.0.0.2', '127.0.0.3') }),
                                       'ECONNREFUSED')));

  // Options of the other family do not end an attempt if the program did not
  // choose the family.
  const six = [IPPROTO_IPV6, IPV6_TCLASS, 8];
  const four = [IPPROTO_IP, IP_TTL, 41];
  const lists = [[four], [six, four], [four, six]];
  const hosts = [found(host), found('::1', host), { ...found(host), autoSelectFamily: false }];
  for (const socketOptions of lists) {
    for (const where of hosts) {
      const socket = net.connect({ port, ...where, socketOptions });
      await once(socket, 'connect');
      assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 41);
      socket.destroy();
      const kept = net.connect({ port, ...where });
      for (const option of socketOptions)
        kept.setsockopt(...option);
      await once(kept, 'connect');
      assert.strictEqual(kept.getsockopt(IPPROTO_IP, IP_TTL), 41);
      kept.destroy();
    }
  }
  if (common.hasIPv6) {
    const server = net.createServer((connection) => connection.destroy());
    await once(server.listen({ port: 0, host: '::1' }), 'listening');
    for (const socketOptions of lists.slice(1)) {
      const socket = net.connect({ port: server.address().port, ...found('::1'), socketOptions });
      await once(socket, 'connect');
      assert.strictEqual(socket.getsockopt(IPPROTO_IPV6, IPV6_TCLASS), 8);
      socket.destroy();
    }
    server.close();
  }
  // It did here.
  const { index } = await fails(net.connect({ port, host, socketOptions: [four, six] }));
  assert.strictEqual(index, 1);
  // Options that do not exist are still errors, as are those of other levels.
  await fails(net.connect({ port, ...found(host), socketOptions: [[IPPROTO_IP, 9999, 1]] }));

  // So are calls made before connect() knew that it would be a path.
  if (!common.isWindows) {
    const local = net.createServer((connection) => connection.destroy());
    await once(local.listen(common.PIPE), 'listening');
    const socket = new net.Socket();
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1).setsockopt(...four).setsockopt(...six);
    socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000);
    socket.connect(common.PIPE);
    await once(socket, 'connect');
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF) / factor, 20_000);
    socket.destroy();
    const refused = new net.Socket();
    refused.setsockopt(SOL_SOCKET, 9999, 1);
    await fails(refused.connect(common.PIPE));
    await assert.rejects(
      once(net.connect({ path: common.PIPE, socketOptions: [[IPPROTO_TCP, TCP_NODELAY, 1]] }), 'connect'),
      { syscall: 'setsockopt', index: 0 });
    local.close();
  }

  // A listener of 'connectionAttempt' is in time for the attempt.
  for (const where of [{ host }, found(host), found('127.0.0.2', host), { host, localAddress: host }]) {
    const socket = net.connect({ port, ...where });
    socket.on('connectionAttempt', () => {
      assert.strictEqual(socket.setsockopt(...four), socket);
      assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 41);
      assert.throws(() => socket.setsockopt(...bad), { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
    });
    await once(socket, 'connect');
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 41);
    socket.destroy();
  }

  // Sockets that JavaScript makes have no options.
  const handle = {
    connect: common.mustNotCall(), close() {}, getAsyncId: () => 1, ref() {}, unref() {}, readStart() {},
  };
  for (const where of [{ host }, found(host), { path: common.PIPE }, { host, localAddress: host }]) {
    const socket = new net.Socket({ handle: { ...handle } });
    socket.connect({ port, ...where, socketOptions: [four] });
    await fails(socket, 'ENOTSOCK');
  }
  server.close();
}
main().then(common.mustCall());
