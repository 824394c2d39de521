'use strict';

// If options are refused, the event that reports this is emitted in the context
// of the call of listen(), connect() or bind().

const common = require('../common');
const assert = require('assert');
const { AsyncLocalStorage } = require('async_hooks');
const dgram = require('dgram');
const net = require('net');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;
const host = '127.0.0.1';
const refused = [[SOL_SOCKET, 0x7ffe, 1]];
const storage = new AsyncLocalStorage();

const isIn = (context, code = 'ENOPROTOOPT') => common.mustCall((err) => {
  assert.strictEqual(err.code, code);
  assert.strictEqual(storage.getStore(), context);
});

storage.run('listen', () => {
  net.createServer().on('error', isIn('listen'))
    .listen({ port: 0, host, socketOptions: refused });
});

storage.run('bind', () => {
  const socket = dgram.createSocket({ type: 'udp4', socketOptions: refused });
  socket.on('error', isIn('bind'));
  socket.on('error', () => socket.close());
  socket.bind(0, host);
});

const server = net.createServer({ acceptedSocketOptions: refused },
                                common.mustNotCall());
server.on('drop', common.mustCall(({ error }) => {
  isIn('serve')(error);
  server.close();
}));
storage.run('serve', () => server.listen(0, host, common.mustCall(() => {
  const { port } = server.address();
  storage.run('connect', () => {
    net.connect({ port, host, socketOptions: refused }).on('error', isIn('connect'));
  });
  storage.run('connected', () => {
    const socket = net.connect({
      port, host, socketOptions: [[SOL_SOCKET, SO_KEEPALIVE, 1]],
    });
    // The server drops the connection, with or without a reset.
    socket.on('error', () => {});
    socket.on('connect', common.mustCall(() => {
      assert.strictEqual(storage.getStore(), 'connected');
    }));
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(storage.getStore(), 'connected');
    }));
    socket.resume();
  });
})));
