'use strict';

// In a cluster worker, bindSync() binds a socket that belongs to the worker,
// not one that the primary shares among all workers.

const common = require('../common');
const assert = require('assert');
const cluster = require('cluster');
const dgram = require('dgram');

const local = { address: '127.0.0.1' };

if (cluster.isPrimary) {
  main().then(common.mustCall());
} else {
  worker();
}

function ask(worker, question) {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.send(question);
  });
}

function exit(worker) {
  return new Promise((resolve) => {
    worker.once('exit', common.mustCall((code) => {
      assert.strictEqual(code, 0);
      resolve();
    }));
    worker.disconnect();
  });
}

async function main() {
  const one = cluster.fork();
  const two = cluster.fork();
  for (const worker of [one, two])
    worker.on('error', common.mustNotCall());
  // The primary would be notified about a shared socket.
  const listening = [];
  cluster.on('listening', (worker, address) => listening.push(address));

  // Port 0 gets each worker a different port.
  const [first, second] = await Promise.all([
    ask(one, { method: 'bindSync', options: local }),
    ask(two, { method: 'bindSync', options: local }),
  ]);
  assert.strictEqual(first.address.address, '127.0.0.1');
  assert.notStrictEqual(first.address.port, 0);
  assert.notStrictEqual(second.address.port, 0);
  assert.notStrictEqual(first.address.port, second.address.port);

  // The port of one worker is taken for the other worker and for the primary.
  const { port } = first.address;
  const taken = { ...local, port };
  const refused = await ask(two, { method: 'bindSync', options: taken });
  assert.deepStrictEqual(refused, { code: 'EADDRINUSE', syscall: 'bind' });
  const own = dgram.createSocket('udp4');
  assert.throws(() => own.bindSync(taken), { code: 'EADDRINUSE' });

  // With reuseAddr, both can bind it.
  const shared = await ask(one, {
    method: 'bindSync', options: local, reuseAddr: true,
  });
  assert.deepStrictEqual(
    await ask(two, {
      method: 'bindSync', options: shared.address, reuseAddr: true,
    }), shared);

  // The worker that has the port receives the datagrams.
  own.bindSync(local);
  for (const [worker, { address }] of [[one, first], [two, second]]) {
    const received = new Promise((resolve) => {
      worker.once('message', resolve);
    });
    own.send('text', address.port, '127.0.0.1', common.mustSucceed());
    assert.deepStrictEqual(await received,
                           { port: address.port, from: own.address().port });
  }
  own.close();

  // A socket bound by connectSync() belongs to the worker, too.
  const [third, fourth] = await Promise.all([
    ask(one, { method: 'connectSync', port }),
    ask(two, { method: 'connectSync', port }),
  ]);
  assert.notStrictEqual(third.address.port, fourth.address.port);
  assert.deepStrictEqual(third.remote, { ...first.address });
  assert.deepStrictEqual(listening, []);

  // With bind(), they share a socket, which shows that the checks above work.
  if (!common.isWindows) {
    const [fifth, sixth] = await Promise.all([
      ask(one, { method: 'bind' }),
      ask(two, { method: 'bind' }),
    ]);
    assert.deepStrictEqual(fifth.address, sixth.address);
  }

  // The port is free when the worker is gone, and the other worker is
  // unaffected.
  await exit(one);
  const after = dgram.createSocket('udp4');
  assert.strictEqual(after.bindSync(taken).port, port);
  after.close();
  assert.deepStrictEqual(
    await ask(two, { method: 'bindSync', options: second.address }),
    { code: 'EADDRINUSE', syscall: 'bind' });
  assert.strictEqual(listening.length, common.isWindows ? 0 : 2);
  await exit(two);
}

function worker() {
  process.on('message', ({ method, options, port, reuseAddr }) => {
    const socket = dgram.createSocket({ type: 'udp4', reuseAddr });
    switch (method) {
      case 'bindSync': {
        let address;
        try {
          address = socket.bindSync(options);
        } catch ({ code, syscall }) {
          process.send({ code, syscall });
          return;
        }
        assert.deepStrictEqual(socket.address(), address);
        socket.on('message', (message, rinfo) => {
          process.send({ port: address.port, from: rinfo.port });
        });
        socket.on('listening', common.mustCall(() => {
          process.send({ address: socket.address() });
        }));
        break;
      }
      case 'connectSync':
        socket.connectSync(port, '127.0.0.1');
        process.send({
          address: socket.address(),
          remote: socket.remoteAddress(),
        });
        break;
      case 'bind':
        socket.bind(0, '127.0.0.1', common.mustCall(() => {
          process.send({ address: socket.address() });
        }));
    }
  });
  process.on('disconnect', () => process.exit(0));
}
