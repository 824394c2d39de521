'use strict';

// Datagram sockets refuse the options of servers even if nothing else of net is
// in use.

require('../common');
const assert = require('assert');
const { spawnSync } = require('child_process');

const code = `
  const assert = require('assert');
  const dgram = require('dgram');
  assert.throws(() => dgram.createSocket({ type: 'udp4', acceptedSocketOptions: [] }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /acceptedSocketOptions.*net\\.createServer/,
  });
  console.log('thrown');
`;
const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
assert.strictEqual(stdout.trim(), 'thrown', stderr);
