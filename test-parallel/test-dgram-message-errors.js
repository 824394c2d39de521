'use strict';

// Errors that the network reports of datagrams become events, and options that
// fill the error queue are allowed where it is read.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has an error queue');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IPPROTO_IPV6, IP_RECVERR, SOL_SOCKET } = net.constants;
const IPV6_RECVERR = 25;
const SO_TIMESTAMPING = 37;

// Nobody listens on this port, and a port of choice cannot become it.
const port = 1;

function test(type, host, to, address, prepare = () => {}) {
  const socket = dgram.createSocket({ type, receiveInfo: ['errors', 'ttl'] });
  const own = socket.bindSync({ address: host }).port;
  socket.on('messageError', common.mustCall((error) => {
    assert(error instanceof Error);
    const { code, errno, syscall, offender } = error;
    assert.deepStrictEqual(
      { code, errno, syscall, address: error.address, port: error.port, offender },
      { code: 'ECONNREFUSED', errno: -111, syscall: 'sendmsg', address, port, offender: address });
    assert.strictEqual('mtu' in error, false);
    // The socket goes on to work.
    socket.send('after', own, to);
  }));
  socket.on('message', common.mustCall((message, { ttl }) => {
    assert.strictEqual(message.toString(), 'after');
    assert.strictEqual(typeof ttl, 'number');
    socket.close();
  }));
  prepare(socket);
  socket.send('lost', port, to);
}

test('udp4', '0.0.0.0', '127.0.0.1', '127.0.0.1');
test('udp4', '127.0.0.1', '127.0.0.1', '127.0.0.1', (socket) => {
  socket.setsockopt(IPPROTO_IP, IP_RECVERR, 0);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_RECVERR), 0);
  socket.setsockopt(IPPROTO_IP, IP_RECVERR, Buffer.from(new Int32Array([1]).buffer));
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_RECVERR), 1);
});
if (common.hasIPv6) {
  test('udp6', '::', '::1', '::1', (socket) => {
    socket.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, true);
  });
  test('udp6', '::', '::ffff:127.0.0.1', '::ffff:127.0.0.1');
}

// Entries that are no errors are read, and nobody hears of them.
if (['x64', 'arm64'].includes(process.arch)) {
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['errors', 'timestamp'] });
  const { port } = socket.bindSync({ address: '127.0.0.1' });
  // SOF_TIMESTAMPING_TX_SOFTWARE, _SOFTWARE and _TX_SCHED: two entries for each
  // datagram.
  socket.setsockopt(SOL_SOCKET, SO_TIMESTAMPING, 2 | 16 | 256);
  socket.on('messageError', common.mustNotCall());
  socket.on('error', common.mustNotCall());
  let count = 0;
  socket.on('message', common.mustCall(() => {
    if (++count < 10)
      return socket.send('x', port, '127.0.0.1');
    const before = process.cpuUsage();
    setTimeout(common.mustCall(() => {
      // The queue is empty, otherwise the loop would turn all the time.
      const { system, user } = process.cpuUsage(before);
      assert(system + user < common.platformTimeout(150) * 1000);
      socket.close();
    }), common.platformTimeout(300));
  }, 10));
  socket.send('x', port, '127.0.0.1');
}

// A socket can be closed in the event, while the queue has more.
{
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['errors'] });
  const { port: own } = socket.bindSync({ address: '127.0.0.1' });
  socket.on('messageError', common.mustCall(() => socket.close()));
  socket.on('message', common.mustNotCall());
  for (let i = 0; i < 5; i++) {
    socket.send('lost', port, '127.0.0.1');
    socket.send('here', own, '127.0.0.1');
  }
}

// Or in a message, when there are errors as well.
{
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['errors'] });
  const { port: own } = socket.bindSync({ address: '127.0.0.1' });
  let isClosed = false;
  socket.on('messageError', () => assert(!isClosed));
  socket.on('message', common.mustCallAtLeast(() => {
    assert(!isClosed);
    isClosed = true;
    socket.close();
  }, 1));
  socket.send('here', own, '127.0.0.1', () => {
    socket.send('lost', port, '127.0.0.1');
  });
}

// Without `errors`, such options are refused, and nothing is reported.
{
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: true });
  socket.bindSync({ address: '127.0.0.1' });
  const refused = { code: 'ERR_SOCKET_OPTION_REFUSED' };
  assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_RECVERR, 1), refused);
  socket.setReceiveInfo(['errors']);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_RECVERR), 1);
  socket.setReceiveInfo([]);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_RECVERR), 0);
  assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_RECVERR, 1), refused);
  assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_RECVERR, Buffer.alloc(4)), refused);
  socket.close();
}

// What else fills the queue is turned off along with it.
{
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['errors'] });
  socket.bindSync({ address: '127.0.0.1' });
  const transmitted = 2;
  const byScheduler = 16;
  socket.setsockopt(SOL_SOCKET, SO_TIMESTAMPING, transmitted | byScheduler);
  socket.setReceiveInfo([]);
  assert.deepStrictEqual(socket.getsockopt(SOL_SOCKET, SO_TIMESTAMPING, 4), Buffer.alloc(4));
  socket.on('message', common.mustCall(() => socket.close()));
  socket.send('to itself', socket.address().port, '127.0.0.1');
}
