'use strict';

// If the permission model covers the network, sending datagrams requires the
// permission, even behind the back of lib/.

const common = require('../common');
const { isMainThread } = require('worker_threads');
if (common.isWindows || !isMainThread)
  common.skip('starts processes that send');
if (!process.allowedNodeEnvironmentFlags.has('--allow-net'))
  common.skip('the permission model does not cover the network');

const assert = require('assert');
const dgram = require('dgram');
const { spawnSync } = require('child_process');

if (process.argv[2] === 'child') {
  const message = { msg: 'x', port: 9, address: '127.0.0.1' };
  const { UDP } = require('internal/test/binding').internalBinding('udp_wrap');
  const send = () => new UDP().sendMessages([], [], new Int32Array(), new Float64Array(3));
  const socket = dgram.createSocket('udp4');
  if (process.argv[3] === 'allowed') {
    assert.ok(send() < 0);  // It has no socket.
    socket.bindSync({ address: '127.0.0.1' });
    assert.strictEqual(socket.sendSync('x', message), 1);
  } else {
    const denied = { code: 'ERR_ACCESS_DENIED', permission: 'Net' };
    assert.throws(send, denied);
    assert.throws(() => socket.sendSync('x', message), denied);
    assert.throws(() => socket.sendMany([message]), denied);
  }
  process.exit();
}

for (const [expected, ...flags] of [['denied'], ['allowed', '--allow-net']]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--expose-internals', '--permission', '--no-warnings', '--allow-fs-read=*', ...flags,
     __filename, 'child', expected],
    { encoding: 'utf8' });
  assert.strictEqual(status, 0, stderr);
}
