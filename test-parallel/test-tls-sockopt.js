'use strict';

// A TLSSocket passes the call on to the underlying socket.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const fixtures = require('../common/fixtures');
const net = require('net');
const { Duplex } = require('stream');
const tls = require('tls');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_LINGER, TCP_NODELAY } =
  net.constants;

function works(socket) {
  for (const on of [true, false]) {
    assert.strictEqual(socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, on), socket);
    assert.strictEqual(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0, on);
    const value = new Int32Array([on]);
    socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, value);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0, on);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 9).length, 4);
  }
  assert.throws(() => socket.setsockopt(IPPROTO_TCP, 0x7ffe, 1),
                { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_LINGER),
                { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => socket.setsockopt(IPPROTO_TCP, undefined, 1),
                { code: 'ERR_INVALID_ARG_TYPE' });
}

function refuses(socket, code) {
  for (const [method, ...args] of [['setsockopt', 1],
                                   ['setsockopt', 'text'],
                                   ['setsockopt', new Uint8Array(4)],
                                   ['getsockopt'],
                                   ['getsockopt', 4]]) {
    assert.throws(() => socket[method](SOL_SOCKET, SO_KEEPALIVE, ...args),
                  { code });
  }
}

const server = tls.createServer({
  key: fixtures.readKey('agent1-key.pem'),
  cert: fixtures.readKey('agent1-cert.pem'),
}, common.mustCall((connection) => {
  works(connection);
  connection.write('hello');
  connection.resume();
  connection.on('error', common.mustNotCall());
  connection.on('close', common.mustCall(() => {
    refuses(connection, 'ERR_SOCKET_CLOSED');
  }));
}, 4));
refuses(server, 'ERR_SERVER_NOT_RUNNING');

server.listen(0, '127.0.0.1', common.mustCall(() => {
  works(server);
  const options = {
    host: '127.0.0.1',
    port: server.address().port,
    rejectUnauthorized: false,
  };
  let left = 4;

  // Calls check() for each of the sockets when both sides are ready. The last
  // one closes the server.
  function use(socket, check) {
    socket.on('data', common.mustCall(() => {
      check();
      socket.end();
    }));
    socket.on('close', common.mustCall(() => {
      refuses(socket, 'ERR_SOCKET_CLOSED');
      if (--left === 0)
        server.close();
    }));
  }

  // A connection of its own.
  const own = tls.connect(options);
  use(own, () => works(own));

  // An existing socket: both act on the same one.
  const raw = net.connect(options, common.mustCall(() => {
    const wrapped = tls.connect({ ...options, socket: raw });
    // During the handshake.
    works(wrapped);
    raw.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    use(wrapped, () => {
      assert.notStrictEqual(wrapped.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
      wrapped.setsockopt(IPPROTO_TCP, TCP_NODELAY, false);
      assert.strictEqual(raw.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
      works(raw);
      works(wrapped);
    });
  }));

  // A socket whose host is still being looked up.
  const later = net.connect({
    ...options,
    host: 'name.invalid',
    autoSelectFamily: false,
    lookup: common.mustCall((host, options, callback) => {
      setImmediate(callback, null, '127.0.0.1', 4);
    }),
  });
  const over = tls.connect({ ...options, socket: later });
  use(over, () => works(over));

  // A stream hides the socket that it uses.
  const below = net.connect(options);
  const stream = new Duplex({
    read() { below.resume(); },
    write(chunk, encoding, callback) { below.write(chunk, callback); },
    final(callback) { below.end(callback); },
  });
  below.on('data', (chunk) => stream.push(chunk));
  below.on('end', () => stream.push(null));
  const js = tls.connect({ ...options, socket: stream });
  refuses(js, 'ENOTSOCK');
  use(js, () => {
    refuses(js, 'ENOTSOCK');
    assert.throws(() => js.setsockopt(SOL_SOCKET, SO_KEEPALIVE),
                  { code: 'ERR_INVALID_ARG_TYPE' });
  });
}));

// A socket that was never connected.
{
  const socket = new tls.TLSSocket();
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE), Error);
  socket.destroy();
  refuses(socket, 'ERR_SOCKET_CLOSED');
}

// The underlying socket can be closed before the TLSSocket notices.
{
  const server = tls.createServer({
    key: fixtures.readKey('agent1-key.pem'),
    cert: fixtures.readKey('agent1-cert.pem'),
  });
  server.on('secureConnection', common.mustCall((peer) => {
    peer.on('error', () => {});
    peer.write('ready');
  }));
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const below = net.connect(server.address().port, '127.0.0.1');
    const over = tls.connect({ socket: below, rejectUnauthorized: false });
    over.on('error', () => {});
    over.once('data', common.mustCall(() => {
      below._handle.close();
      refuses(over, 'ERR_SOCKET_CLOSED');
      setImmediate(common.mustCall(() => {
        refuses(over, 'ERR_SOCKET_CLOSED');
        over.destroy();
        below.destroy();
        server.close();
      }));
    }));
  }));
}
