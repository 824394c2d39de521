'use strict';

// If the permission model covers the network, a socket that has options needs
// the permission, even if it is created behind the back of lib/.

const common = require('../common');
const { isMainThread } = require('worker_threads');
if (!isMainThread)
  common.skip('starts processes');
if (!process.allowedNodeEnvironmentFlags.has('--allow-net'))
  common.skip('the permission model does not cover the network');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { spawnSync } = require('child_process');

const { SOL_SOCKET, SO_RCVBUF } = net.constants;
const host = '127.0.0.1';

if (process.argv[2] === 'child') {
  const socketOptions = [[SOL_SOCKET, SO_RCVBUF, 20_000]];
  // A program can get this class from the handle of a socket.
  const { internalBinding } = require('internal/test/binding');
  const { TCP } = internalBinding('tcp_wrap');
  const { UDP } = internalBinding('udp_wrap');
  const calls = [
    () => new net.BoundSocket({ host, socketOptions }).close(),
    () => dgram.createSocket({ type: 'udp4', socketOptions }).bindSync({ address: host }),
    () => assert.strictEqual(new TCP(0).createSocket(4, 0), 0),
    () => assert.strictEqual(new UDP().createSocket(4, 0), 0),
    () => new TCP(0).bindSocket(host, 0, 0),
    () => new UDP().bindSocket(host, 0, 0),
  ];
  for (const call of calls) {
    if (process.argv[3] === 'allowed')
      call();
    else
      assert.throws(call, { code: 'ERR_ACCESS_DENIED', permission: 'Net' });
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
