'use strict';

// One of two that race for a port, over an IPC channel: asked to, it lets go of
// what it holds, waits for the moment that it is told and binds.

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
