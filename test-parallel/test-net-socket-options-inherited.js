'use strict';

// Tests which options of a listening socket Linux passes on to accepted
// connections, whether they were set before listen(2) by a list or after it by
// setsockopt(), and that the connection has its own copy from then on.

const common = require('../common');
if (!common.isLinux)
  common.skip('every system hands down others');

const assert = require('assert');
const net = require('net');
const { once } = require('events');

const {
  IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, IPV6_TCLASS,
  IPV6_UNICAST_HOPS, IP_MTU_DISCOVER, IP_TOS, IP_TTL, SO_ACCEPTCONN,
  SO_KEEPALIVE, SO_LINGER, SO_OOBINLINE, SO_PRIORITY, SO_RCVBUF, SO_RCVLOWAT, SO_REUSEADDR, SO_REUSEPORT,
  SO_SNDBUF, TCP_CONGESTION, TCP_CORK,
  TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL,
  TCP_LINGER2, TCP_MAXSEG, TCP_NODELAY, TCP_NOTSENT_LOWAT, TCP_SYNCNT,
  TCP_USER_TIMEOUT, TCP_WINDOW_CLAMP,
} = net.constants;

// A struct linger: on, for 3 seconds.
const linger = Buffer.from(new Int32Array([1, 3]).buffer);

// The value to set, and the expected value on the accepted socket.
const table = [
  ['SO_KEEPALIVE', SOL_SOCKET, SO_KEEPALIVE, 1, 1],
  ['SO_LINGER', SOL_SOCKET, SO_LINGER, linger, linger],
  ['SO_OOBINLINE', SOL_SOCKET, SO_OOBINLINE, 1, 1],
  ['SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, 30_000, 60_000],
  ['SO_RCVLOWAT', SOL_SOCKET, SO_RCVLOWAT, 2, 2],
  ['SO_REUSEADDR', SOL_SOCKET, SO_REUSEADDR, 1, 1],
  ['SO_REUSEPORT', SOL_SOCKET, SO_REUSEPORT, 1, 1],
  ['SO_SNDBUF', SOL_SOCKET, SO_SNDBUF, 30_000, 60_000],
  ['TCP_CONGESTION', IPPROTO_TCP, TCP_CONGESTION, 'reno', Buffer.from('reno')],
  ['TCP_CORK', IPPROTO_TCP, TCP_CORK, 1, 1],
  ['TCP_KEEPCNT', IPPROTO_TCP, TCP_KEEPCNT, 7, 7],
  ['TCP_KEEPIDLE', IPPROTO_TCP, TCP_KEEPIDLE, 71, 71],
  ['TCP_KEEPINTVL', IPPROTO_TCP, TCP_KEEPINTVL, 17, 17],
  ['TCP_LINGER2', IPPROTO_TCP, TCP_LINGER2, 13, 13],
  ['TCP_NODELAY', IPPROTO_TCP, TCP_NODELAY, 1, 1],
  ['TCP_NOTSENT_LOWAT', IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16_384, 16_384],
  ['TCP_SYNCNT', IPPROTO_TCP, TCP_SYNCNT, 4, 4],
  ['TCP_USER_TIMEOUT', IPPROTO_TCP, TCP_USER_TIMEOUT, 4321, 4321],
  ['TCP_WINDOW_CLAMP', IPPROTO_TCP, TCP_WINDOW_CLAMP, 20_000, 20_000],
  ['IP_MTU_DISCOVER', IPPROTO_IP, IP_MTU_DISCOVER, 0, 0],
  ['IP_TOS', IPPROTO_IP, IP_TOS, 0x10, 0x10],
  ['IP_TTL', IPPROTO_IP, IP_TTL, 33, 33],
];
const tableOfIPv6 = [
  ['IPV6_TCLASS', IPPROTO_IPV6, IPV6_TCLASS, 0x20, 0x20],
  ['IPV6_UNICAST_HOPS', IPPROTO_IPV6, IPV6_UNICAST_HOPS, 34, 34],
];

const read = (object, level, optname, like) => {
  if (typeof like === 'number')
    return object.getsockopt(level, optname);
  return object.getsockopt(level, optname, 16).subarray(0, like.length);
};

async function run(host, table) {
  // In a list, before listen(2).
  const socketOptions = table.map(([, ...option]) => option.slice(0, 3));
  const usual = net.createServer().listen(0, host);
  const listed = net.createServer().listen({ host, port: 0, socketOptions });
  // One by one, after listen(2).
  const set = net.createServer().listen(0, host);
  const servers = [usual, listed, set];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  for (const option of socketOptions)
    set.setsockopt(...option);

  const accept = async (server) => {
    const connection = once(server, 'connection');
    const client = net.connect(server.address().port, host);
    const [accepted] = await connection;
    return { client, accepted };
  };
  const without = await accept(usual);
  for (const server of [listed, set]) {
    const { client, accepted } = await accept(server);
    const inherited = table.map(([name, level, optname, , like]) =>
      [name, read(accepted, level, optname, like)]);
    assert.deepStrictEqual(inherited, table.map(([name, , , , like]) => [name, like]));
    for (const [name, level, optname, value, like] of table) {
      // It comes from the listening socket, except for one option that libuv
      // sets itself.
      if (name !== 'SO_REUSEADDR') {
        assert.notDeepStrictEqual(read(without.accepted, level, optname, like), like,
                                  name);
      }
      // The other end is unaffected.
      if (client.connecting)
        await once(client, 'connect');
      assert.notDeepStrictEqual(read(client, level, optname, like), like, name);
      assert.deepStrictEqual(read(server, level, optname, like), like, name);
      // Changing the option of the connection does not affect the server.
      if (typeof value === 'number' && value > 1) {
        accepted.setsockopt(level, optname, value - 1);
        assert.deepStrictEqual(read(server, level, optname, like), like, name);
      }
    }
    accepted.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.alloc(8));
    accepted.destroy();
    client.destroy();
    server.close();
  }
  without.accepted.destroy();
  without.client.destroy();
  usual.close();
}

