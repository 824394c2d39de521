'use strict';

// A TLS server listens on a handle, and a TLS client uses a socket that adopted
// one.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const net = require('net');
const tls = require('tls');
const fixtures = require('../common/fixtures');

const key = fixtures.readKey('agent1-key.pem');
const cert = fixtures.readKey('agent1-cert.pem');
const make = () => new net.BoundSocket({ host: '127.0.0.1' });

const bound = make();
const { port } = bound.address();
const source = make();
const local = source.address().port;

const server = tls.createServer({ key, cert }, common.mustCall((connection) => {
  assert.strictEqual(connection.encrypted, true);
  assert.strictEqual(connection.localPort, port);
  assert.strictEqual(connection.remotePort, local);
  connection.on('data', common.mustCall((chunk) => {
    assert.strictEqual(chunk.toString(), 'over TLS');
    connection.end('served');
  }));
}));
server.on('tlsClientError', common.mustNotCall());

server.listen(bound, common.mustCall(() => {
  assert.strictEqual(server.address().port, port);
  assert.throws(() => bound.close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });

  const socket = new net.Socket({ handle: source });
  socket.connect(port, '127.0.0.1');
  const client = tls.connect({
    socket,
    rejectUnauthorized: false,
  }, common.mustCall(() => {
    assert.strictEqual(client.localPort, local);
    assert.strictEqual(client.localAddress, '127.0.0.1');
    client.write('over TLS');
  }));
  let text = '';
  client.on('data', (chunk) => text += chunk);
  client.on('close', common.mustCall(() => {
    assert.strictEqual(text, 'served');
    server.close();
  }));
}));

// Passed in an options object, and with a path.
if (!common.isWindows) {
  const tmpdir = require('../common/tmpdir');
  tmpdir.refresh();
  const path = common.PIPE;
  const handle = new net.BoundSocket({ path });
  const other = tls.createServer({ key, cert }, common.mustCall((connection) => {
    connection.end('piped');
  }));
  other.listen({ handle, backlog: 4 }, common.mustCall(() => {
    assert.strictEqual(other.address(), path);
    let text = '';
    tls.connect({ path, rejectUnauthorized: false })
      .on('data', (chunk) => text += chunk)
      .on('close', common.mustCall(() => {
        assert.strictEqual(text, 'piped');
        other.close();
      }));
  }));
}
