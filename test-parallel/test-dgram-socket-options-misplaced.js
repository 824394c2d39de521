'use strict';

// Datagram sockets refuse the options of servers even if nothing else of net is
// in use.

require('../common');
const assert = require('assert');
const { spawnSync } = require('child_process');

// Writing to a pipe, as assert may, would load net.
const code = `
  const dgram = require('dgram');
  let code;
  try {
    dgram.createSocket({ type: 'udp4', acceptedSocketOptions: [] }).close();
  } catch (err) {
    code = err.code;
    if (!/acceptedSocketOptions.*net\\.createServer/.test(err.message))
      throw err;
  }
  console.log(code);
`;
const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
assert.strictEqual(stdout.trim(), 'ERR_INVALID_ARG_VALUE', stderr);
