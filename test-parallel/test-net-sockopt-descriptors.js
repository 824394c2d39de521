'use strict';

// Failing calls do not leak descriptors.

const common = require('../common');
if (!common.isLinux)
  common.skip('counts the entries of /proc/self/fd');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_LINGER } = net.constants;
const count = () => fs.readdirSync('/proc/self/fd').length;

function fail(object) {
  for (const [code, method, ...args] of [
    ['ENOPROTOOPT', 'setsockopt', SOL_SOCKET, 0x7ffe, 1],
    ['ENOPROTOOPT', 'setsockopt', SOL_SOCKET, 0x7ffe, 'text'],
    ['ERR_SOCKET_OPTION_REFUSED', 'setsockopt', SOL_SOCKET, 0x7ffe, Buffer.alloc(64)],
    ['ENOPROTOOPT', 'getsockopt', SOL_SOCKET, 0x7ffe],
    ['ENOPROTOOPT', 'getsockopt', SOL_SOCKET, 0x7ffe, 64],
    ['ENOPROTOOPT', 'setsockopt', IPPROTO_TCP, 0x7ffe, 1],
    ['EINVAL', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, Buffer.alloc(1)],
    ['ERR_INVALID_ARG_VALUE', 'getsockopt', SOL_SOCKET, SO_LINGER],
    ['ERR_SOCKET_OPTION_REFUSED', 'setsockopt', SOL_SOCKET, 26, 1],
    ['ERR_OUT_OF_RANGE', 'setsockopt', SOL_SOCKET, NaN, 1],
  ]) {
    assert.throws(() => object[method](...args), { code });
  }
}

const bound = new net.BoundSocket({ host: '127.0.0.1' });
const udp = dgram.createSocket('udp4');
udp.bind(0, '127.0.0.1', common.mustCall(() => {
  fail(bound);
  fail(udp);
  const before = count();
  for (let i = 0; i < 100; i++) {
    fail(bound);
    fail(udp);
  }
  assert.strictEqual(count(), before);

  // Closed objects do not leak them either.
  for (let i = 0; i < 100; i++) {
    const other = new net.BoundSocket({ host: '127.0.0.1' });
    other.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
    assert.throws(() => other.getsockopt(SOL_SOCKET, SO_LINGER),
                  { code: 'ERR_INVALID_ARG_VALUE' });
    other.close();
  }
  setImmediate(common.mustCall(() => {
    assert.strictEqual(count(), before);
    bound.close();
    udp.close();
  }));
}));
