'use strict';

// An open bound handle counts as a resource of the process, but does not keep
// the process alive.

const common = require('../common');
const assert = require('assert');
const { spawnSync } = require('child_process');
const net = require('net');

const host = '127.0.0.1';
const count = () => process.getActiveResourcesInfo()
  .filter((name) => name === 'TCPSocketWrap').length;
// Handles are closed at the end of an iteration of the event loop.
const afterTurn = (callback) =>
  setImmediate(() => setImmediate(common.mustCall(callback)));
const isActive = (object) => process._getActiveHandles().includes(object);

if (process.argv[2] === 'child') {
  // One idle handle, and a server that listens but is unreferenced.
  new net.BoundSocket({ host });
  net.createServer().listen(new net.BoundSocket({ host })).unref();
  return;
}

assert.strictEqual(count(), 0);
const bound = new net.BoundSocket({ host });
assert.strictEqual(count(), 1);

const server = net.createServer();
server.listen(bound, common.mustCall(() => {
  assert.strictEqual(count(), 1);
  assert.ok(isActive(server));
  server.unref();
  assert.strictEqual(count(), 0);
  assert.ok(!isActive(server));
  server.ref();
  assert.ok(isActive(server));

  server.close(common.mustCall(() => afterTurn(() => {
    assert.strictEqual(count(), 0);
    assert.ok(!isActive(server));
    const unused = new net.BoundSocket({ host });
    assert.strictEqual(count(), 1);
    unused.close();
    afterTurn(() => assert.strictEqual(count(), 0));
  })));
}));

const { status, signal, stderr } = spawnSync(
  process.execPath, [__filename, 'child'],
  { encoding: 'utf8', timeout: common.platformTimeout(20_000) });
assert.strictEqual(signal, null);
assert.strictEqual(status, 0, stderr);
