'use strict';

// One of two processes that race for a port, controlled over an IPC channel. When asked,
// it releases what it holds, waits until the given moment and binds.

const net = require('node:net');

let held;

function bind(options) {
  try {
    held = new net.BoundSocket(options);
    return 'bound';
  } catch (error) {
    return error.code;
  }
}

process.on('message', ({ at, options }) => {
  held?.close();
  held = undefined;
  if (options === undefined) return process.send('released');
  // Both leave this loop in the same microsecond, or nearly so.
  while (process.hrtime.bigint() < BigInt(at));
  process.send(bind(options));
});
