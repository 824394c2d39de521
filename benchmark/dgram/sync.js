'use strict';

// Binds a datagram socket, or binds and connects it, either synchronously or
// using events.

const common = require('../common.js');
const dgram = require('dgram');

const bench = common.createBenchmark(main, {
  method: ['bindSync', 'bind', 'connectSync', 'connect'],
  n: [1e4],
});

// Closed sockets are freed by the event loop.
const together = 200;

function main({ method, n }) {
  const options = { address: '127.0.0.1', port: 0 };
  const peer = dgram.createSocket('udp4');
  peer.bind(options, () => {
    const { port } = peer.address();
    let left = n;

    function end() {
      bench.end(n);
      peer.close();
    }

    function batch() {
      const count = Math.min(left, together);
      for (let i = 0; i < count; i++) {
        const socket = dgram.createSocket('udp4');
        socket.bindSync(options);
        if (method === 'connectSync')
          socket.connectSync(port, '127.0.0.1');
        socket.close();
      }
      left -= count;
      if (left === 0)
        return end();
      setImmediate(batch);
    }

    function one() {
      if (left-- === 0)
        return end();
      const socket = dgram.createSocket('udp4');
      const close = () => socket.close(one);
      socket.bind(options, method === 'bind' ?
        close :
        () => socket.connect(port, '127.0.0.1', close));
    }

    bench.start();
    if (method.endsWith('Sync'))
      batch();
    else
      one();
  });
}
