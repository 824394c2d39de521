// Flags: --expose-internals
'use strict';

// If the permission model covers the network, binding requires permission in
// every thread, even without upstream's own bind().

const common = require('../common');
if (common.isWindows)
  common.skip('sockets have no descriptors there');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { spawn } = require('child_process');
const { internalBinding } = require('internal/test/binding');
const { Worker, isMainThread } = require('worker_threads');
const tmpdir = require('../common/tmpdir');

const host = '127.0.0.1';
const flags = process.allowedNodeEnvironmentFlags;
const coversNetwork = flags.has('--allow-net');

if (process.argv[2] === 'child') {
  const expected = process.argv[3];
  const datagram = () => dgram.createSocket('udp4');
  const calls = [
    () => new net.BoundSocket({ host, exclusive: true }),
    () => new net.BoundSocket({ host, shared: true }),
    () => new net.BoundSocket({ host, shared: 'reuseport' }),
    () => new net.BoundSocket({ host, exclusive: true, socketOptions: [] }),
    () => datagram().bindSync({ address: host, exclusive: true }),
  ];
  if (isMainThread) {
    calls.push(() => new net.BoundSocket({ fd: 3 }),
               () => datagram().bindSync({ fd: 4 }));
  }
  if (expected === 'denied' && coversNetwork) {
    // A program can get these from the handle of a socket.
    const { TCP, socketDescriptors, socketSharing } = internalBinding('tcp_wrap');
    calls.push(() => socketSharing.share(new TCP(0), host, 0, 0),
               () => socketDescriptors.openDescriptor(new TCP(0), 3));
  }
  assert.ok(process.permission);
  for (const call of calls) {
    if (expected === 'allowed')
      call();
    else
      assert.throws(call, { code: 'ERR_ACCESS_DENIED', permission: 'Net' });
  }
  // The caller keeps a descriptor that was refused.
  fs.fstatSync(3);
  fs.fstatSync(4);
  if (isMainThread) {
    const worker = new Worker(__filename, { argv: ['child', expected] });
    worker.on('exit', common.mustCall((code) => {
      assert.strictEqual(code, 0);
      process.exit();
    }));
  } else {
    process.exit();
  }
  return;
}

const enable = flags.has('--permission') ? '--permission' : '--experimental-permission';
tmpdir.refresh();

// Makes a line whose permission model does not cover the network behave as if
// it did, but without permission.
function withoutNetwork() {
  const file = path.join(tmpdir.path, 'options.js');
  fs.writeFileSync(file, `
const options = require('internal/options');
const { getOptionValue } = options;
options.getOptionValue = (name) => (name === '--allow-net' ? false : getOptionValue(name));
`);
  return ['--require', file];
}

function run(expected, ...args) {
  const bound = new net.BoundSocket({ host });
  const socket = dgram.createSocket('udp4');
  socket.bind(0, host, common.mustCall(() => {
    const { kStateSymbol } = require('internal/dgram');
    const child = spawn(
      process.execPath,
      ['--expose-internals', enable, '--no-warnings', '--allow-fs-read=*', '--allow-worker', ...args,
       __filename, 'child', expected],
      { stdio: ['ignore', 'inherit', 'inherit', bound.fd(), socket[kStateSymbol].handle.fd] });
    bound.close();
    socket.close();
    child.on('close', common.mustCall((code, signal) => {
      assert.strictEqual(signal, null);
      assert.strictEqual(code, 0);
    }));
  }));
}

run('denied', ...(coversNetwork ? [] : withoutNetwork()));
run('allowed', ...(coversNetwork ? ['--allow-net'] : []));
