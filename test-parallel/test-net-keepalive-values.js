'use strict';

// setKeepAlive() does not throw for values that are not numbers, and copes with
// those that are out of range.

const common = require('../common');
const assert = require('assert');
const net = require('net');

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

const garbage = [NaN, 'x', {}, [], () => {}, null, Infinity, -Infinity, true,
                 false, '', new Date(NaN), /x/, Object.create(null, {
                   valueOf: { value: () => 'x' },
                 })];
const large = [1e9, 2 ** 31, 2 ** 31 * 1000, 2 ** 32, 2 ** 32 * 1000, 2 ** 53,
               1e100, Number.MAX_VALUE, -(2 ** 31), -(2 ** 31) * 1000,
               -(2 ** 53), Number.MIN_VALUE, 0.5, 1.5, -0.5];

// Values that are zero when converted to seconds.
const nothing = [NaN, 'x', {}, undefined, () => {}, '', /x/];

const server = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.resume();
});

server.listen(0, '127.0.0.1', common.mustCall(async () => {
  const { port } = server.address();
  const connect = () => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', common.mustCall(() => {
      resolve(socket);
    }));
  });
  const fresh = await connect();
  const system = values(fresh);
  fresh.destroy();

  // It does not throw before or after connecting, and keep-alive is on.
  async function accepts(...args) {
    const socket = await connect();
    assert.strictEqual(socket.setKeepAlive(...args), socket);
    assert.strictEqual(isOn(socket), true);
    const result = values(socket);
    for (const value of result)
      assert.ok(value > 0);
    // Useful values can be set afterwards.
    socket.setKeepAlive(true, 7000, 6000, 5);
    assert.deepStrictEqual(values(socket), [7, 6, 5]);
    socket.destroy();

    const early = new net.Socket();
    assert.strictEqual(early.setKeepAlive(...args), early);
    const [enable, initialDelay, interval, count] = args;
    early.setKeepAlive({ enable, initialDelay, interval, count });
    early.setKeepAlive(...args);
    early.connect(port, '127.0.0.1');
    await new Promise((resolve) => early.on('connect', resolve));
    assert.strictEqual(isOn(early), true);
    assert.deepStrictEqual(values(early), result);
    early.destroy();
    return result;
  }

  const all = [];
  for (const value of [...garbage, ...large]) {
    all.push(accepts(true, value),
             accepts(true, value, 3000, 4),
             accepts(true, 5000, value, 4),
             accepts(true, 5000, 3000, value),
             accepts(true, value, value, value));
  }
  await Promise.all(all);

  // A delay that is not a number is ignored.
  for (const value of nothing) {
    assert.deepStrictEqual(await accepts(true, value), system);
    assert.strictEqual((await accepts(true, value, 3000, 4))[0], system[0]);
  }
  // A numeric string is accepted.
  assert.deepStrictEqual(await accepts(true, '5000'), [5, 1, 10]);
  assert.deepStrictEqual(await accepts(true, '5000', 3000, 4), [5, 3, 4]);
  assert.deepStrictEqual(await accepts(true, '5999', 3999, 4), [5, 3, 4]);
  assert.deepStrictEqual(await accepts(true, '0'), system);
  assert.deepStrictEqual(await accepts(true, 'x'), system);
  // An interval that is not a number is not set.
  for (const value of [NaN, 'x', {}])
    assert.strictEqual((await accepts(true, 5000, value, 4))[1], system[1]);

  // The value that enables keep-alive does not have to be a boolean.
  for (const enable of [1, 'true', true, -1, () => {}]) {
    assert.deepStrictEqual(await accepts(enable, 5000, 3000, 4), [5, 3, 4]);
  }
  const socket = await connect();
  for (const enable of [0, '', NaN, null, undefined, false]) {
    socket.setKeepAlive(true, 5000, 3000, 4);
    assert.strictEqual(isOn(socket), true);
    assert.strictEqual(socket.setKeepAlive(enable, 5000, 3000, 4), socket);
    assert.strictEqual(isOn(socket), false);
  }
  for (const enable of [0, '', null, undefined, false]) {
    socket.setKeepAlive(true, 5000, 3000, 4);
    assert.strictEqual(isOn(socket), true);
    assert.strictEqual(socket.setKeepAlive({ enable, initialDelay: 5000 }),
                       socket);
    assert.strictEqual(isOn(socket), false);
  }
  socket.destroy();
  server.close();
}));
