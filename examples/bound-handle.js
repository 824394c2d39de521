'use strict';

// Run with the built binary. Binds first and decides later: one address becomes
// a server, another the source of a connection, and a datagram socket knows its
// port before the next line runs.

const dgram = require('node:dgram');
const net = require('node:net');

const host = '127.0.0.1';

const listener = new net.BoundHandle({ host });
const source = new net.BoundHandle({ host });
const { port } = listener.address();
console.log('both ports are known before anything listens or connects:',
            port !== source.address().port);

const from = source.address().port;
const server = net.createServer((peer) => {
  console.log('the server sees the source port:', peer.remotePort === from);
  peer.end();
});
server.listen(listener, () => {
  const socket = net.connect({ handle: source, host, port });
  console.log('the client knows it at once:', socket.localPort === from);
  socket.resume().on('close', () => server.close());
});

try {
  listener.address();
} catch (error) {
  console.log('the server owns it now:', error.code);
}

const datagrams = dgram.createSocket('udp4');
console.log('a datagram socket, bound at once:', datagrams.bindSync({ address: host }).port > 0);
datagrams.close();
