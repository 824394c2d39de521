'use strict';

// A bound socket can be sent to a cluster worker, which then serves on it
// itself, and one bound by a worker can be sent to the primary.

const common = require('../common');
const assert = require('assert');
const cluster = require('cluster');
const net = require('net');
const { once } = require('events');

const host = '127.0.0.1';

if (cluster.isWorker) {
  process.on('message', common.mustCall((message, bound) => {
    assert.strictEqual(message, 'serve');
    // The cluster module does not know about it.
    const server = net.createServer((peer) => {
      peer.end(`${process.pid}`);
      server.close();
    });
    server.listen(bound, common.mustCall(() => {
      const own = new net.BoundSocket({ host, exclusive: true });
      process.send(own.address(), own);
      assert.throws(() => own.fd(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    }));
  }));
  return;
}

(async () => {
  const worker = cluster.fork();
  await once(worker, 'online');
  const bound = new net.BoundSocket({ host, exclusive: true });
  const { port } = bound.address();
  worker.send('serve', bound);
  const [local, received] = await once(worker, 'message');
  assert.ok(received instanceof net.BoundSocket);
  assert.deepStrictEqual(received.address(), local);
  received.close();

  const socket = net.connect(port, host).setEncoding('utf8');
  const [answer] = await once(socket, 'data');
  assert.strictEqual(answer, `${worker.process.pid}`);
  const exit = once(worker, 'exit');
  worker.disconnect();
  assert.deepStrictEqual(await exit, [0, null]);
})().then(common.mustCall());
