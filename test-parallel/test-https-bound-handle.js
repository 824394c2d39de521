'use strict';

// Uses HTTPS over a handle that the server adopted, and over one of the client.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const https = require('https');
const net = require('net');
const tls = require('tls');
const fixtures = require('../common/fixtures');

const make = () => new net.BoundSocket({ host: '127.0.0.1' });
const bound = make();
const { port } = bound.address();
const server = https.createServer({
  key: fixtures.readKey('agent1-key.pem'),
  cert: fixtures.readKey('agent1-cert.pem'),
}, (request, response) => {
  assert.strictEqual(request.socket.encrypted, true);
  assert.strictEqual(request.socket.localPort, port);
  response.end(`${request.socket.remotePort}`);
});

server.listen(bound, common.mustCall(async () => {
  assert.strictEqual(server.address().port, port);
  assert.throws(() => bound.fd(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });

  // An ordinary client.
  const plain = await get({});
  assert.ok(Number(plain.text) > 0);
  assert.strictEqual(plain.local, Number(plain.text));

  // A client that connects from its own port.
  const handle = make();
  const local = handle.address().port;
  const { text } = await get({
    agent: undefined,
    createConnection(options) {
      const socket = new net.Socket({ handle });
      return tls.connect({
        ...options,
        socket: socket.connect(options.port, options.host),
      });
    },
  });
  assert.strictEqual(text, `${local}`);
  server.close();
  server.closeAllConnections();
}));

function get(options) {
  return new Promise((resolve, reject) => {
    https.get({
      host: '127.0.0.1',
      port,
      agent: false,
      rejectUnauthorized: false,
      ...options,
    }, (response) => {
      assert.strictEqual(response.statusCode, 200);
      const local = response.socket.localPort;
      let text = '';
      response.on('data', (chunk) => text += chunk);
      response.on('end', () => resolve({ text, local }));
    }).on('error', reject);
  });
}
