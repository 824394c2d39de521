'use strict';

// A user-land startup snapshot contains the addresses of the methods.

const common = require('../common');
const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();
const entry = path.join(tmpdir.path, 'entry.js');
const blob = path.join(tmpdir.path, 'entry.blob');
fs.writeFileSync(entry, `
const net = require('net');
const { setDeserializeMainFunction } = require('v8').startupSnapshot;
setDeserializeMainFunction(() => {
  const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
  console.log(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0);
  bound.close();
});
`);

function run(...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath, ['--snapshot-blob', blob, ...args], { encoding: 'utf8' });
  assert.strictEqual(status, 0, stderr);
  return stdout.trim();
}

if (process.config.variables.node_use_node_snapshot === false)
  common.skip('built without snapshots');
run('--build-snapshot', entry);
assert.strictEqual(run(), 'true');
