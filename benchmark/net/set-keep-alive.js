'use strict';

// Turns keep-alive on and off, with only the idle time, and with an interval
// and a count as well.

const common = require('../common.js');
const net = require('net');

const bench = common.createBenchmark(main, {
  args: ['idle', 'all'],
  n: [1e5],
});

function main({ args, n }) {
  const server = net.createServer((peer) => peer.on('error', () => {}));
  server.listen(0, '127.0.0.1', () => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => {
      bench.start();
      if (args === 'all') {
        // A socket remembers the last values, so only a change causes a call.
        for (let i = 0; i < n; i++)
          socket.setKeepAlive(true, i & 1 ? 60_000 : 30_000, 5_000, 3);
      } else {
        for (let i = 0; i < n; i++)
          socket.setKeepAlive(true, i & 1 ? 60_000 : 30_000);
      }
      bench.end(n);
      socket.destroy();
      server.close();
    });
  });
}
