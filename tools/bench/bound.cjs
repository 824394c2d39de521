'use strict';

// What it costs to bind, to read the address and to close, through the class
// of either name. Prints nanoseconds a cycle.

const net = require('node:net');

const count = Number(process.argv[2]);
const together = 500;
const Bound = net.BoundSocket;
const options = { host: '127.0.0.1' };

function cycle() {
  for (let i = 0; i < together; i++) {
    const bound = new Bound(options);
    bound.address();
    bound.close();
  }
}

async function main() {
  let spent = 0n;
  for (let done = -together; done < count; done += together) {
    const start = process.hrtime.bigint();
    cycle();
    if (done >= 0) spent += process.hrtime.bigint() - start;
    // The event loop frees what was closed.
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(JSON.stringify({ 'bind, address, close': Number(spent) / count }));
}

main();
