'use strict';

// Handles with reusePort share a port, and the kernel distributes connections.

const common = require('../common');
if (!common.isLinux)
  common.skip('which systems have SO_REUSEPORT, and how, differs');

const assert = require('assert');
const net = require('net');

const host = '127.0.0.1';
const inUse = { code: 'EADDRINUSE', syscall: 'bind', address: host };

// Once one of them listens, all of them must have requested it.
{
  const bound = new net.BoundSocket({ host });
  const { port } = bound.address();
  const server = net.createServer().listen(bound, common.mustCall(() => {
    for (const reusePort of [true, false, undefined]) {
      assert.throws(() => new net.BoundSocket({ host, port, reusePort }),
                    { ...inUse, port });
    }
    server.close();
  }));
}

const first = new net.BoundSocket({ host, reusePort: true });
const { port } = first.address();
const second = new net.BoundSocket({ host, port, reusePort: true });
assert.deepStrictEqual(second.address(), first.address());
assert.notStrictEqual(second.fd(), first.fd());

const counts = [0, 0];
let clients = 0;
let closed = 0;
const servers = [first, second].map((handle, i) => {
  const server = net.createServer((connection) => {
    counts[i]++;
    connection.end();
  });
  server.on('error', common.mustNotCall());
  server.on('close', common.mustCall());
  server.listen(handle, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    if (servers.every(({ listening }) => listening) && clients === 0)
      connect();
  }));
  return server;
});

// Both get connections eventually.
function connect() {
  for (const reusePort of [false, undefined, null]) {
    assert.throws(() => new net.BoundSocket({ host, port, reusePort }),
                  { ...inUse, port });
  }
  // Another one may join while the others listen.
  new net.BoundSocket({ host, port, reusePort: true }).close();
  more();
}

function more() {
  const n = 16;
  for (let i = 0; i < n; i++) {
    clients++;
    net.connect(port, host).resume().on('close', common.mustCall(() => {
      if (++closed < clients)
        return;
      if (counts.includes(0) && clients < 512) {
        more();
        return;
      }
      assert.ok(!counts.includes(0), `${counts}`);
      assert.strictEqual(counts[0] + counts[1], clients);
      servers.forEach((server) => server.close());
    }));
  }
}

// Two sources with the same port, connected to two targets.
{
  const targets = [net.createServer(), net.createServer()];
  let left = 2;
  const remote = [];
  for (const target of targets) {
    target.on('connection', common.mustCall((connection) => {
      remote.push(connection.remotePort);
      connection.end();
    }));
    target.listen(0, host, common.mustCall(() => {
      if (--left > 0)
        return;
      left = 2;
      const one = new net.BoundSocket({ host, reusePort: true });
      const local = one.address().port;
      const two = new net.BoundSocket({ host, port: local, reusePort: true });
      [one, two].forEach((handle, i) => {
        const socket = net.connect({
          handle,
          host,
          port: targets[i].address().port,
        });
        assert.strictEqual(socket.localPort, local);
        socket.resume().on('close', common.mustCall(() => {
          if (--left > 0)
            return;
          assert.deepStrictEqual(remote, [local, local]);
          targets.forEach((target) => target.close());
        }));
      });
    }));
  }
}
