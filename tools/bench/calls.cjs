'use strict';

// The same loops as raw.c, through the API, and the methods of Node.js that
// come nearest. Prints nanoseconds a call.

const net = require('node:net');

const count = Number(process.argv[2]);
const { IPPROTO_TCP, TCP_NODELAY } = net.constants;

function measure(loop) {
  loop(20_000);
  const start = process.hrtime.bigint();
  loop(count);
  return Number(process.hrtime.bigint() - start) / count;
}

const server = net.createServer((peer) => peer.on('error', () => {}));
server.listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => {
    const result = {
      setsockopt: measure((n) => {
        for (let i = 0; i < n; i++) socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      }),
      getsockopt: measure((n) => {
        for (let i = 0; i < n; i++) socket.getsockopt(IPPROTO_TCP, TCP_NODELAY);
      }),
    };
    if (socket.setTypeOfService) {
      // It remembers the last value, so only a change is a call.
      result.setTypeOfService = measure((n) => {
        for (let i = 0; i < n; i++) socket.setTypeOfService(i & 1 ? 0x08 : 0x10);
      });
      result.getTypeOfService = measure((n) => {
        for (let i = 0; i < n; i++) socket.getTypeOfService();
      });
    }
    console.log(JSON.stringify(result));
    socket.destroy();
    server.close();
  });
});
