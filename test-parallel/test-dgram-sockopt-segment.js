'use strict';

// UDP_SEGMENT makes the kernel split a single send into many datagrams.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_UDP, UDP_SEGMENT } = net.constants;
if (UDP_SEGMENT === undefined)
  common.skip('the platform has no UDP_SEGMENT');

const SIZE = 100;
const payload = Buffer.concat(
  ['a', 'b', 'c', 'd'].map((char) => Buffer.alloc(SIZE, char)));

const received = [];
const receiver = dgram.createSocket('udp4');
const sender = dgram.createSocket('udp4');

function close() {
  receiver.close();
  sender.close();
}

receiver.bind(0, '127.0.0.1', common.mustCall(() => {
  const { port } = receiver.address();
  sender.bind(0, '127.0.0.1', common.mustCall(() => {
    try {
      sender.setsockopt(IPPROTO_UDP, UDP_SEGMENT, SIZE);
    } catch (err) {
      // Kernels older than Linux 4.18, and some that only emulate Linux.
      assert.strictEqual(err.code, 'ENOPROTOOPT');
      common.printSkipMessage('the kernel has no UDP_SEGMENT');
      close();
      return;
    }
    assert.strictEqual(sender.getsockopt(IPPROTO_UDP, UDP_SEGMENT), SIZE);
    sender.send(payload, port, '127.0.0.1', common.mustCall((err) => {
      if (err) {
        // The device cannot compute the checksums.
        assert.strictEqual(err.code, 'EIO');
        common.printSkipMessage('the device does not segment');
        close();
      }
    }));
  }));

  receiver.on('message', (message) => {
    received.push(message);
    if (received.length === 4) {
      assert.deepStrictEqual(received.map((message) => message.length),
                             [SIZE, SIZE, SIZE, SIZE]);
      assert.deepStrictEqual(Buffer.concat(received), payload);

      // Without the option, the same bytes are a single datagram again.
      sender.setsockopt(IPPROTO_UDP, UDP_SEGMENT, 0);
      sender.send(payload, port, '127.0.0.1', common.mustSucceed());
    } else if (received.length === 5) {
      assert.deepStrictEqual(message, payload);
      close();
    } else {
      assert.strictEqual(message.length, SIZE);
    }
  });
}));
