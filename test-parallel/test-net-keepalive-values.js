'use strict';

// setKeepAlive() accepts the values that a system can set, throws for others,
// and then changes nothing.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { getSystemErrorMap } = require('util');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL,
} = net.constants;
if (TCP_KEEPIDLE === undefined || TCP_KEEPINTVL === undefined ||
    TCP_KEEPCNT === undefined) {
  common.skip('no constants for the keep-alive options');
}

const isOn = (socket) => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
const values = (socket) => [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]
  .map((name) => socket.getsockopt(IPPROTO_TCP, name));

// An initial delay is converted to a number. These are not positive then.
const nothing = [NaN, 'x', {}, [], () => {}, null, undefined, false, '',
                 new Date(NaN), /x/, -Infinity, -0, -1, -(2 ** 53), '0',
                 Object.create(null, { valueOf: { value: () => 'x' } })];
// Less than a second.
const short = [true, 0.5, 1, 999, Number.MIN_VALUE, '999'];
const notNumbers = ['x', '5000', {}, [], () => {}, true, false, '', /x/, 5n,
                    Symbol('x')];
const tooLong = [32_768_000, 999_999_999, 2 ** 31, 2 ** 31 * 1000, 2 ** 32,
                 2 ** 32 * 1000, 2 ** 53, 1e100, Infinity];
const tooMany = [128, 200, 127.5, 2 ** 31, 2 ** 32, 2 ** 32 + 4, Infinity];

// Arguments, and the code of the error.
const refused = [];
for (const value of tooLong) {
  refused.push([[value, 3000, 4], 'ERR_OUT_OF_RANGE'],
               [[value, 3000], 'ERR_OUT_OF_RANGE'],
               [[value, undefined, 4], 'ERR_OUT_OF_RANGE'],
               [[`${value}`, 3000], 'ERR_OUT_OF_RANGE'],
               [[8000, value, 9], 'ERR_OUT_OF_RANGE'],
               [[8000, value], 'ERR_OUT_OF_RANGE']);
}
for (const value of tooMany) {
  refused.push([[8000, 9000, value], 'ERR_OUT_OF_RANGE'],
               [[8000, undefined, value], 'ERR_OUT_OF_RANGE']);
}
refused.push([[8000, NaN, 9], 'ERR_OUT_OF_RANGE'],
             [[8000, 9000, NaN], 'ERR_OUT_OF_RANGE']);
for (const value of notNumbers) {
  refused.push([[8000, value, 9], 'ERR_INVALID_ARG_TYPE'],
               [[8000, 9000, value], 'ERR_INVALID_ARG_TYPE']);
}

const server = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.resume();
});

server.listen(0, '127.0.0.1', common.mustCall(async () => {
  const { port } = server.address();
  const connect = (socket = new net.Socket()) => new Promise((resolve) => {
    socket.connect(port, '127.0.0.1', common.mustCall(() => resolve(socket)));
  });
  const fresh = await connect();
  const system = values(fresh);
  fresh.destroy();

  // The result is the same before and after connecting.
  async function accepts(args, expected) {
    const socket = await connect();
    assert.strictEqual(socket.setKeepAlive(...args), socket);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), expected);
    // Useful values can be set afterwards.
    socket.setKeepAlive(true, 7000, 6000, 5);
    assert.deepStrictEqual(values(socket), [7, 6, 5]);
    socket.destroy();

    const early = new net.Socket();
    const [enable, initialDelay, interval, count] = args;
    early.setKeepAlive({ enable, initialDelay, interval, count });
    early.setKeepAlive(...args);
    await connect(early);
    assert.strictEqual(isOn(early), true);
    assert.deepStrictEqual(values(early), expected);
    early.destroy();
  }

  for (const value of [...nothing, ...short]) {
    await accepts([true, value], system);
    await accepts([true, value, 3000, 4], [system[0], 3, 4]);
  }
  for (const value of [-Infinity, -0, -1, -(2 ** 53), 0, 0.5,
                       Number.MIN_VALUE]) {
    await accepts([true, 5000, value, 4], [5, system[1], 4]);
    await accepts([true, 5000, 3000, value], [5, 3, system[2]]);
  }
  // Without an interval and a count, a delay that is too long is ignored.
  for (const value of tooLong) {
    await accepts([true, value], system);
    await accepts([true, `${value}`, null, undefined], system);
    const socket = await connect();
    socket.setKeepAlive(true, 7000, 6000, 5);
    socket.setKeepAlive(false, value);
    assert.strictEqual(isOn(socket), false);
    socket.setKeepAlive({ enable: true, initialDelay: value });
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [7, 6, 5]);
    socket.destroy();

    const early = new net.Socket();
    early.setKeepAlive(true, 7000, 6000, 5);
    early.setKeepAlive(true, value);
    await connect(early);
    assert.deepStrictEqual(values(early), [7, 6, 5]);
    early.destroy();
  }
  await accepts([true, '5000'], [5, 1, 10]);
  await accepts([true, '5999', 3999, 4.9], [5, 3, 4]);
  await accepts([true, 32_767_999, 32_767_999, 127], [32_767, 32_767, 127]);

  // The value that enables keep-alive does not have to be a boolean.
  for (const enable of [1, 'true', true, -1, () => {}])
    await accepts([enable, 5000, 3000, 4], [5, 3, 4]);
  const socket = await connect();
  for (const enable of [0, '', NaN, null, undefined, false]) {
    socket.setKeepAlive(true, 5000, 3000, 4);
    assert.strictEqual(isOn(socket), true);
    assert.strictEqual(socket.setKeepAlive(enable, 5000, 3000, 4), socket);
    assert.strictEqual(isOn(socket), false);
    if (typeof enable === 'number')
      continue;
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.setKeepAlive({ enable, initialDelay: 5000 });
    assert.strictEqual(isOn(socket), false);
  }

  // An error leaves everything as it was.
  const early = new net.Socket();
  early.setKeepAlive(true, 5000, 3000, 4);
  for (const on of [false, true]) {
    socket.setKeepAlive(on, 5000, 3000, 4);
    for (const [[initialDelay, interval, count], code] of refused) {
      for (const target of [socket, early]) {
        assert.throws(
          () => target.setKeepAlive(true, initialDelay, interval, count),
          { code });
        assert.throws(
          () => target.setKeepAlive({ enable: true, initialDelay, interval, count }),
          { code });
      }
      assert.strictEqual(isOn(socket), on);
      assert.deepStrictEqual(values(socket), [5, 3, 4]);
    }
  }
  await connect(early);
  assert.deepStrictEqual(values(early), [5, 3, 4]);
  early.destroy();

  // An error of the system is thrown if the call sets more than the delay.
  const [err] = [...getSystemErrorMap()].find(([, [name]]) => name === 'ENOTSUP');
  socket._handle.setKeepAlive = () => err;
  assert.throws(() => socket.setKeepAlive(true, 6000, 4000),
                { code: 'ENOTSUP', syscall: 'setsockopt' });
  assert.throws(() => socket.setKeepAlive(true, 6000, undefined, 9),
                { code: 'ENOTSUP', syscall: 'setsockopt' });
  socket.setKeepAlive(true, 6000);
  delete socket._handle.setKeepAlive;
  socket.setKeepAlive(true);
  assert.deepStrictEqual(values(socket), [5, 3, 4]);
  socket.destroy();
  server.close();
}));
