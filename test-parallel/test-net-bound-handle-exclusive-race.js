'use strict';

// Two processes compete for a port. With `exclusive`, exactly one of them gets
// it every time, and never both if it has former connections. Without it, both
// believe that they have it.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { fork } = require('child_process');
const { once } = require('events');

// The number of rounds can be passed as an argument.
const ROUNDS = Number(process.argv[2] ?? 100);

if (process.argv[2] === 'racer') {
  let held;
  process.on('message', ({ port, exclusive, at }) => {
    held?.close();
    held = undefined;
    if (port === undefined)
      return process.send('released');
    // Make both start at the same moment, as precisely as possible.
    while (process.hrtime.bigint() < BigInt(at));
    try {
      held = new net.BoundSocket({ host: '127.0.0.1', port, exclusive });
      process.send('bound');
    } catch (err) {
      process.send(err.code);
    }
  });
  return;
}

// Leaves a connection in TIME_WAIT.
async function serve(bound) {
  const server = net.createServer((connection) => connection.end()).listen(bound);
  await once(server, 'listening');
  await once(net.connect(server.address()).resume(), 'close');
  await once(server.close(), 'close');
}

async function race(exclusive, isUsed = false) {
  const racers = [fork(__filename, ['racer']), fork(__filename, ['racer'])];
  const ask = (message) => Promise.all(racers.map(async (racer) => {
    racer.send(message);
    return (await once(racer, 'message'))[0];
  }));
  await ask({});
  const free = new net.BoundSocket({ host: '127.0.0.1', exclusive: true });
  const { port } = free.address();
  if (isUsed)
    await serve(free);
  else
    free.close();
  let both = 0;
  let none = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const at = `${process.hrtime.bigint() + 2_000_000n}`;
    const results = await ask({ port, exclusive, at });
    const winners = results.filter((result) => result === 'bound').length;
    if (winners === 2)
      both++;
    if (winners === 0)
      none++;
    for (const result of results)
      assert.match(result, /^(bound|EADDRINUSE)$/);
    if (winners > 0 && exclusive) {
      // A third party, which does not take part in the race, cannot have it
      // either.
      const [err] = await once(net.createServer().listen(port, '127.0.0.1'), 'error');
      assert.strictEqual(err.code, 'EADDRINUSE');
    }
    await ask({});
  }
  for (const racer of racers)
    racer.disconnect();
  const former = isUsed ? ', former connections' : '';
  console.log(`exclusive ${exclusive}${former}: ${ROUNDS} rounds, ${both} won by both, ${none} by none`);
  return { both, none };
}

(async () => {
  assert.deepStrictEqual(await race(true), { both: 0, none: 0 });
  if (common.isLinux)
    assert.strictEqual((await race(true, true)).both, 0);
  // Without `exclusive` the race does go wrong, so the test is meaningful.
  assert.ok((await race(false)).both > 0);
})().then(common.mustCall());
