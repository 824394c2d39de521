'use strict';

// Arguments are validated and never coerced.

require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_LINGER, TCP_NODELAY } =
  net.constants;

const wrongType = { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' };
const outOfRange = { code: 'ERR_OUT_OF_RANGE', name: 'RangeError' };
const wrongValue = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' };

const notNumbers = [undefined, null, '1', '', true, false, 1n, Symbol('1'), {},
                    [], [1], () => 1, new Number(1), Buffer.from([1, 0, 0, 0]),
                    { valueOf: () => 1 }];
const notInt32 = [NaN, Infinity, -Infinity, 0.5, -1.5, Number.MIN_VALUE,
                  2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53,
                  Number.MAX_VALUE];
const notValues = [undefined, null, 1n, Symbol('1'), {}, [], [1], () => 1,
                   new Number(1), new String('a'), new Boolean(true),
                   new ArrayBuffer(4), new SharedArrayBuffer(4), new Date(),
                   { valueOf: () => 1 }, { byteLength: 4 }];
const notIntValues = [NaN, Infinity, -Infinity, 0.5, -(2 ** 31) - 0.5,
                      -(2 ** 31) - 1, 2 ** 32, 2 ** 53, Number.MAX_VALUE];

function check(object) {
  const set = (...args) => object.setsockopt(...args);
  const get = (...args) => object.getsockopt(...args);

  for (const [values, error] of [[notNumbers, wrongType],
                                 [notInt32, outOfRange]]) {
    for (const value of values) {
      assert.throws(() => set(value, SO_KEEPALIVE, 1), error);
      assert.throws(() => set(SOL_SOCKET, value, 1), error);
      assert.throws(() => get(value, SO_KEEPALIVE), error);
      assert.throws(() => get(SOL_SOCKET, value), error);
      assert.throws(() => get(value, SO_KEEPALIVE, 4), error);
      assert.throws(() => get(SOL_SOCKET, value, 4), error);
    }
  }

  for (const value of notValues)
    assert.throws(() => set(SOL_SOCKET, SO_KEEPALIVE, value), wrongType);
  for (const value of notIntValues)
    assert.throws(() => set(SOL_SOCKET, SO_KEEPALIVE, value), outOfRange);
  for (const value of ['\0', 'a\0', '\0a', 'a\0b', `${'\u20ac'.repeat(20)}\0`])
    assert.throws(() => set(SOL_SOCKET, SO_KEEPALIVE, value), wrongValue);

  for (const value of notNumbers) {
    if (value !== undefined)
      assert.throws(() => get(SOL_SOCKET, SO_KEEPALIVE, value), wrongType);
  }
  for (const value of [-1, 1048577, 2 ** 31, 2 ** 32, 2 ** 32 + 4, 0.5, 4.5,
                       NaN, Infinity, -Infinity]) {
    assert.throws(() => get(SOL_SOCKET, SO_KEEPALIVE, value), outOfRange);
  }

  assert.throws(() => set(), wrongType);
  assert.throws(() => set(SOL_SOCKET), wrongType);
  assert.throws(() => set(SOL_SOCKET, SO_KEEPALIVE), wrongType);
  assert.throws(() => get(), wrongType);
  assert.throws(() => get(SOL_SOCKET), wrongType);
}

// The message names the argument.
function checkNames(object) {
  assert.throws(() => object.setsockopt('', 1, 1), /"level"/);
  assert.throws(() => object.setsockopt(1, '', 1), /"optname"/);
  assert.throws(() => object.setsockopt(1, 1, null), /"value"/);
  assert.throws(() => object.getsockopt(2 ** 31, 1), /"level"/);
  assert.throws(() => object.getsockopt(1, 2 ** 31), /"optname"/);
  assert.throws(() => object.getsockopt(1, 1, -1), /"length"/);
}

// Even on a working socket, none of the invalid calls had any effect.
const bound = new net.BoundSocket({ host: '127.0.0.1' });
check(bound);
checkNames(bound);
assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);

// Values just within the limits.
assert.notStrictEqual(
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 2 ** 32 - 1)
    .getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
assert.strictEqual(
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, -0)
    .getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
assert.notStrictEqual(
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, -(2 ** 31))
    .getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
for (const extreme of [2 ** 31 - 1, -(2 ** 31), -1]) {
  assert.throws(() => bound.setsockopt(extreme, 1, 1),
                { syscall: 'setsockopt' });
  assert.throws(() => bound.getsockopt(SOL_SOCKET, extreme),
                { syscall: 'getsockopt' });
}

// An undefined length is the same as none.
assert.strictEqual(
  bound.getsockopt(IPPROTO_TCP, TCP_NODELAY, undefined),
  bound.getsockopt(IPPROTO_TCP, TCP_NODELAY));
// A struct is not an integer, and is not truncated to one.
assert.throws(() => bound.getsockopt(SOL_SOCKET, SO_LINGER), wrongValue);
assert.throws(() => bound.getsockopt(SOL_SOCKET, SO_LINGER, undefined),
              wrongValue);

// A string may not be longer than an option can be, wherever it is given.
{
  const longest = 'a'.repeat(2 ** 20);
  const tooLong = { ...outOfRange, message: /length" is out of range.+<= 1048576\. Received 1_?048_?577/ };
  const within = (set) => {
    try {
      set(longest);
    } catch (err) {
      assert.notStrictEqual(err.code, outOfRange.code);
    }
    assert.throws(() => set(`${longest}a`), tooLong);
  };
  const datagram = dgram.createSocket('udp4');
  for (const object of [bound, new net.Socket(), datagram])
    within((value) => object.setsockopt(SOL_SOCKET, SO_KEEPALIVE, value));
  datagram.close();
}
bound.close();

// They are ordinary methods.
for (const { prototype } of [net.Socket, net.Server, net.BoundSocket,
                             dgram.Socket]) {
  assert.strictEqual(typeof prototype.setsockopt, 'function');
  assert.strictEqual(typeof prototype.getsockopt, 'function');
  assert.strictEqual(prototype.setsockopt.name, 'setsockopt');
  assert.strictEqual(prototype.getsockopt.name, 'getsockopt');
}

// -0 is treated as 0, before and after the call is optimized.
{
  const { IPPROTO_IP, IP_TTL } = net.constants;
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const ttl = bound.getsockopt(IPPROTO_IP, IP_TTL);
  for (let i = 0; i < 30_000; i++) {
    if (bound.getsockopt(-0, IP_TTL) !== ttl)
      assert.fail(`call ${i}`);
  }
  assert.throws(() => bound.getsockopt(IPPROTO_IP, -0), { code: 'ENOPROTOOPT' });
  assert.strictEqual(bound.setsockopt(-0, IP_TTL, ttl), bound);
  bound.close();
}
