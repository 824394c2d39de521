'use strict';

// A server that is sent to another thread sets the same options on the
// connections that it accepts there.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { MessageChannel, receiveMessageOnPort } = require('worker_threads');

const { SOL_SOCKET, SO_KEEPALIVE, SO_LINGER } = net.constants;
// A struct linger: two unsigned shorts on Windows, and two integers elsewhere.
const Field = common.isWindows ? Uint16Array : Int32Array;
const host = '127.0.0.1';

const { port1, port2 } = new MessageChannel();
const linger = new Field([1, 3]);
const server = net.createServer({
  acceptedSocketOptions: [[SOL_SOCKET, SO_KEEPALIVE, 1], [SOL_SOCKET, SO_LINGER, linger]],
}, common.mustNotCall());
server.listen(0, host, common.mustCall(() => {
  const { port } = server.address();
  try {
    port1.postMessage(server, [server]);
  } catch (err) {
    if (err.name !== 'DataCloneError')
      assert.strictEqual(err.code, 'ERR_INVALID_TRANSFER_OBJECT');
    server.close();
    port1.close();
    common.printSkipMessage('servers stay in their thread here');
    return;
  }
  const { message } = receiveMessageOnPort(port2);
  port1.close();
  message.on('connection', common.mustCall((connection) => {
    assert.notStrictEqual(connection.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
    const value = connection.getsockopt(SOL_SOCKET, SO_LINGER, linger.byteLength);
    assert.strictEqual(new Field(value.buffer, value.byteOffset)[1], 3);
    connection.end();
    message.close();
  }));
  net.connect(port, host).resume();
}));
