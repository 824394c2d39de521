'use strict';

// Connects from a port that was reserved in advance, and from one that the
// system chooses while connecting.

const common = require('../common.js');
const net = require('net');

const bench = common.createBenchmark(main, {
  from: ['reserved', 'chosen'],
  n: [2e3],
});

function main({ from, n }) {
  const server = net.createServer((peer) => peer.resume().on('error', () => {}));
  server.listen(0, '127.0.0.1', () => {
    const target = { host: '127.0.0.1', port: server.address().port };
    let left = n;

    function connect() {
      if (left-- === 0) {
        bench.end(n);
        server.close();
        return;
      }
      const options = from === 'reserved' ?
        { ...target, handle: new net.BoundSocket({ host: '127.0.0.1' }) } :
        target;
      const socket = net.connect(options, () => socket.resetAndDestroy());
      socket.on('close', connect);
    }

    bench.start();
    connect();
  });
}
