'use strict';

// A diagnostic report lists bound handles with their addresses, before and
// after they are adopted.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const path = require('path');
const tmpdir = require('../common/tmpdir');

const host = '127.0.0.1';
// Do not look up names, which takes long if there is no resolver.
process.report.excludeNetwork = true;

const list = () => process.report.getReport().libuv;
const ofPort = (port) => list().filter(({ type, localEndpoint }) =>
  type === 'tcp' && localEndpoint?.port === port);

const bound = new net.BoundSocket({ host });
const { port } = bound.address();
{
  const [handle, ...others] = ofPort(port);
  assert.deepStrictEqual(others, []);
  assert.strictEqual(handle.is_active, false);
  assert.strictEqual(handle.localEndpoint.ip4, host);
  assert.strictEqual(handle.remoteEndpoint, null);
}

const server = net.createServer();
server.listen(bound, common.mustCall(() => {
  const [handle, ...others] = ofPort(port);
  assert.deepStrictEqual(others, []);
  assert.strictEqual(handle.is_active, true);
  server.close(common.mustCall(() => assert.deepStrictEqual(ofPort(port), [])));
}));

if (!common.isWindows) {
  tmpdir.refresh();
  const file = path.join(tmpdir.path, 'socket');
  const pipe = new net.BoundSocket({ path: file });
  assert.strictEqual(
    list().filter(({ localEndpoint }) => localEndpoint === file).length, 1);
  pipe.close();
}
