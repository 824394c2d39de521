'use strict';

// Sets and reads one option of a connected socket.

const common = require('../common.js');
const net = require('net');

const bench = common.createBenchmark(main, {
  method: ['setsockopt', 'getsockopt'],
  value: ['int', 'buffer'],
  n: [1e6],
});

function main({ method, value, n }) {
  const { IPPROTO_TCP, SOL_SOCKET, SO_LINGER, TCP_NODELAY } = net.constants;
  const server = net.createServer((peer) => peer.on('error', () => {}));
  server.listen(0, '127.0.0.1', () => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => {
      const linger = socket.getsockopt(SOL_SOCKET, SO_LINGER, 8);
      let read;
      bench.start();
      if (method === 'setsockopt' && value === 'int') {
        for (let i = 0; i < n; i++)
          socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      } else if (method === 'setsockopt') {
        for (let i = 0; i < n; i++)
          socket.setsockopt(SOL_SOCKET, SO_LINGER, linger);
      } else if (value === 'int') {
        for (let i = 0; i < n; i++)
          read = socket.getsockopt(IPPROTO_TCP, TCP_NODELAY);
      } else {
        for (let i = 0; i < n; i++)
          read = socket.getsockopt(SOL_SOCKET, SO_LINGER, 8);
      }
      bench.end(n);
      // Use the value, so that reading it is not optimized away.
      if (method === 'getsockopt' && read === undefined)
        throw new Error('nothing was read');
      socket.destroy();
      server.close();
    });
  });
}
