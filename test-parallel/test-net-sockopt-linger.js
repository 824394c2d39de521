'use strict';

// With a linger time of zero, destroying a connection resets it.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { SOL_SOCKET, SO_LINGER } = net.constants;
const Fields = common.isWindows ? Uint16Array : Int32Array;

function run(fields, onconnection) {
  const server = net.createServer(common.mustCall((connection) => {
    connection.resume();
    connection.on('close', common.mustCall(() => server.close()));
    onconnection(connection);
    connection.write('accepted');
  }));
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const client = net.connect(server.address().port, '127.0.0.1');
    // Read everything, because unread data would cause a reset on its own.
    client.on('data', common.mustCall(() => {
      if (fields)
        client.setsockopt(SOL_SOCKET, SO_LINGER, new Fields(fields));
      client.destroy();
    }));
  }));
}

function expectReset(connection) {
  connection.on('end', common.mustNotCall());
  connection.on('error', common.mustCall((err) => {
    assert.strictEqual(err.code, 'ECONNRESET');
  }));
}

function expectEnd(connection) {
  connection.on('end', common.mustCall());
  connection.on('error', common.mustNotCall());
}

run([1, 0], expectReset);
run(undefined, expectEnd);
run([0, 0], expectEnd);
