'use strict';

// Measures what a call costs, alternating between an addon and ours on the same
// connected socket. Run as `node cost.js <samples> <calls>`. Prints, as JSON,
// the nanoseconds per call of each sample.

const { once } = require('node:events');
const net = require('node:net');
const keepalive = require('net-keepalive');
const sockopt = require('sockopt');

const [samples, calls] = process.argv.slice(2).map(Number);
const { IPPROTO_TCP, TCP_KEEPCNT, TCP_NODELAY } = net.constants;

const workOf = (socket) => ({
  'ours setsockopt': () => socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1),
  'sockopt setsockopt': () => sockopt.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, 1),
  'ours getsockopt': () => socket.getsockopt(IPPROTO_TCP, TCP_NODELAY),
  'sockopt getsockopt': () => sockopt.getsockopt(socket, IPPROTO_TCP, TCP_NODELAY),
  'ours count': () => socket.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 4),
  'net-keepalive count': () => keepalive.setKeepAliveProbes(socket, 4),
});

function measure(work) {
  const from = process.hrtime.bigint();
  for (let call = 0; call < calls; call++) work();
  return Number(process.hrtime.bigint() - from) / calls;
}

async function main() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  await once(socket, 'connect');
  const work = Object.entries(workOf(socket));
  const taken = Object.fromEntries(work.map(([name]) => [name, []]));
  // The first round warms up the compilers of V8.
  for (let round = 0; round <= samples; round++) {
    for (const [name, call] of work) {
      const time = measure(call);
      if (round > 0) taken[name].push(time);
    }
  }
  console.log(JSON.stringify(taken));
  socket.destroy();
  server.close();
}

main();
