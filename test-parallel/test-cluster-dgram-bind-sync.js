'use strict';

// bindSync() in a cluster worker binds a socket of the worker's own, not one
// that the primary has for all of them.

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
  // The primary would hear of a socket that it has for them.
  const listening = [];
  cluster.on('listening', (worker, address) => listening.push(address));

  // Any port is another one for each.
  const [first, second] = await Promise.all([
    ask(one, { method: 'bindSync', options: local }),
    ask(two, { method: 'bindSync', options: local }),
  ]);
  assert.strictEqual(first.address.address, '127.0.0.1');
  assert.notStrictEqual(first.address.port, 0);
  assert.notStrictEqual(second.address.port, 0);
  assert.notStrictEqual(first.address.port, second.address.port);

  // The port of the one is taken for the other and for the primary.
  const { port } = first.address;
  const taken = { ...local, port };
  const refused = await ask(two, { method: 'bindSync', options: taken });
  assert.deepStrictEqual(refused, { code: 'EADDRINUSE', syscall: 'bind' });
  const own = dgram.createSocket('udp4');
  assert.throws(() => own.bindSync(taken), { code: 'EADDRINUSE' });

  // With reuseAddr they both have it.
  const shared = await ask(one, {
    method: 'bindSync', options: local, reuseAddr: true,
  });
  assert.deepStrictEqual(
    await ask(two, {
      method: 'bindSync', options: shared.address, reuseAddr: true,
    }), shared);

  // Datagrams come to the worker that has the port.
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

  // What connectSync() binds is the worker's own too.
  const [third, fourth] = await Promise.all([
    ask(one, { method: 'connectSync', port }),
    ask(two, { method: 'connectSync', port }),
  ]);
  assert.notStrictEqual(third.address.port, fourth.address.port);
  assert.deepStrictEqual(third.remote, { ...first.address });
  assert.deepStrictEqual(listening, []);

  // With bind() they share one, which shows that this test can tell.
  if (!common.isWindows) {
    const [fifth, sixth] = await Promise.all([
      ask(one, { method: 'bind' }),
      ask(two, { method: 'bind' }),
    ]);
    assert.deepStrictEqual(fifth.address, sixth.address);
  }

  // The port is free with the worker gone, and the other does not mind.
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
