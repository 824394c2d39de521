'use strict';

// The error of an option that could not be set does not end a connection that
// is made after it in the same tick.

const common = require('../common');
const tmpdir = require('../common/tmpdir');
const assert = require('assert');
const net = require('net');

tmpdir.refresh();

const { IPPROTO_TCP } = net.constants;
const socketOptions = [[IPPROTO_TCP, 9999, 1]];

const server = net.createServer((peer) => peer.on('error', () => {}).resume());
server.listen(common.PIPE, common.mustCall(() => {
  const path = common.PIPE;
  const socket = new net.Socket();
  socket.on('error', common.mustNotCall());
  socket.on('connect', common.mustCall(() => setImmediate(common.mustCall(() => {
    assert.strictEqual(socket.destroyed, false);
    socket.destroy();
    server.close();
  }))));
  socket.connect({ path, socketOptions });
  socket.destroy();
  socket.connect({ path });
}));
