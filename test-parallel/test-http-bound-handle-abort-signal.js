'use strict';

// A request whose signal is aborted already makes no connection, with a handle
// or without, and the handle stays with its owner.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

// The one connection is that of the end.
const server = net.createServer(common.mustCall((connection) => {
  connection.on('error', () => {}).resume();
  server.close();
}));
server.listen(0, '127.0.0.1', common.mustCall(() => {
  const { port } = server.address();
  let left = 0;
  for (const agent of [undefined, false, new http.Agent({ keepAlive: true })]) {
    for (const handle of [undefined, new net.BoundSocket({ host: '127.0.0.1' })]) {
      left++;
      const request = http.get({
        host: '127.0.0.1', port, agent, handle, signal: AbortSignal.abort(),
      }, common.mustNotCall());
      request.on('socket', common.mustNotCall());
      request.on('error', common.mustCall((err) => {
        assert.strictEqual(err.code, 'ABORT_ERR');
      }));
      request.on('close', common.mustCall(() => {
        handle?.close();
        // Another connection would be accepted before this one.
        if (--left === 0) {
          const socket = net.connect(port, '127.0.0.1');
          socket.on('connect', common.mustCall(() => socket.destroy()));
        }
      }));
    }
  }
}));
