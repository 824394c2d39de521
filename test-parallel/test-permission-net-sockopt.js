'use strict';

// If the permission model covers the network, it covers options as well.

const common = require('../common');
const { isMainThread } = require('worker_threads');
if (!isMainThread)
  common.skip('process.stdin of a worker is no socket');
if (common.isWindows)
  common.skip('named pipes are no sockets');

const assert = require('assert');
const { spawn } = require('child_process');
const net = require('net');

const { SOL_SOCKET, SO_RCVBUF } = net.constants;
const flags = process.allowedNodeEnvironmentFlags;
const coversNetwork = flags.has('--allow-net');
const enable = flags.has('--permission') ? '--permission' : '--experimental-permission';

if (process.argv[2] === 'child') {
  // A socket that this process does not need permission for.
  const { stdin } = process;
  assert.ok(stdin instanceof net.Socket);
  assert.ok(process.permission);

  const calls = [
    () => stdin.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000),
    () => stdin.setsockopt(SOL_SOCKET, SO_RCVBUF, new Int32Array([20_000])),
    () => stdin.setsockopt(SOL_SOCKET, SO_RCVBUF, 'text'),
    () => stdin.getsockopt(SOL_SOCKET, SO_RCVBUF),
    () => stdin.getsockopt(SOL_SOCKET, SO_RCVBUF, 4),
  ];
  if (process.argv[3] === 'denied') {
    assert.strictEqual(process.permission.has('net'), false);
    for (const call of calls) {
      assert.throws(call, {
        code: 'ERR_ACCESS_DENIED',
        permission: 'Net',
      });
    }
  } else {
    calls.forEach((call) => call());
    stdin.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    const size = stdin.getsockopt(SOL_SOCKET, SO_RCVBUF);
    assert.ok(size >= 20_000);
    stdin.setsockopt(SOL_SOCKET, SO_RCVBUF, 40_000);
    assert.notStrictEqual(stdin.getsockopt(SOL_SOCKET, SO_RCVBUF), size);
  }
  stdin.destroy();
  return;
}

function run(expected, ...flags) {
  const child = spawn(
    process.execPath,
    [enable, '--allow-fs-read=*', ...flags, __filename, 'child',
     expected],
    { stdio: ['pipe', 'inherit', 'inherit'] });
  child.on('close', common.mustCall((code, signal) => {
    assert.strictEqual(signal, null);
    assert.strictEqual(code, 0);
  }));
}

if (coversNetwork) {
  run('denied');
  run('allowed', '--allow-net');
} else {
  run('allowed');
}
