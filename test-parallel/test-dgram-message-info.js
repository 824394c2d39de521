'use strict';

// A receiver finds out what the sender's system has put into the datagrams.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows has no recvmsg(2)');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const os = require('os');

const {
  IPPROTO_IP, IPPROTO_IPV6, IPV6_TCLASS, IPV6_UNICAST_HOPS, IP_TOS, IP_TTL,
} = net.constants;

const loopback = Object.values(os.networkInterfaces()).flat()
  .find(({ address }) => address === '127.0.0.1');
assert(loopback);

const now = () => BigInt(Date.now()) * 1_000_000n;

function test(type, host, from, to, localAddress, setUp, expected) {
  const receiver = dgram.createSocket({ type, receiveInfo: true });
  const { port } = receiver.bindSync({ address: host });
  const sender = dgram.createSocket(net.isIPv6(from) ? 'udp6' : 'udp4');
  sender.bindSync({ address: from });
  setUp(sender);
  const start = now();
  const texts = ['first', '', 'third'];
  receiver.on('message', common.mustCall((message, rinfo) => {
    assert.strictEqual(message.toString(), texts.shift());
    const { timestamp, interfaceIndex, ...rest } = rinfo;
    assert.strictEqual(typeof timestamp, 'bigint');
    // The clock of Date has a resolution of a millisecond.
    assert(timestamp >= start - 1_000_000n && timestamp <= now() + 1_000_000n);
    assert(interfaceIndex > 0);
    const address = type === 'udp6' && net.isIPv4(from) ? `::ffff:${from}` : from;
    assert.deepStrictEqual(Object.keys(rest).slice(0, 4),
                           ['address', 'family', 'port', 'size']);
    const { dropped, ...others } = rest;
    if (common.isLinux)
      assert.strictEqual(dropped, 0);
    assert.deepStrictEqual(others, {
      address,
      family: type === 'udp6' ? 'IPv6' : 'IPv4',
      port: sender.address().port,
      size: message.length,
      localAddress,
      truncated: false,
      ...expected,
    });
    if (texts.length === 0) {
      receiver.close();
      sender.close();
    }
  }, texts.length));
  for (const text of texts)
    sender.send(text, port, to);
}

const setIPv4 = (ttl, tos) => (socket) => {
  socket.setsockopt(IPPROTO_IP, IP_TTL, ttl);
  socket.setsockopt(IPPROTO_IP, IP_TOS, tos);
};

test('udp4', '0.0.0.0', '127.0.0.1', '127.0.0.1', '127.0.0.1',
     setIPv4(7, 46 << 2 | 1), { ttl: 7, tos: 46 << 2 | 1 });
if (common.isLinux) {
  // There, all of 127.0.0.0/8 is local.
  test('udp4', '0.0.0.0', '127.0.0.9', '127.0.0.77', '127.0.0.77',
       setIPv4(255, 3), { ttl: 255, tos: 3 });
}

if (common.hasIPv6) {
  test('udp6', '::1', '::1', '::1', '::1', (socket) => {
    socket.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
    socket.setsockopt(IPPROTO_IPV6, IPV6_TCLASS, 0xba);
  }, { ttl: 9, tos: 0xba });
  if (common.isLinux) {
    test('udp6', '::', '127.0.0.9', '127.0.0.77', '::ffff:127.0.0.77',
         setIPv4(200, 2), { ttl: 200, tos: 2 });
  }
}

// What is not asked for is not there.
{
  const receiver = dgram.createSocket({ type: 'udp4', receiveInfo: ['ttl'] });
  const { port } = receiver.bindSync({ address: '127.0.0.1' });
  const sender = dgram.createSocket('udp4');
  const known = ['address', 'family', 'port', 'size'];
  // The address and the interface come from one option of the system.
  const lists = [
    ['ttl'], ['localAddress', 'tos'], [], ['truncated'], false, ['localAddress', 'interfaceIndex'],
    ['localAddress'], ['interfaceIndex'], null,
  ];
  const next = () => {
    if (lists.length === 0) {
      sender.close();
      return receiver.close();
    }
    assert.strictEqual(receiver.setReceiveInfo(lists[0]), receiver);
    sender.send('x', port, '127.0.0.1');
  };
  receiver.on('message', common.mustCall((message, rinfo) => {
    const list = lists.shift() || [];
    assert.deepStrictEqual(Object.keys(rinfo), [...known, ...list]);
    for (const item of list)
      assert.notStrictEqual(rinfo[item], undefined, item);
    next();
  }, lists.length));
  next();
}

// The system counts what did not fit.
if (common.isLinux) {
  const receiver = dgram.createSocket({
    type: 'udp4', receiveInfo: ['dropped'], recvBufferSize: 4096,
  });
  const { port } = receiver.bindSync({ address: '127.0.0.1' });
  const sender = dgram.createSocket('udp4');
  sender.bindSync();
  const count = 100;
  let received = 0;
  for (let i = 0; i < count; i++)
    sender.send(Buffer.alloc(1000), port, '127.0.0.1');
  receiver.on('message', common.mustCallAtLeast((message, { dropped }) => {
    received++;
    if (message.length > 0) {
      // By now there is room for another one.
      if (received === 1)
        setTimeout(() => sender.send('', port, '127.0.0.1'), common.platformTimeout(100));
      return;
    }
    assert(received > 1);
    assert(dropped > 0);
    assert.strictEqual(received + dropped, count + 1);
    sender.close();
    receiver.close();
  }, 2));
}
