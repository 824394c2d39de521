'use strict';

// The error queue of a socket is not served by libuv, or each entry reported as a
// failure. Options that fill the queue are refused, and a process that tries
// them does not crash.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has an error queue');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IPPROTO_IPV6, IP_RECVERR, SOL_SOCKET } = net.constants;
const IPV6_RECVERR = 25;
const SO_TIMESTAMPING = 37;
const SO_TIMESTAMPING_NEW = 65;
// SOF_TIMESTAMPING_TX_SOFTWARE, _SOFTWARE and _TX_SCHED: one entry per
// datagram.
const everyDatagram = 2 | 16 | 256;

const error = {
  code: 'ERR_SOCKET_OPTION_REFUSED',
  name: 'TypeError',
  message: /optname.*libuv/,
};

// Returns a port that nobody listens on: it was free a moment ago.
function closedPort(host) {
  const bound = new net.BoundSocket({ host });
  const { port } = bound.address();
  bound.close();
  return port;
}

function test(type, host, level, optname) {
  const socket = dgram.createSocket(type);
  socket.bind(0, host, common.mustCall(() => {
    for (const value of [1, true, 0, everyDatagram, new Int32Array([everyDatagram])])
      assert.throws(() => socket.setsockopt(level, optname, value), error);
    assert.deepStrictEqual(socket.getsockopt(level, optname, 4), Buffer.alloc(4));
    socket.send('refused', closedPort(host), host, common.mustSucceed(() => {
      setTimeout(common.mustCall(() => socket.close()), common.platformTimeout(50));
    }));
  }));
}

test('udp4', '127.0.0.1', IPPROTO_IP, IP_RECVERR);
if (['x64', 'arm64'].includes(process.arch)) {
  test('udp4', '127.0.0.1', SOL_SOCKET, SO_TIMESTAMPING);
  test('udp4', '127.0.0.1', SOL_SOCKET, SO_TIMESTAMPING_NEW);
}
if (common.hasIPv6)
  test('udp6', '::1', IPPROTO_IPV6, IPV6_RECVERR);

// A TCP socket may have these options.
const bound = new net.BoundSocket({ host: '127.0.0.1' });
bound.setsockopt(IPPROTO_IP, IP_RECVERR, true);
assert.strictEqual(bound.getsockopt(IPPROTO_IP, IP_RECVERR), 1);
bound.close();
