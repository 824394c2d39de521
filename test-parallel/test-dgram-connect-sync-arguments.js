'use strict';

// connectSync() rejects invalid arguments before it touches the socket.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const peer = dgram.createSocket('udp4');
const { port } = peer.bindSync({ address: '127.0.0.1' });

function refuses(args, error) {
  const socket = dgram.createSocket('udp4');
  socket.on('error', common.mustNotCall());
  socket.on('listening', common.mustNotCall());
  socket.on('connect', common.mustNotCall());
  const isUntouched = () => {
    assert.throws(() => socket.address(), { code: 'EBADF' });
    assert.throws(() => socket.remoteAddress(),
                  { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
    assert.throws(() => socket.disconnect(),
                  { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
  };
  for (let i = 0; i < 2; i++) {
    assert.throws(() => socket.connectSync(...args), error);
    isUntouched();
  }
  setImmediate(common.mustCall(() => {
    isUntouched();
    socket.removeAllListeners();
    // The socket can still be used.
    socket.on('listening', common.mustCall());
    socket.on('connect', common.mustCall(() => socket.close()));
    socket.connectSync(port, '127.0.0.1');
    assert.strictEqual(socket.remoteAddress().port, port);
  }));

  // A bound socket stays bound, but is not connected.
  const bound = dgram.createSocket('udp4');
  const address = bound.bindSync({ address: '127.0.0.1' });
  assert.throws(() => bound.connectSync(...args), error);
  assert.deepStrictEqual(bound.address(), address);
  assert.throws(() => bound.remoteAddress(),
                { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
  bound.close();
}

for (const port of [undefined, null, 0, -1, 65536, 1.5, NaN, Infinity, '0',
                    '', 'port', '65536', '-1', true, false, {}, [], () => {},
                    1n, Symbol('port')]) {
  const error = { code: 'ERR_SOCKET_BAD_PORT', name: 'RangeError' };
  refuses([port], error);
  refuses([port, '127.0.0.1'], error);
}
refuses([], { code: 'ERR_SOCKET_BAD_PORT', name: 'RangeError' });
refuses([{ port, address: '127.0.0.1' }], { code: 'ERR_SOCKET_BAD_PORT' });

for (const address of [0, 1, 2130706433, true, false, {}, [], ['127.0.0.1'],
                       () => {}, 1n, Symbol('address'),
                       { toString() { return '127.0.0.1'; } }]) {
  refuses([port, address], {
    code: 'ERR_INVALID_ARG_TYPE',
    name: 'TypeError',
    message: /address/,
  });
}

// Names are not looked up, not even those that do not require a server.
for (const address of ['localhost', 'name.invalid', '127.1', '127.0.0.256',
                       '0x7f.0.0.1', '2130706433', ' 127.0.0.1', '127.0.0.1 ',
                       '127.0.0.1:80', '[::1]', '127.0.0.1\0', ' ', '*']) {
  refuses([port, address], {
    code: 'ERR_INVALID_ARG_VALUE',
    name: 'TypeError',
    message: /address/,
  });
}

// A numeric string is a port number.
for (const same of [port, `${port}`, `0x${port.toString(16)}`]) {
  const socket = dgram.createSocket('udp4');
  socket.connectSync(same, '127.0.0.1');
  assert.deepStrictEqual(socket.remoteAddress(),
                         { address: '127.0.0.1', family: 'IPv4', port });
  socket.close();
}
for (const number of [1, 65535]) {
  const socket = dgram.createSocket('udp4');
  socket.connectSync(number);
  assert.strictEqual(socket.remoteAddress().port, number);
  socket.close();
}

// A callback is not supported.
{
  const socket = dgram.createSocket('udp4');
  socket.connectSync(port, '127.0.0.1', common.mustNotCall());
  socket.on('connect', common.mustCall(() => {
    setImmediate(() => {
      socket.close();
      peer.close();
    });
  }));
}
