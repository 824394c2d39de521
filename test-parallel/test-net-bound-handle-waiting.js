'use strict';

// A socket that adopted a handle waits for connect() like any other.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const host = '127.0.0.1';
const bind = () => new net.BoundSocket({ host });

const server = net.createServer({ allowHalfOpen: true }, (peer) => {
  peer.on('error', () => {});
  peer.resume();
  peer.end('hello');
});

server.listen(0, host, common.mustCall(() => {
  const { port } = server.address();
  let left = 2;
  const done = common.mustCall(() => {
    if (--left === 0)
      server.close();
  }, 2);

  // Reading before connect() is not an error.
  {
    const socket = new net.Socket({ handle: bind() });
    assert.strictEqual(socket.pending, true);
    let text = '';
    socket.on('data', (chunk) => text += chunk);
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(text, 'hello');
      done();
    }));
    setImmediate(common.mustCall(() => {
      socket.connect(port, host);
      assert.strictEqual(socket.pending, true);
      socket.on('connect', common.mustCall(() => {
        assert.strictEqual(socket.pending, false);
      }));
    }));
  }

  // A socket that was ended earlier is ended once it has connected.
  {
    const socket = new net.Socket({ handle: bind() });
    let connected = false;
    socket.on('finish', common.mustCall(() => assert.ok(connected)));
    socket.on('close', common.mustCall(done));
    socket.end();
    socket.resume();
    setImmediate(common.mustCall(() => {
      socket.connect(port, host, common.mustCall(() => connected = true));
    }));
  }
}));

// A TLS socket that wraps one which has yet to connect waits with it.
if (common.hasCrypto) {
  const fixtures = require('../common/fixtures');
  const tls = require('tls');
  const secureServer = tls.createServer({
    key: fixtures.readKey('agent1-key.pem'),
    cert: fixtures.readKey('agent1-cert.pem'),
  }, common.mustCall((peer) => peer.end()));
  secureServer.listen(0, host, common.mustCall(() => {
    const handle = bind();
    const local = handle.address().port;
    const socket = new net.Socket({ handle });
    const secure = tls.connect({ rejectUnauthorized: false, socket });
    secure.on('secureConnect', common.mustCall(() => {
      assert.strictEqual(secure.localPort, local);
    }));
    secure.on('close', common.mustCall(() => secureServer.close()));
    secure.resume();
    setImmediate(common.mustCall(() => socket.connect(secureServer.address().port, host)));
  }));
}
