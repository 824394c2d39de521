'use strict';

// What the libraries are given: values that nothing else sets, so that they are
// recognized in a trace.

const net = require('node:net');

const { IPPROTO_TCP, SO_RCVBUF, SOL_SOCKET, TCP_USER_TIMEOUT } = net.constants;

module.exports = {
  streamOption: [IPPROTO_TCP, TCP_USER_TIMEOUT, 4321],
  datagramOption: [SOL_SOCKET, SO_RCVBUF, 43_210],
  handle: () => new net.BoundHandle({ host: '127.0.0.9' }),
};
