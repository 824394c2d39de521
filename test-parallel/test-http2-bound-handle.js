'use strict';

// Uses HTTP/2 over a handle that the server adopted, and over one of the
// client.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const http2 = require('http2');
const net = require('net');

const bound = new net.BoundSocket({ host: '127.0.0.1' });
const { port } = bound.address();
const server = http2.createServer();
const handle = new net.BoundSocket({ host: '127.0.0.1' });
const local = handle.address().port;

server.on('stream', common.mustCall((stream) => {
  assert.strictEqual(stream.session.socket.localPort, port);
  stream.respond({ ':status': 200 });
  stream.end(`${stream.session.socket.remotePort}`);
}));
server.listen(bound, common.mustCall(() => {
  assert.strictEqual(server.address().port, port);
  assert.throws(() => bound.close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });

  const client = http2.connect(`http://127.0.0.1:${port}`, {
    createConnection: () => net.connect({ handle, host: '127.0.0.1', port }),
  });
  const request = client.request({ ':path': '/' });
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => text += chunk);
  request.on('end', common.mustCall(() => {
    assert.strictEqual(text, `${local}`);
    client.close();
    server.close();
  }));
}));
