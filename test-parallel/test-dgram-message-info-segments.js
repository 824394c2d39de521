'use strict';

// A datagram that the system has put together from several is handed over whole
// or taken apart.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux puts datagrams together');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const IPPROTO_UDP = 17;
const UDP_SEGMENT = 103;
const UDP_GRO = 104;

const sender = dgram.createSocket('udp4');
sender.bindSync();
try {
  sender.setsockopt(IPPROTO_UDP, UDP_SEGMENT, 1000);
} catch (error) {
  sender.close();
  common.skip(`no UDP_SEGMENT: ${error.code}`);
}

const data = Buffer.alloc(4500);
for (let i = 0; i < data.length; i++)
  data[i] = i >> 2;

function test(receiveInfo, gro, check) {
  const receiver = dgram.createSocket({ type: 'udp4', receiveInfo });
  const { port } = receiver.bindSync({ address: '127.0.0.1' });
  if (gro)
    receiver.setsockopt(IPPROTO_UDP, UDP_GRO, 1);
  const messages = [];
  receiver.on('message', common.mustCallAtLeast((message, { segmentSize, size }) => {
    messages.push(message);
    assert.strictEqual(size, message.length);
    check(message, segmentSize);
    if (Buffer.concat(messages).length < data.length)
      return;
    assert.deepStrictEqual(Buffer.concat(messages), data);
    receiver.close();
    ended();
  }));
  sender.send(data, port, '127.0.0.1');
}

let left = 3;
function ended() {
  if (--left === 0) {
    sender.setsockopt(IPPROTO_UDP, UDP_SEGMENT, 0);
    const receiver = dgram.createSocket({ type: 'udp4', receiveInfo: ['segmentSize'] });
    const { port } = receiver.bindSync({ address: '127.0.0.1' });
    sender.send('alone', port, '127.0.0.1');
    receiver.on('message', common.mustCall((message, { segmentSize }) => {
      assert.strictEqual(segmentSize, 5);
      receiver.close();
      sender.close();
    }));
  }
}

// Handed over whole.
test(['segmentSize'], false, common.mustCall((message, segmentSize) => {
  assert.strictEqual(message.length, 4500);
  assert.strictEqual(segmentSize, 1000);
}));
const parts = [1000, 1000, 1000, 1000, 500];
const isPart = (left) => common.mustCall((message, segmentSize) => {
  assert.strictEqual(message.length, left.shift());
  assert.strictEqual(segmentSize, undefined);
}, left.length);
// Put together by the system, and taken apart.
test(['ttl'], true, isPart([...parts]));
// Never put together.
test(true, false, isPart([...parts]));
assert.strictEqual(net.constants.UDP_GRO ?? UDP_GRO, UDP_GRO);
