'use strict';

// The loops of raw.c over a connected socket, through the API, and the closest methods of
// Node.js. Prints nanoseconds per call.

const net = require('node:net');

const count = Number(process.argv[2]);

/** Prevents the optimizer from removing unused results. */
let kept; // eslint-disable-line no-unused-vars

function measure(loop) {
  loop(20_000);
  const start = process.hrtime.bigint();
  loop(count);
  return Number(process.hrtime.bigint() - start) / count;
}

/** What this project adds; official binaries have none of it. */
function ours(socket) {
  const { IPPROTO_TCP, SOL_SOCKET, SO_LINGER, TCP_NODELAY } = net.constants;
  const linger = socket.getsockopt(SOL_SOCKET, SO_LINGER, 8);
  const handle = socket._handle;
  return {
    'setsockopt': measure((n) => {
      for (let i = 0; i < n; i++) socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    }),
    'setsockopt, struct': measure((n) => {
      for (let i = 0; i < n; i++) socket.setsockopt(SOL_SOCKET, SO_LINGER, linger);
    }),
    'getsockopt': measure((n) => {
      for (let i = 0; i < n; i++) socket.getsockopt(IPPROTO_TCP, TCP_NODELAY);
    }),
    'getsockopt, struct': measure((n) => {
      for (let i = 0; i < n; i++) socket.getsockopt(SOL_SOCKET, SO_LINGER, 8);
    }),
    // The least that any call costs: the transition into C++ and back, and the memory of its result.
    'empty call': measure((n) => {
      for (let i = 0; i < n; i++) handle.hasRef();
    }),
    'Buffer': measure((n) => {
      for (let i = 0; i < n; i++) kept = Buffer.allocUnsafeSlow(8);
    }),
  };
}

const server = net.createServer((peer) => peer.on('error', () => {}));
server.listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => {
    const result = socket.getsockopt ? ours(socket) : {};
    // A socket caches the value, so only a change causes a system call.
    result.setNoDelay = measure((n) => {
      for (let i = 0; i < n; i++) socket.setNoDelay((i & 1) === 1);
    });
    result.setKeepAlive = measure((n) => {
      for (let i = 0; i < n; i++) socket.setKeepAlive(true, i & 1 ? 30_000 : 60_000);
    });
    if (socket.setTypeOfService) {
      result.setTypeOfService = measure((n) => {
        for (let i = 0; i < n; i++) socket.setTypeOfService(i & 1 ? 0x08 : 0x10);
      });
    }
    console.log(JSON.stringify(result));
    socket.destroy();
    server.close();
  });
});