async function main() {
  await run('127.0.0.1', table);
  if (common.hasIPv6)
    await run('::1', tableOfIPv6);

  // Options that are not passed on.
  for (const [level, optname, value] of [
    [SOL_SOCKET, SO_PRIORITY, 5],
    [SOL_SOCKET, SO_ACCEPTCONN, undefined],
    [IPPROTO_TCP, TCP_DEFER_ACCEPT, 3],
    [IPPROTO_TCP, TCP_FASTOPEN, 16],
  ]) {
    const server = net.createServer().listen({
      host: '127.0.0.1',
      port: 0,
      socketOptions: value === undefined ? [] : [[level, optname, value]],
    });
    await once(server, 'listening');
    assert.notStrictEqual(server.getsockopt(level, optname), 0);
    const connection = once(server, 'connection');
    const client = net.connect(server.address().port, '127.0.0.1');
    client.end('text');
    const [accepted] = await connection;
    assert.strictEqual(accepted.getsockopt(level, optname), 0, `${level} ${optname}`);
    accepted.end().resume();
    await once(client.resume(), 'close');
    server.close();
  }

  // The maximum segment size is negotiated: the listening socket announces its
  // own.
  const server = net.createServer().listen({
    host: '127.0.0.1',
    port: 0,
    socketOptions: [[IPPROTO_TCP, TCP_MAXSEG, 1000]],
  });
  await once(server, 'listening');
  const connection = once(server, 'connection');
  const client = net.connect(server.address().port, '127.0.0.1');
  const [accepted] = await connection;
  if (client.connecting)
    await once(client, 'connect');
  for (const socket of [accepted, client])
    assert.ok(socket.getsockopt(IPPROTO_TCP, TCP_MAXSEG) <= 1000);
  accepted.destroy();
  client.destroy();
  server.close();
}

main().then(common.mustCall());
