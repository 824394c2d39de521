'use strict';

// A user-land startup snapshot contains the addresses of the functions.

const common = require('../common');
const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const tmpdir = require('../common/tmpdir');

if (process.config.variables.node_use_node_snapshot === false)
  common.skip('built without snapshots');

tmpdir.refresh();
const entry = path.join(tmpdir.path, 'entry.js');
const blob = path.join(tmpdir.path, 'entry.blob');
fs.writeFileSync(entry, `
const { structs: { linger } } = require('net');
const { setDeserializeMainFunction } = require('v8').startupSnapshot;
const early = linger.encode({ onoff: true, linger: 5 });
setDeserializeMainFunction(() => {
  console.log(JSON.stringify([
    linger.decode(early),
    linger.decode(linger.encode({ onoff: false, linger: 6 })),
  ]));
});
`);

function run(...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath, ['--snapshot-blob', blob, ...args], { encoding: 'utf8' });
  assert.strictEqual(status, 0, stderr);
  return stdout.trim();
}

run('--build-snapshot', entry);
assert.deepStrictEqual(JSON.parse(run()),
                       [{ onoff: true, linger: 5 }, { onoff: false, linger: 6 }]);
