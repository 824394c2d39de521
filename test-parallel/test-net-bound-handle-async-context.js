'use strict';

// Callbacks of a bound handle run in the context of the code that adopted it,
// not of the code that bound it.

const common = require('../common');
const assert = require('assert');
const { AsyncLocalStorage } = require('async_hooks');
const net = require('net');
const path = require('path');
const tmpdir = require('../common/tmpdir');

const storage = new AsyncLocalStorage();
const isIn = (context) => assert.strictEqual(storage.getStore(), context);

function test(bind, target) {
  const [bound, handle] = storage.run('bind', () => [bind('server'), bind('client')]);
  const server = net.createServer(common.mustCall((connection) => {
    isIn('listen');
    connection.end('data');
    connection.resume();
  }));
  server.maxConnections = 1;
  server.on('drop', common.mustCall(() => isIn('listen')));
  storage.run('listen', () => server.listen(bound, common.mustCall(() => {
    isIn('listen');
    storage.run('connect', () => {
      const client = net.connect({ handle, ...target(server) });
      for (const event of ['connect', 'data', 'close'])
        client.on(event, common.mustCall(() => isIn('connect')));
      // One connection more than the server accepts.
      const other = net.connect(target(server));
      other.on('error', () => {});
      other.resume();
      let open = 2;
      for (const socket of [client, other]) {
        socket.on('close', () => {
          if (--open === 0)
            server.close();
        });
      }
    });
  })));
}

const host = '127.0.0.1';
test(() => new net.BoundSocket({ host }),
     (server) => ({ host, port: server.address().port }));
if (!common.isWindows) {
  tmpdir.refresh();
  test((name) => new net.BoundSocket({ path: path.join(tmpdir.path, name) }),
       (server) => ({ path: server.address() }));
}
