'use strict';

// Binds a port and releases it again: immediately, after getting the address,
// and after listening on it.

const common = require('../common.js');
const net = require('net');

const bench = common.createBenchmark(main, {
  use: ['close', 'address', 'listen'],
  n: [2e4],
});

// Closed handles are freed by the event loop.
const together = 200;

function main({ use, n }) {
  const options = { host: '127.0.0.1', port: 0 };
  let left = n;

  function listen() {
    if (left-- === 0)
      return bench.end(n);
    const server = net.createServer();
    server.listen(new net.BoundSocket(options), () => server.close(listen));
  }

  function batch() {
    const count = Math.min(left, together);
    for (let i = 0; i < count; i++) {
      const bound = new net.BoundSocket(options);
      if (use === 'address')
        bound.address();
      bound.close();
    }
    left -= count;
    if (left === 0)
      return bench.end(n);
    setImmediate(batch);
  }

  bench.start();
  if (use === 'listen')
    listen();
  else
    batch();
}
