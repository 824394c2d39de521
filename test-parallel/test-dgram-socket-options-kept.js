'use strict';

// Options of a datagram socket are set when the system socket is created, after
// those that were passed to createSocket(). They last until it is closed.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { once } = require('events');

const { IPPROTO_IP, SOL_SOCKET, IP_TTL, SO_RCVBUF, SO_SNDBUF } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const noSocket = { code: 'ERR_INVALID_STATE', name: 'Error' };
const closed = { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING', name: 'Error' };

const ways = {
  bind: (socket) => socket.bind(0, host),
  bindToName: (socket) => socket.bind(0, 'localhost'),
  bindExclusive: (socket) => socket.bind({ address: host, exclusive: true }),
  bindSync: (socket) => socket.bindSync({ address: host }),
  send: (socket) => socket.send('text', 9, host),
  connect: (socket) => socket.connect(9, host),
  connectSync: (socket) => socket.connectSync(9, host),
};

function unreadable(socket, expected = noSocket) {
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_RCVBUF), expected);
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_RCVBUF, 4), expected);
}

async function main() {
  for (const [name, bind] of Object.entries(ways)) {
    const bytes = new Int32Array([20_000]);
    const socket = dgram.createSocket({
      type: 'udp4',
      socketOptions: [[SOL_SOCKET, SO_RCVBUF, bytes],
                      [SOL_SOCKET, SO_SNDBUF, bytes],
                      [IPPROTO_IP, IP_TTL, 41]],
    });
    unreadable(socket);
    for (const [args, code] of [
      [[undefined, SO_RCVBUF, 1], 'ERR_INVALID_ARG_TYPE'],
      [[SOL_SOCKET, SO_RCVBUF, null], 'ERR_INVALID_ARG_TYPE'],
      [[SOL_SOCKET, SO_RCVBUF, 0.5], 'ERR_OUT_OF_RANGE'],
      [[SOL_SOCKET, SO_RCVBUF, 'a\0'], 'ERR_INVALID_ARG_VALUE'],
    ]) {
      assert.throws(() => socket.setsockopt(...args), { code });
    }
    assert.strictEqual(
      socket.setsockopt(SOL_SOCKET, SO_SNDBUF, bytes.fill(30_000)), socket);
    socket.setsockopt(IPPROTO_IP, IP_TTL, 42).setsockopt(IPPROTO_IP, IP_TTL, 43);
    bytes.fill(60_000);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });

    const listening = once(socket, 'listening');
    bind(socket);
    await listening;
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF), 20_000 * factor, name);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF), 30_000 * factor, name);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 43, name);
    // Options are set immediately from here on.
    socket.setsockopt(IPPROTO_IP, IP_TTL, 44);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 44);
    assert.throws(() => socket.setsockopt(SOL_SOCKET, 9999, 1),
                  { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
    socket.close();
    unreadable(socket, closed);
    assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_TTL, 44), closed);
  }

  // While the address passed to bind() is being looked up.
  {
    const socket = dgram.createSocket({
      type: 'udp4',
      lookup: (name, options, callback) => setImmediate(callback, null, host, 4),
    });
    const listening = once(socket, 'listening');
    socket.bind(0, 'name.invalid');
    unreadable(socket);
    socket.setsockopt(IPPROTO_IP, IP_TTL, 45);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 45);
    await listening;
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 45);
    socket.close();
  }

  // Options with a Node.js API of their own are set later, and win.
  {
    const socket = dgram.createSocket({
      type: 'udp4',
      recvBufferSize: 50_000,
      socketOptions: [[SOL_SOCKET, SO_RCVBUF, 20_000]],
    });
    socket.bind(0, host);
    await once(socket, 'listening');
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF), 50_000 * factor);
    socket.close();
  }

  // A socket that is never bound.
  {
    const socket = dgram.createSocket('udp4');
    socket.setsockopt(IPPROTO_IP, IP_TTL, 46);
    socket.close();
    unreadable(socket, closed);
  }

  // There is only one system socket from bind() to close(): connecting,
  // disconnecting and reconnecting does not change anything.
  {
    const socket = dgram.createSocket({
      type: 'udp4',
      socketOptions: [[IPPROTO_IP, IP_TTL, 47]],
    });
    socket.connectSync(9, host);
    socket.setsockopt(IPPROTO_IP, IP_TTL, 48);
    socket.disconnect();
    socket.connectSync(9, host);
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 48);
    socket.close();
  }
}

main().then(common.mustCall());
