'use strict';

// One message becomes many datagrams, whether the kernel or this process takes it
// apart.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows has no sendmsg(2)');

const assert = require('assert');
const dgram = require('dgram');

const { randomFillSync } = require('crypto');
const data = randomFillSync(Buffer.alloc(120_000));

function test(length, segmentSize, send) {
  const receiver = dgram.createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  const { port } = receiver.bindSync({ address: '127.0.0.1' });
  const sender = dgram.createSocket('udp4');
  sender.bindSync();
  const messages = [];
  const expected = [];
  for (let i = 0; i < length; i += segmentSize)
    expected.push(Math.min(segmentSize, length - i));
  receiver.on('message', common.mustCall((message) => {
    messages.push(message);
    if (messages.length < expected.length)
      return;
    assert.deepStrictEqual(messages.map(({ length }) => length), expected);
    assert.deepStrictEqual(Buffer.concat(messages), data.subarray(0, length));
    receiver.close();
    sender.close();
  }, expected.length));
  send(sender, data.subarray(0, length), { port, segmentSize });
}

const sendSync = (sender, msg, options) => {
  assert.strictEqual(sender.sendSync(msg, options), msg.length);
};
const send = (sender, msg, options) => {
  sender.send(msg, options, common.mustSucceed((bytes) => assert.strictEqual(bytes, msg.length)));
};
const sendMany = (sender, msg, options) => {
  sender.sendMany([{ msg, ...options }], common.mustSucceed((count) => assert.strictEqual(count, 1)));
};

for (const call of [sendSync, send, sendMany]) {
  test(3500, 1000, call);
  test(1000, 1000, call);
  test(10, 1000, call);
  // More than the kernel takes at once.
  test(60_000, 300, call);
  test(120_000, 1200, call);
  // Larger than what fits into a packet of the loopback interface, so that the
  // kernel refuses it.
  test(120_000, 65_507, call);
}

// Without a segment size, it is one datagram or none.
const sender = dgram.createSocket('udp4');
sender.bindSync();
assert.throws(() => sender.sendSync(data, { port: 1 }), { code: 'EMSGSIZE' });
sender.close();
