'use strict';

// Loaded before a library that is told nothing. Sets the same options through the
// channels of node:diagnostics_channel.

const { subscribe } = require('node:diagnostics_channel');
const net = require('node:net');

const { datagramOption, streamOption } = require('./given.cjs');

const isClosed = ({ destroyed }) => destroyed;

if (process.version.startsWith('v20.')) {
  // The channel of this line is for net.connect() alone.
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function(...args) {
    this.setsockopt(...streamOption);
    return Reflect.apply(connect, this, args);
  };
} else {
  subscribe('net.client.socket', ({ socket }) => {
    if (!isClosed(socket)) socket.setsockopt(...streamOption);
  });
}

subscribe('tracing:net.server.listen:asyncStart', ({ options }) => {
  options.socketOptions ??= [streamOption];
});

subscribe('udp.socket', ({ socket }) => {
  socket.setsockopt(...datagramOption);
});
