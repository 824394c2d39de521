'use strict';

// connectSync() does not connect to addresses blocked by sendBlockList.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const blocked = { code: 'ERR_IP_BLOCKED' };
const notConnected = { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' };

const peer = dgram.createSocket('udp4');
const { port } = peer.bindSync({ address: '127.0.0.1' });
const sendBlockList = new net.BlockList();
sendBlockList.addAddress('127.0.0.1');
const createSocket = () => dgram.createSocket({ type: 'udp4', sendBlockList });

// Not every release line has this option.
const probe = createSocket();
probe.connect(port, '127.0.0.1', common.mustCall((error) => {
  probe.close();
  if (error) {
    assert.strictEqual(error.code, 'ERR_IP_BLOCKED');
    test();
  } else {
    assert.ok(Number(process.versions.node.split('.')[0]) < 22);
    peer.close();
    common.printSkipMessage('no sendBlockList');
  }
}));

function test() {
  for (const args of [['127.0.0.1'], [], [''], [null]]) {
    const socket = createSocket();
    socket.on('error', common.mustNotCall());
    socket.on('connect', common.mustCall(() => socket.close()));
    for (let i = 0; i < 2; i++) {
      assert.throws(() => socket.connectSync(port, ...args), blocked);
      assert.throws(() => socket.remoteAddress(), notConnected);
    }
    // Other addresses are allowed.
    socket.connectSync(port, '127.0.0.2');
    assert.deepStrictEqual(socket.remoteAddress(),
                           { address: '127.0.0.2', family: 'IPv4', port });
  }

  // The socket is not connected later, either.
  const later = createSocket();
  later.on('connect', common.mustNotCall());
  later.on('error', common.mustNotCall());
  assert.throws(() => later.connectSync(port), blocked);
  setImmediate(common.mustCall(() => {
    assert.throws(() => later.remoteAddress(), notConnected);
    later.close();
  }));

  // The list does not affect bindSync(), and a bound socket stays bound.
  const bound = createSocket();
  const address = bound.bindSync({ address: '127.0.0.1' });
  assert.throws(() => bound.connectSync(port), blocked);
  assert.deepStrictEqual(bound.address(), address);
  assert.throws(() => bound.remoteAddress(), notConnected);
  bound.close();

  // Later additions to the list are respected.
  const list = new net.BlockList();
  const socket = dgram.createSocket({ type: 'udp4', sendBlockList: list });
  socket.connectSync(port);
  socket.disconnect();
  list.addSubnet('127.0.0.0', 8);
  assert.throws(() => socket.connectSync(port), blocked);
  assert.throws(() => socket.remoteAddress(), notConnected);
  socket.close();

  if (common.hasIPv6) {
    const list = new net.BlockList();
    list.addAddress('::1', 'ipv6');
    const socket = dgram.createSocket({ type: 'udp6', sendBlockList: list });
    assert.throws(() => socket.connectSync(port), blocked);
    assert.throws(() => socket.connectSync(port, '::1'), blocked);
    socket.close();
  }

  // Arguments are validated first.
  const wrong = createSocket();
  assert.throws(() => wrong.connectSync(0, '127.0.0.1'),
                { code: 'ERR_SOCKET_BAD_PORT' });
  assert.throws(() => wrong.connectSync(port, 'localhost'),
                { code: 'ERR_INVALID_ARG_VALUE' });
  wrong.close();
  peer.close();
}
