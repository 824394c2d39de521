'use strict';

// HTTP uses the sockets and servers of net.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_TYPE, TCP_NODELAY } =
  net.constants;

const server = http.createServer(common.mustCall((req, res) => {
  // Options that an upgrade or a long poll might set.
  req.socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);
  assert.notStrictEqual(req.socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  // HTTP servers turn it on.
  assert.notStrictEqual(req.socket.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
  res.end('text');
}));
server.listen(0, '127.0.0.1', common.mustCall(() => {
  assert.strictEqual(server.getsockopt(SOL_SOCKET, SO_TYPE),
                     server.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
                       .getsockopt(SOL_SOCKET, SO_TYPE));
  const req = http.get({
    host: '127.0.0.1',
    port: server.address().port,
    agent: false,
  }, common.mustCall((res) => {
    req.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 0);
    assert.strictEqual(req.socket.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    res.resume();
    res.on('end', common.mustCall(() => server.close()));
  }));
}));
