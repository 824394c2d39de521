'use strict';

// setKeepAlive() of a TLSSocket acts on the underlying socket.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const fixtures = require('../common/fixtures');
const net = require('net');
const { Duplex } = require('stream');
const tls = require('tls');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL,
} = net.constants;
if (TCP_KEEPIDLE === undefined || TCP_KEEPINTVL === undefined ||
    TCP_KEEPCNT === undefined) {
  common.skip('no constants for the keep-alive options');
}

const isOn = (socket) => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
const values = (socket) => [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]
  .map((name) => socket.getsockopt(IPPROTO_TCP, name));

assert.strictEqual(tls.TLSSocket.prototype.setKeepAlive.length, 4);

function works(socket, below = socket) {
  for (const args of [[true, 5000, 3000, 4], [true, 5000, 6000, 4],
                      [true, 5000, 6000, 7]]) {
    assert.strictEqual(socket.setKeepAlive(...args), socket);
    assert.strictEqual(isOn(below), true);
    assert.deepStrictEqual(values(below),
                           [args[1] / 1000, args[2] / 1000, args[3]]);
  }
  socket.setKeepAlive(true, 4000);
  assert.deepStrictEqual(values(below), [4, 6, 7]);
  const options = { enable: true, initialDelay: 9000, interval: 8000, count: 6 };
  assert.strictEqual(socket.setKeepAlive(options), socket);
  assert.deepStrictEqual(values(below), [9, 8, 6]);
  // Zero leaves a value unchanged.
  socket.setKeepAlive(true, 7000, 0, 0);
  assert.deepStrictEqual(values(below), [7, 8, 6]);
  socket.setKeepAlive(true, 0, 2000, 0);
  assert.deepStrictEqual(values(below), [7, 2, 6]);
  socket.setKeepAlive(true, 0, 0, 3);
  assert.deepStrictEqual(values(below), [7, 2, 3]);
  socket.setKeepAlive(true);
  assert.deepStrictEqual(values(below), [7, 2, 3]);
  socket.setKeepAlive(false);
  assert.strictEqual(isOn(below), false);
}

function ignores(socket) {
  for (const args of [[true, 5000, 3000, 4], [true, 0, 0, 0], [false],
                      [{ enable: true, initialDelay: 5000, count: 4 }]]) {
    assert.strictEqual(socket.setKeepAlive(...args), socket);
  }
}

// A socket that was never connected.
{
  const socket = new tls.TLSSocket();
  ignores(socket);
  socket.destroy();
  ignores(socket);
}

const total = 4;
const server = tls.createServer({
  key: fixtures.readKey('agent1-key.pem'),
  cert: fixtures.readKey('agent1-cert.pem'),
  keepAlive: true,
  keepAliveInitialDelay: 5000,
}, common.mustCall((connection) => {
  assert.strictEqual(isOn(connection), true);
  assert.deepStrictEqual(values(connection), [5, 1, 10]);
  works(connection);
  connection.write('hello');
  connection.resume();
  connection.on('error', common.mustNotCall());
  connection.on('close', common.mustCall(() => ignores(connection)));
}, total));

server.listen(0, '127.0.0.1', common.mustCall(() => {
  const options = {
    host: '127.0.0.1',
    port: server.address().port,
    rejectUnauthorized: false,
  };
  let left = total;

  function use(socket, check) {
    socket.on('data', common.mustCall(() => {
      check();
      socket.end();
    }));
    socket.on('close', common.mustCall(() => {
      ignores(socket);
      if (--left === 0)
        server.close();
    }));
  }

  // A connection of its own.
  const own = tls.connect(options);
  use(own, () => works(own));

  // Values set before the handshake are still set after it.
  const early = tls.connect(options);
  early.setKeepAlive(true, 5000, 3000, 4);
  use(early, () => {
    assert.strictEqual(isOn(early), true);
    assert.deepStrictEqual(values(early), [5, 3, 4]);
    works(early);
  });

  // An existing socket: both act on the same one.
  const raw = net.connect(options, common.mustCall(() => {
    raw.setKeepAlive(true, 5000, 3000, 4);
    const wrapped = tls.connect({ ...options, socket: raw });
    assert.strictEqual(isOn(wrapped), true);
    assert.deepStrictEqual(values(wrapped), [5, 3, 4]);
    use(wrapped, () => {
      assert.deepStrictEqual(values(wrapped), [5, 3, 4]);
      works(wrapped, raw);
    });
  }));

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
  ignores(js);
  use(js, () => {
    ignores(js);
    assert.strictEqual(isOn(below), false);
  });
}));
