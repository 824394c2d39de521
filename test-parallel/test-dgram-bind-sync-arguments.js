'use strict';

// bindSync() rejects invalid arguments and leaves the socket unbound.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

function refuses(options, error) {
  const socket = dgram.createSocket('udp4');
  socket.on('error', common.mustNotCall());
  socket.on('listening', common.mustCall());
  assert.throws(() => socket.bindSync(options), error);
  assert.throws(() => socket.address(), { code: 'EBADF' });
  // It fails the same way again.
  assert.throws(() => socket.bindSync(options), error);
  assert.throws(() => socket.address(), { code: 'EBADF' });
  const address = socket.bindSync({ address: '127.0.0.1' });
  assert.strictEqual(address.address, '127.0.0.1');
  assert.notStrictEqual(address.port, 0);
  setImmediate(() => socket.close());
}

for (const options of [null, [], [0], 0, 1234, '', '127.0.0.1', true, false,
                       Symbol('options'), 1n, () => {}]) {
  refuses(options, {
    code: 'ERR_INVALID_ARG_TYPE',
    name: 'TypeError',
    message: /options/,
  });
}

for (const port of [-1, 65536, 1.5, NaN, Infinity, -Infinity, 'port', '',
                    '65536', '-1', true, false, {}, [], () => {}, 0n,
                    Symbol('port')]) {
  refuses({ port }, { code: 'ERR_SOCKET_BAD_PORT', name: 'RangeError' });
  refuses({ port, address: '127.0.0.1' },
          { code: 'ERR_SOCKET_BAD_PORT', name: 'RangeError' });
}

for (const address of [1, 2130706433, true, {}, [], ['127.0.0.1'], () => {}, 1n,
                       Symbol('address'),
                       { toString() { return '127.0.0.1'; } }]) {
  refuses({ address }, {
    code: 'ERR_INVALID_ARG_TYPE',
    name: 'TypeError',
    message: /address/,
  });
}

// Names are not looked up, not even those that do not require a server.
for (const address of ['localhost', 'name.invalid', '127.1', '127.0.0.256',
                       '0x7f.0.0.1', '2130706433', ' 127.0.0.1', '127.0.0.1 ',
                       '127.0.0.1:80', '[::1]', '127.0.0.1\0', ' ', '*']) {
  refuses({ address }, {
    code: 'ERR_INVALID_ARG_VALUE',
    name: 'TypeError',
    message: /address/,
  });
  refuses({ address, port: 0 }, { code: 'ERR_INVALID_ARG_VALUE' });
}

// Missing values stand for any port and all addresses.
for (const nothing of [null, undefined]) {
  const socket = dgram.createSocket('udp4');
  const address = socket.bindSync({ port: nothing, address: nothing });
  assert.strictEqual(address.address, '0.0.0.0');
  assert.notStrictEqual(address.port, 0);
  socket.close();
}
for (const [type, any] of [['udp4', '0.0.0.0'], ['udp6', '::']]) {
  if (type === 'udp6' && !common.hasIPv6)
    continue;
  const socket = dgram.createSocket(type);
  assert.strictEqual(socket.bindSync({ address: '' }).address, any);
  socket.close();
}

// A numeric string is a port number. The other socket reserves the port.
{
  const options = { type: 'udp4', reuseAddr: true };
  const first = dgram.createSocket(options);
  const { port } = first.bindSync({ address: '127.0.0.1', port: '0' });
  assert.notStrictEqual(port, 0);
  for (const same of [port, `${port}`, `0x${port.toString(16)}`]) {
    const second = dgram.createSocket(options);
    assert.deepStrictEqual(
      second.bindSync({ address: '127.0.0.1', port: same }),
      { address: '127.0.0.1', family: 'IPv4', port });
    second.close();
  }
  first.close();
}

// Inherited properties count, unknown ones are ignored, and nothing is written.
{
  const socket = dgram.createSocket('udp4');
  const options = Object.freeze(Object.create({ address: '127.0.0.1' }));
  assert.strictEqual(socket.bindSync(options).address, '127.0.0.1');
  socket.close();

  const other = dgram.createSocket('udp4');
  other.on('connect', common.mustNotCall());
  const { address } = other.bindSync({
    __proto__: null,
    address: '127.0.0.1',
    reuseAddr: 'none',
    type: 'udp6',
    callback: common.mustNotCall(),
  }, common.mustNotCall());
  assert.strictEqual(address, '127.0.0.1');
  setImmediate(() => other.close());
}
