'use strict';

// A server listens on the same socket that was bound earlier.

const common = require('../common');
const assert = require('assert');
const net = require('net');

function serves(listen) {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const { address, family, port } = bound.address();
  assert.strictEqual(address, '127.0.0.1');
  assert.strictEqual(family, 'IPv4');

  const server = net.createServer(common.mustCall((connection) => {
    assert.strictEqual(connection.localAddress, '127.0.0.1');
    assert.strictEqual(connection.localPort, port);
    connection.end('served');
    server.close();
  }));
  server.on('error', common.mustNotCall());
  server.on('close', common.mustCall());
  const listening = common.mustCall(() => {
    assert.strictEqual(server.listening, true);
    assert.deepStrictEqual(server.address(), { address, family, port });

    // Nobody else can bind the port anymore.
    assert.throws(() => new net.BoundSocket({ host: '127.0.0.1', port }),
                  { code: 'EADDRINUSE', syscall: 'bind' });

    let text = '';
    net.connect(port, '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (chunk) => text += chunk)
      .on('end', common.mustCall(() => assert.strictEqual(text, 'served')));
  });
  assert.strictEqual(listen(server, bound, listening), server);
}

serves((server, bound, done) => server.listen(bound, done));
serves((server, bound, done) => server.listen(bound, 5, done));
serves((server, bound, done) => server.listen(bound, undefined, done));
serves((server, bound, done) => server.listen(bound).once('listening', done));
serves((server, bound, done) => server.listen({ handle: bound }, done));
serves((server, bound, done) => server.listen({
  handle: bound,
  backlog: 5,
  exclusive: true,
}, done));

// The handle takes precedence over host, port and path.
serves((server, bound, done) => server.listen({
  handle: bound,
  host: 'nosuch.invalid',
  port: 1,
  path: '/nonexistent/path',
}, done));

// The callback is always called asynchronously.
{
  let returned = false;
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const server = net.createServer();
  server.listen(bound, common.mustCall(() => {
    assert.strictEqual(returned, true);
    server.close();
  }));
  returned = true;
}

// The same server can listen on several handles, one after the other.
{
  const server = net.createServer();
  let left = 3;
  const listen = common.mustCall(() => {
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    const { port } = bound.address();
    server.listen(bound, common.mustCall(() => {
      assert.strictEqual(server.address().port, port);
      net.connect(port, '127.0.0.1').on('connect', common.mustCall(function() {
        this.end();
      })).resume();
    }));
    server.once('connection', common.mustCall((connection) => {
      connection.resume().end();
      server.close(common.mustCall(() => {
        assert.strictEqual(server.address(), null);
        if (--left > 0)
          listen();
      }));
    }));
  }, 3);
  listen();
}

// The server can be unreferenced as usual.
{
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  net.createServer().listen(bound).unref();
}
{
  // A handle that is never adopted or closed does not keep the process alive.
  const { spawnSync } = require('child_process');
  const { status, signal } = spawnSync(process.execPath, ['-e', `
    globalThis.bound = new (require('net').BoundSocket)({ host: '127.0.0.1' });
    setImmediate(() => console.log(bound.address().port));
  `], { timeout: 4000 });
  assert.strictEqual(signal, null);
  assert.strictEqual(status, 0);
}
