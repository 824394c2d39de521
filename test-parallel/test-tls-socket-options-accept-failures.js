'use strict';

// A TLS or HTTPS server drops a connection whose options cannot be set before
// the handshake, and serves all others.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const fixtures = require('../common/fixtures');
const http2 = require('http2');
const https = require('https');
const net = require('net');
const tls = require('tls');
const { once } = require('events');

const { SOL_SOCKET, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const options = {
  key: fixtures.readKey('agent1-key.pem'),
  cert: fixtures.readKey('agent1-cert.pem'),
  acceptedSocketOptions: [[SOL_SOCKET, SO_RCVBUF, 20_000], [SOL_SOCKET, 9999, 1]],
};

async function main() {
  for (const create of [tls.createServer, https.createServer,
                        http2.createSecureServer]) {
    const server = create(options);
    for (const event of ['connection', 'secureConnection', 'tlsClientError',
                         'clientError', 'error', 'request', 'session']) {
      server.on(event, common.mustNotCall(event));
    }
    server.listen(0, host);
    await once(server, 'listening');
    const { port } = server.address();
    for (let i = 0; i < 3; i++) {
      const drop = once(server, 'drop');
      const socket = tls.connect({ host, port, rejectUnauthorized: false });
      await assert.rejects(once(socket, 'secureConnect'), { code: 'ECONNRESET' });
      const [{ error, localPort, remoteAddress }] = await drop;
      assert.strictEqual(error.code, 'ENOPROTOOPT');
      assert.strictEqual(error.index, 1);
      assert.strictEqual(error.level, SOL_SOCKET);
      assert.strictEqual(error.optname, 9999);
      assert.strictEqual(localPort, port);
      assert.strictEqual(remoteAddress, host);
    }
    assert.strictEqual(server.listening, true);
    server.close();
  }
}

main().then(common.mustCall());
