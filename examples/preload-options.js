'use strict';

// Socket options for libraries that offer no way to pass them. Load it before
// the program: node -r ./preload-options.js program.js. Run by itself, it shows
// what the kernel has of a connection of node:http and of a datagram socket.

const { subscribe } = require('node:diagnostics_channel');
const net = require('node:net');

const { IPPROTO_TCP, SO_RCVBUF, SOL_SOCKET, TCP_USER_TIMEOUT } = net.constants;

// Unix domain sockets are published as well, and have no options of TCP.
function tuneTcp({ socket }) {
  if (socket.destroyed || socket.remoteFamily === undefined) return;
  // A constant that the system lacks would throw here, where nothing catches it.
  if (TCP_USER_TIMEOUT !== undefined)
    socket.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 20_000);
}

function tuneClient({ socket }) {
  // Kept, and set before connect(2). A socket that connects again is still
  // closed at this point, and keeps what it was given the first time.
  if (!socket.destroyed) socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 128 * 1024);
  socket.once('connect', () => tuneTcp({ socket }));
}

if (process.version.startsWith('v20.')) {
  // The channel of this line is for net.connect() alone.
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function(...args) {
    tuneClient({ socket: this });
    return Reflect.apply(connect, this, args);
  };
} else {
  subscribe('net.client.socket', tuneClient);
}

// The 'connection' event came before this.
subscribe('net.server.socket', tuneTcp);

// Kept, and set before bind(2).
function tuneDatagrams({ socket }) {
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 256 * 1024);
}

subscribe('udp.socket', tuneDatagrams);

function demo() {
  const dgram = require('node:dgram');
  const http = require('node:http');

  const say = (what, level, socket, optname) => {
    if (optname !== undefined) console.log(what, socket.getsockopt(level, optname));
  };
  const server = http.createServer((request, response) => {
    say('TCP_USER_TIMEOUT of the server:', IPPROTO_TCP, request.socket, TCP_USER_TIMEOUT);
    response.end();
  });
  server.listen(0, '127.0.0.1', () => {
    http.get({ host: '127.0.0.1', port: server.address().port, agent: false }, (response) => {
      say('TCP_USER_TIMEOUT of the client:', IPPROTO_TCP, response.socket, TCP_USER_TIMEOUT);
      say('SO_RCVBUF of the client:', SOL_SOCKET, response.socket, SO_RCVBUF);
      response.resume();
      server.close();
    });
  });
  const datagrams = dgram.createSocket('udp4');
  datagrams.bind(0, '127.0.0.1', () => {
    say('SO_RCVBUF of the datagram socket:', SOL_SOCKET, datagrams, SO_RCVBUF);
    datagrams.close();
  });
}

if (require.main === module) demo();
