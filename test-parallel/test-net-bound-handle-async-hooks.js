'use strict';

// A handle adopted by a server or a client is an ordinary async resource: it
// has the right name and trigger, and is destroyed exactly once.

const common = require('../common');
const assert = require('assert');
const { createHook, executionAsyncId, executionAsyncResource } = require('async_hooks');
const net = require('net');
const path = require('path');
const tmpdir = require('../common/tmpdir');

const resources = new Map();
createHook({
  init(id, type, trigger, resource) {
    if (/^(TCP|PIPE)/.test(type))
      resources.set(id, { type, trigger, resource, depth: 0, destroyed: 0 });
  },
  before(id) {
    const found = resources.get(id);
    if (found !== undefined) {
      assert.strictEqual(found.destroyed, 0);
      found.depth++;
    }
  },
  after(id) {
    const found = resources.get(id);
    if (found !== undefined)
      found.depth--;
  },
  destroy(id) {
    const found = resources.get(id);
    if (found !== undefined)
      found.destroyed++;
  },
}).enable();

const idOf = (socket) => socket._handle.getAsyncId();

function test(kind, bindServer, bindClient, target) {
  return new Promise((resolve) => {
    const server = net.createServer(common.mustCall((peer) => {
      // Called by the handle of the server.
      assert.strictEqual(executionAsyncId(), idOf(server));
      assert.strictEqual(executionAsyncResource(), server._handle);
      const accepted = resources.get(idOf(peer));
      assert.strictEqual(accepted.type, `${kind}WRAP`);
      assert.strictEqual(accepted.trigger, idOf(server));
      peer.end();
      peer.resume();
    }));
    const bound = bindServer();
    server.listen(bound, common.mustCall(() => {
      const id = idOf(server);
      assert.strictEqual(resources.get(id).type, `${kind}WRAP`);
      assert.strictEqual(resources.get(id).resource, server._handle);

      const handle = bindClient();
      const client = net.connect({ handle, ...target(server) });
      client.on('connect', common.mustCall(() => {
        const request = resources.get(executionAsyncId());
        assert.strictEqual(request.type, `${kind}CONNECTWRAP`);
        assert.strictEqual(request.trigger, idOf(client));
      }));
      client.on('close', common.mustCall(() => server.close(resolve)));
      client.resume();
    }));
  });
}

const host = '127.0.0.1';
const bind = () => new net.BoundSocket({ host });
const port = (server) => ({ host, port: server.address().port });

(async () => {
  await test('TCP', bind, bind, port);
  if (!common.isWindows) {
    tmpdir.refresh();
    const bindPath = (name) => () => new net.BoundSocket({
      path: path.join(tmpdir.path, name),
    });
    await test('PIPE', bindPath('server'), bindPath('client'),
               (server) => ({ path: server.address() }));
  }
  // A handle that is never adopted.
  const { length } = [...resources];
  bind().close();
  assert.strictEqual(resources.size, length + 1);
})().then(common.mustCall());

process.on('exit', () => {
  for (const [id, { type, depth, destroyed }] of resources) {
    assert.strictEqual(depth, 0, `${type} ${id}`);
    // The standard streams stay open.
    if (id !== process.stdout._handle?.getAsyncId() &&
        id !== process.stderr._handle?.getAsyncId())
      assert.strictEqual(destroyed, 1, `${type} ${id}`);
  }
});
