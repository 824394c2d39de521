'use strict';

// Values and lists may come from another context.

require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const vm = require('vm');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;
const host = '127.0.0.1';
const context = vm.createContext({ level: SOL_SOCKET, name: SO_KEEPALIVE });
const foreign = (code) => vm.runInContext(code, context);

const bound = new net.BoundSocket({ host });
const get = () => bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE);
for (const one of [
  'new Int32Array([1])',
  'new Int32Array(new SharedArrayBuffer(4)).fill(1)',
  'new DataView(new Int32Array([1]).buffer)',
]) {
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, false);
  assert.strictEqual(get(), 0);
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, foreign(one));
  assert.notStrictEqual(get(), 0, one);
}
for (const other of ['new Number(1)', '({})', '[1]', 'new ArrayBuffer(4)']) {
  assert.throws(() => bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, foreign(other)),
                { code: 'ERR_INVALID_ARG_TYPE' });
}

bound.close();

// Errors and buffers created by calls from there belong to the context of net.
Object.assign(context, { net, host });
const [error, buffer] = foreign(`(() => {
  const bound = new net.BoundSocket({ host });
  try {
    bound.setsockopt(level, name, null);
  } catch (err) {
    return [err, bound.getsockopt(level, name, 4)];
  } finally {
    bound.close();
  }
})()`);
assert.ok(error instanceof TypeError);
assert.ok(Buffer.isBuffer(buffer));

// Lists.
{
  const options = foreign(`({
    type: 'udp4',
    host: '127.0.0.1',
    socketOptions: [[level, name, new Int32Array([1])]],
  })`);
  const handle = new net.BoundSocket({ host, socketOptions: options.socketOptions });
  assert.notStrictEqual(handle.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  handle.close();
  const socket = dgram.createSocket(options);
  socket.bindSync({ address: host });
  assert.notStrictEqual(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  socket.close();
}
