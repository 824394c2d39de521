'use strict';

// Exclusive bound sockets have their socketOptions like others, and shared ones
// refuse them.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_RCVBUF, SO_REUSEADDR } = net.constants;

const host = '127.0.0.1';
const good = [SOL_SOCKET, SO_RCVBUF, 20_000];
const wrongValue = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' };
const bind = (socketOptions) => new net.BoundSocket({ host, exclusive: true, socketOptions });

{
  const plain = bind();
  const bound = bind([[SOL_SOCKET, SO_KEEPALIVE, true], good]);
  assert.notStrictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  assert.notStrictEqual(bound.getsockopt(SOL_SOCKET, SO_RCVBUF), plain.getsockopt(SOL_SOCKET, SO_RCVBUF));
  if (!common.isWindows)
    assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  bound.close();
  plain.close();
}

assert.throws(() => bind(3), { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' });
assert.throws(() => bind([good, [IPPROTO_TCP, 9999, 1]]), {
  syscall: 'setsockopt', index: 1, level: IPPROTO_TCP, optname: 9999,
});

// For a shared socket, socket(2) and bind(2) may have been called already.
for (const list of [[good], [[SOL_SOCKET, SO_KEEPALIVE, 1], good]]) {
  for (const shared of [true, 'reuseport']) {
    assert.throws(
      () => new net.BoundSocket({ host, shared, socketOptions: list }),
      wrongValue);
  }
}
new net.BoundSocket({ host, shared: true, socketOptions: undefined }).close();
