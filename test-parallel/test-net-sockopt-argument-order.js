'use strict';

// If both the arguments and the state of the socket are invalid, the arguments
// are reported. So the error does not depend on the time of the call.

require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { inspect } = require('util');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;

const buffer = new ArrayBuffer(4);
const detached = new Uint8Array(buffer);
structuredClone(buffer, { transfer: [buffer] });

const cases = [
  ['ERR_INVALID_ARG_TYPE', 'setsockopt', undefined, SO_KEEPALIVE, 1],
  ['ERR_OUT_OF_RANGE', 'setsockopt', NaN, SO_KEEPALIVE, 1],
  ['ERR_INVALID_ARG_TYPE', 'setsockopt', SOL_SOCKET, undefined, 1],
  ['ERR_OUT_OF_RANGE', 'setsockopt', SOL_SOCKET, 0.5, 1],
  ['ERR_INVALID_ARG_TYPE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, null],
  ['ERR_INVALID_ARG_TYPE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, 1n],
  ['ERR_OUT_OF_RANGE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, 0.5],
  ['ERR_OUT_OF_RANGE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, 2 ** 32],
  ['ERR_OUT_OF_RANGE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, NaN],
  ['ERR_INVALID_ARG_VALUE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, 'a\0b'],
  ['ERR_INVALID_ARG_VALUE', 'setsockopt', SOL_SOCKET, SO_KEEPALIVE, detached],
  ['ERR_INVALID_ARG_TYPE', 'getsockopt', undefined, SO_KEEPALIVE],
  ['ERR_OUT_OF_RANGE', 'getsockopt', SOL_SOCKET, 2 ** 31],
  ['ERR_INVALID_ARG_TYPE', 'getsockopt', SOL_SOCKET, SO_KEEPALIVE, null],
  ['ERR_OUT_OF_RANGE', 'getsockopt', SOL_SOCKET, SO_KEEPALIVE, -1],
  ['ERR_OUT_OF_RANGE', 'getsockopt', SOL_SOCKET, SO_KEEPALIVE, 1048577],
];

function check(object, label) {
  for (const [code, method, ...args] of cases) {
    assert.throws(() => object[method](...args), { code },
                  `${method} ${inspect(args)} ${label}`);
  }
}

check(new net.Socket(), 'not connected');

const destroyed = new net.Socket();
destroyed.destroy();
check(destroyed, 'destroyed');

check(net.createServer(), 'not listening');

const bound = new net.BoundSocket({ host: '127.0.0.1' });
bound.close();
check(bound, 'closed');

const udp = dgram.createSocket('udp4');
check(udp, 'not bound');
udp.close();
check(udp, 'closed');
