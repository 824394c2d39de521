'use strict';

// Options of a UDP socket agree with the corresponding methods of dgram.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const {
  IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP, SOL_SOCKET, IPV6_MULTICAST_HOPS,
  IPV6_UNICAST_HOPS, IP_MULTICAST_LOOP, IP_MULTICAST_TTL, IP_TTL, SO_BROADCAST,
  SO_DOMAIN, SO_PROTOCOL, SO_RCVBUF, SO_REUSEADDR, SO_SNDBUF, SO_TYPE,
} = net.constants;

const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
socket.bind(0, '127.0.0.1', common.mustCall(() => {
  const ip = (name) => socket.getsockopt(IPPROTO_IP, name);
  const sol = (name) => socket.getsockopt(SOL_SOCKET, name);

  socket.setTTL(17);
  assert.strictEqual(ip(IP_TTL), 17);
  assert.strictEqual(socket.setsockopt(IPPROTO_IP, IP_TTL, 99), socket);
  assert.strictEqual(ip(IP_TTL), 99);

  for (const ttl of [0, 5, 255]) {
    socket.setMulticastTTL(ttl);
    assert.strictEqual(ip(IP_MULTICAST_TTL), ttl);
  }
  for (const on of [true, false, true]) {
    socket.setMulticastLoopback(on);
    assert.strictEqual(ip(IP_MULTICAST_LOOP) !== 0, on);
  }
  // Some systems only accept a single byte for these two options.
  socket.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, new Uint8Array([7]));
  assert.strictEqual(ip(IP_MULTICAST_TTL), 7);
  socket.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, new Uint8Array([0]));
  assert.strictEqual(ip(IP_MULTICAST_LOOP), 0);

  assert.strictEqual(sol(SO_BROADCAST), 0);
  socket.setBroadcast(true);
  assert.notStrictEqual(sol(SO_BROADCAST), 0);
  socket.setsockopt(SOL_SOCKET, SO_BROADCAST, false);
  assert.strictEqual(sol(SO_BROADCAST), 0);

  socket.setRecvBufferSize(30_000);
  assert.strictEqual(sol(SO_RCVBUF), socket.getRecvBufferSize());
  socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 30_000);
  assert.strictEqual(sol(SO_SNDBUF), socket.getSendBufferSize());

  if (common.isLinux) {
    assert.strictEqual(sol(SO_RCVBUF), 60_000);
    assert.strictEqual(sol(SO_SNDBUF), 60_000);
    assert.notStrictEqual(sol(SO_REUSEADDR), 0);
    assert.strictEqual(sol(SO_TYPE), 2);       // SOCK_DGRAM
    assert.strictEqual(sol(SO_DOMAIN), 2);     // AF_INET
    assert.strictEqual(sol(SO_PROTOCOL), IPPROTO_UDP);
    assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_TTL, 256),
                  { code: 'EINVAL', syscall: 'setsockopt' });
    assert.strictEqual(ip(IP_TTL), 99);
  }
  socket.close();
}));

if (common.hasIPv6) {
  const six = dgram.createSocket('udp6');
  six.bind(0, '::1', common.mustCall(() => {
    six.setTTL(17);
    assert.strictEqual(six.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS), 17);
    six.setMulticastTTL(5);
    assert.strictEqual(six.getsockopt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 5);
    six.close();
  }));
}
