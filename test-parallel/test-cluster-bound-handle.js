'use strict';

// A handle bound in a cluster worker belongs to that worker. The primary is not
// involved, regardless of the scheduling policy.

const common = require('../common');
const assert = require('assert');
const cluster = require('cluster');
const fs = require('fs');
const net = require('net');

if (cluster.isPrimary) {
  // Run the policies one after the other, because the policy is read at the
  // first fork().
  if (process.argv[2] === undefined) {
    const { fork } = require('child_process');
    for (const policy of ['rr', 'none']) {
      fork(__filename, [policy]).on('exit', common.mustCall((code, signal) => {
        assert.strictEqual(signal, null);
        assert.strictEqual(code, 0, policy);
      }));
    }
    return;
  }
  cluster.schedulingPolicy = process.argv[2] === 'rr' ? cluster.SCHED_RR :
    cluster.SCHED_NONE;
  cluster.setupPrimary({ args: [] });

  // Returns the links of all descriptors, which identify sockets by inode.
  const sockets = () => fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });

  const ports = new Map();
  const workers = [cluster.fork(), cluster.fork()];
  for (const worker of workers) {
    worker.on('message', common.mustCall(({ port, socket }) => {
      assert.ok(port > 0);
      ports.set(worker, port);
      if (common.isLinux) {
        assert.match(socket, /^socket:/);
        assert.ok(!sockets().includes(socket));
      }
      if (ports.size < 2)
        return;

      // Two workers have two different ports.
      assert.strictEqual(new Set(ports.values()).size, 2);
      for (const [worker, port] of ports) {
        const held = [];
        net.connect(port, '127.0.0.1')
          .on('data', (chunk) => held.push(chunk))
          .on('close', common.mustCall(() => {
            // The worker that is bound to the port answers.
            assert.strictEqual(Buffer.concat(held).toString(),
                               `${worker.process.pid}`);
          }));
      }
    }));
    worker.on('exit', common.mustCall((code, signal) => {
      assert.strictEqual(signal, null);
      assert.strictEqual(code, 0);
      // Its listening socket was closed when it exited.
      const port = ports.get(worker);
      new net.BoundSocket({ host: '127.0.0.1', port }).close();
    }));
  }
  return;
}

const bound = new net.BoundSocket({ host: '127.0.0.1' });
const { port } = bound.address();
const socket = common.isLinux ?
  fs.readlinkSync(`/proc/self/fd/${bound.fd()}`) : undefined;
const server = net.createServer(common.mustCall((connection) => {
  assert.strictEqual(connection.localPort, port);
  connection.end(`${process.pid}`);
  server.close(common.mustCall(() => {
    connection.on('close', common.mustCall(client));
    connection.resume();
  }));
  if (common.isLinux)
    assert.strictEqual(server.address(), null);
}));
server.listen(bound, common.mustCall(() => {
  assert.strictEqual(server.address().port, port);
  if (common.isLinux) {
    // This is the same socket that was bound.
    assert.strictEqual(
      fs.readlinkSync(`/proc/self/fd/${server._handle.fd}`), socket);
  }
  process.send({ port, socket });
}));

// A worker can connect to a server that the workers share.
function client() {
  const shared = net.createServer(common.mustCallAtLeast((connection) => {
    connection.end(`${connection.remotePort}`);
  }, 0));
  const own = net.createServer((connection) => {
    connection.end(`${connection.remotePort}`);
  });
  own.listen({
    handle: new net.BoundSocket({ host: '127.0.0.1' }),
    exclusive: false,
  }, common.mustCall(() => {
    shared.listen(0, '127.0.0.1', common.mustCall(() => {
      const handle = new net.BoundSocket({ host: '127.0.0.1' });
      const local = handle.address().port;
      let text = '';
      net.connect({ handle, host: '127.0.0.1', port: own.address().port })
        .on('data', (chunk) => text += chunk)
        .on('close', common.mustCall(() => {
          assert.strictEqual(text, `${local}`);
          own.close();
          shared.close(() => process.disconnect());
        }));
    }));
  }));
}
