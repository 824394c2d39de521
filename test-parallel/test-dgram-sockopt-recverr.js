'use strict';

// With its error queue on, libuv would report one refused datagram twice, the
// second time with a buffer that is gone. The option is refused, and a process
// that tries it lives on.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has an error queue');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IPPROTO_IPV6, IP_RECVERR } = net.constants;
const IPV6_RECVERR = 25;

const error = {
  code: 'ERR_INVALID_ARG_VALUE',
  name: 'TypeError',
  message: /optname.*libuv/,
};

// A port that nobody listens on: it was free a moment ago.
function closedPort(host) {
  const bound = new net.BoundSocket({ host });
  const { port } = bound.address();
  bound.close();
  return port;
}

function test(type, host, level, optname) {
  const socket = dgram.createSocket(type);
  socket.bind(0, host, common.mustCall(() => {
    for (const value of [1, true, 0, new Int32Array([1])])
      assert.throws(() => socket.setsockopt(level, optname, value), error);
    assert.strictEqual(socket.getsockopt(level, optname), 0);
    socket.send('refused', closedPort(host), host, common.mustSucceed(() => {
      setTimeout(common.mustCall(() => socket.close()), common.platformTimeout(50));
    }));
  }));
}

test('udp4', '127.0.0.1', IPPROTO_IP, IP_RECVERR);
if (common.hasIPv6)
  test('udp6', '::1', IPPROTO_IPV6, IPV6_RECVERR);

// A TCP socket may have it.
const bound = new net.BoundSocket({ host: '127.0.0.1' });
bound.setsockopt(IPPROTO_IP, IP_RECVERR, true);
assert.strictEqual(bound.getsockopt(IPPROTO_IP, IP_RECVERR), 1);
bound.close();
