'use strict';

// An https server on a bound socket, and a client with an option that is set before it
// connects. Both know a key, so that there need be no certificate.

const https = require('node:https');
const net = require('node:net');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;
const psk = Buffer.alloc(16, 'k');
const common = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };
const host = '127.0.0.1';

const bound = new net.BoundHandle({ host });
const { port } = bound.address();
const server = https.createServer({ ...common, pskCallback: () => psk }, (request, response) => {
  response.end('https');
});
server.listen(bound, () => {
  const options = {
    ...common, host, port, agent: false,
    pskCallback: () => ({ psk, identity: 'one' }),
    checkServerIdentity: () => {},
    socketOptions: [[SOL_SOCKET, SO_KEEPALIVE, 1]],
  };
  https.get(options, (response) => {
    if (response.socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 1) throw new Error('the option is not set');
    response.setEncoding('utf8').once('data', (text) => console.log(text));
    response.once('end', () => server.close());
  });
});
