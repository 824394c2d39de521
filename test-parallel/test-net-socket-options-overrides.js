'use strict';

// Options of a list override those that Node.js sets.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IPV6, SOL_SOCKET, IPV6_V6ONLY, SO_REUSEADDR, SO_REUSEPORT } =
  net.constants;

const host = '127.0.0.1';
const inUse = { code: 'EADDRINUSE', syscall: 'bind' };

// Without SO_REUSEADDR, a bound port is taken.
if (!common.isWindows) {
  const socketOptions = [[SOL_SOCKET, SO_REUSEADDR, 0]];
  const usual = new net.BoundSocket({ host });
  new net.BoundSocket({ host, port: usual.address().port }).close();
  usual.close();

  const bound = new net.BoundSocket({ host, socketOptions });
  const { port } = bound.address();
  assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  assert.throws(() => new net.BoundSocket({ host, port }), inUse);
  assert.throws(() => new net.BoundSocket({ host, port, socketOptions }), inUse);
  bound.close();

  // Sharing requires the option on both sockets.
  const first = new net.BoundSocket({ host });
  assert.throws(() => new net.BoundSocket({
    host,
    port: first.address().port,
    socketOptions,
  }), inUse);
  first.close();

  // The last option wins.
  const last = new net.BoundSocket({
    host,
    socketOptions: [...socketOptions, [SOL_SOCKET, SO_REUSEADDR, 1]],
  });
  new net.BoundSocket({ host, port: last.address().port }).close();
  last.close();

  const server = net.createServer();
  server.listen({ host, port: 0, socketOptions }, common.mustCall(() => {
    assert.strictEqual(server.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
    server.close();
  }));
}

// Two sockets on the same port, which bind(2) requires both to agree to.
if (common.isLinux) {
  const socketOptions = [[SOL_SOCKET, SO_REUSEPORT, true]];
  const listens = (port, options) => new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen({ host, port, ...options }, () => resolve(server));
  });
  (async () => {
    const server = await listens(0, { socketOptions });
    const { port } = server.address();
    const other = await listens(port, { socketOptions });
    await assert.rejects(listens(port), { code: 'EADDRINUSE' });
    server.close();
    other.close();

    const udp = dgram.createSocket({ type: 'udp4', socketOptions });
    const address = udp.bindSync({ address: host });
    const twin = dgram.createSocket({ type: 'udp4', socketOptions });
    twin.bindSync(address);
    const stranger = dgram.createSocket('udp4');
    assert.throws(() => stranger.bindSync(address), inUse);
    for (const socket of [udp, twin, stranger])
      socket.close();
  })().then(common.mustCall());
}

// By default, an IPv6 socket in Node.js accepts IPv4 connections as well. This
// can only be changed before bind(2).
if (common.hasIPv6) {
  const socketOptions = [[IPPROTO_IPV6, IPV6_V6ONLY, 1]];

  // With and without a host.
  for (const options of [{ host: '::' }, {}]) {
    const server = net.createServer(common.mustNotCall());
    server.listen({ ...options, port: 0, socketOptions }, common.mustCall(() => {
      assert.strictEqual(server.address().family, 'IPv6');
      assert.notStrictEqual(server.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), 0);
      net.connect(server.address().port, host)
        .on('connect', common.mustNotCall())
        .on('error', common.mustCall((err) => {
          assert.strictEqual(err.code, 'ECONNREFUSED');
          server.close();
        }));
    }));
  }

  // The port of the other family is free.
  const bound = new net.BoundSocket({ host: '::', socketOptions });
  const { port } = bound.address();
  const server = net.createServer().listen(bound);
  const other = net.createServer();
  other.listen({ host: '0.0.0.0', port }, common.mustCall(() => {
    assert.strictEqual(other.address().port, port);
    server.close();
    other.close();
  }));

  // Turned off again although Node.js was asked to set it.
  const both = new net.BoundSocket({
    host: '::',
    ipv6Only: true,
    socketOptions: [[IPPROTO_IPV6, IPV6_V6ONLY, 0]],
  });
  const reached = net.createServer(common.mustCall((connection) => {
    assert.strictEqual(connection.remoteAddress, '::ffff:127.0.0.1');
    connection.end();
    reached.close();
  }));
  reached.listen(both, common.mustCall(() => {
    net.connect(reached.address().port, host).resume();
  }));

  // The same for datagrams: only a dual-stack socket receives IPv4 datagrams.
  for (const [options, expected] of [[{ socketOptions }, false], [{}, true]]) {
    const socket = dgram.createSocket({ type: 'udp6', ...options });
    const { port } = socket.bindSync();
    assert.strictEqual(socket.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY) === 0,
                       expected);
    const sender = dgram.createSocket('udp4');
    const messages = [];
    socket.on('message', (message) => {
      messages.push(message.toString());
      if (messages.at(-1) === 'by IPv6') {
        assert.deepStrictEqual(messages,
                               expected ? ['by IPv4', 'by IPv6'] : ['by IPv6']);
        socket.close();
        sender.close();
        six.close();
      }
    });
    const six = dgram.createSocket('udp6');
    sender.send('by IPv4', port, host, common.mustSucceed(() => {
      six.send('by IPv6', port, '::1');
    }));
  }
}
