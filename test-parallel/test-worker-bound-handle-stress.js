// Flags: --expose-internals --expose-gc
'use strict';

// Threads bind, share, clone, adopt, send to each other, close and are
// terminated at random. Nothing is left afterwards. The number of seconds and a
// seed can be passed as arguments.

const common = require('../common');
if (!common.isLinux)
  common.skip('counts the entries of /proc/self/fd');

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { once } = require('events');
const { internalBinding } = require('internal/test/binding');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const { countGroups } = internalBinding('tcp_wrap').socketSharing;
const THREADS = 8;
const SECONDS = Number(process.argv[2] ?? 3);
const SEED = Number(process.argv[3] ?? 1);

// Generates the same numbers for the same seed, using xorshift.
function generator(seed) {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

// An address may be in use by another thread, or shared on other terms.
const expected = new Set(['EADDRINUSE', 'ERR_INVALID_ARG_VALUE', 'EISCONN']);

if (!isMainThread) {
  const { ports, seed } = workerData;
  const random = generator(seed);
  const held = [];
  const servers = [];
  const take = (list) => list.splice(random(list.length), 1)[0];
  const counts = {};
  const acts = {
    share() {
      held.push(new net.BoundSocket({
        host: '127.0.0.1', port: ports[random(ports.length)], shared: true,
      }));
    },
    shareExclusive() {
      held.push(new net.BoundSocket({
        host: '127.0.0.1', port: ports[random(ports.length)], shared: true, exclusive: true,
      }));
    },
    bind() {
      held.push(new net.BoundSocket({ host: '127.0.0.1', exclusive: random(2) === 0 }));
    },
    clone() {
      if (held.length > 0)
        held.push(held[random(held.length)].clone());
    },
    listen() {
      if (held.length === 0)
        return;
      const server = net.createServer((connection) => {
        connection.on('error', () => {}).end('x');
      });
      server.on('error', () => {});
      servers.push(server.listen(take(held)));
    },
    connect() {
      net.connect(ports[random(ports.length)], '127.0.0.1').on('error', () => {}).resume();
    },
    send() {
      if (held.length === 0)
        return;
      const bound = take(held);
      parentPort.postMessage({ bound }, [bound]);
    },
    close() {
      if (held.length > 0)
        take(held).close();
    },
    stop() {
      if (servers.length > 0)
        take(servers).close();
    },
  };
  const names = Object.keys(acts);
  parentPort.on('message', ({ bound }) => held.push(bound));
  const step = () => {
    for (let i = 0; i < 20; i++) {
      // Close some when there are too many.
      const name = held.length > 20 ? 'close' :
        servers.length > 20 ? 'stop' : names[random(names.length)];
      try {
        acts[name]();
        counts[name] = (counts[name] ?? 0) + 1;
      } catch (err) {
        if (!expected.has(err.code))
          throw err;
      }
    }
    parentPort.postMessage({ steps: 20 });
    setTimeout(step, random(3));
  };
  step();
  return;
}

(async () => {
  const random = generator(SEED);
  // Let one thread start and end before anything is counted.
  const ports = Array.from({ length: 3 }, () => {
    const bound = new net.BoundSocket({ host: '127.0.0.1', exclusive: true });
    const { port } = bound.address();
    bound.close();
    return port;
  });
  const start = () => new Worker(__filename, {
    workerData: { ports, seed: random(2 ** 31) },
    execArgv: ['--expose-internals'],
  });
  await start().terminate();
  const descriptors = () => fs.readdirSync('/proc/self/fd').length;
  const before = descriptors();

  const threads = [];
  let steps = 0;
  let sent = 0;
  let ended = 0;
  const launch = (index) => {
    const worker = start();
    worker.on('error', common.mustNotCall('a thread failed'));
    worker.on('message', ({ bound, steps: count }) => {
      steps += count ?? 0;
      if (bound === undefined)
        return;
      // Send it on to another thread, which may be ending.
      sent++;
      threads[random(threads.length)].postMessage({ bound }, [bound]);
    });
    threads[index] = worker;
  };
  for (let index = 0; index < THREADS; index++)
    launch(index);

  // On a slow machine, it takes them longer than that to start.
  await Promise.all(threads.map((worker) => once(worker, 'message')));
  const end = Date.now() + SECONDS * 1000;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50 + random(200)));
    const index = random(THREADS);
    const worker = threads[index];
    launch(index);
    await worker.terminate();
    ended++;
  }
  await Promise.all(threads.map((worker) => worker.terminate()));

  // The last ones that threads sent are in this thread, or on their way to
  // nobody.
  for (let tries = 0; countGroups() > 0 || descriptors() > before; tries++) {
    globalThis.gc();
    if (tries > 200)
      break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(`seed ${SEED}, ${SECONDS} s: ${steps} steps, ${sent} sent on, ${ended} threads ended; ` +
    `${before} descriptors before, ${descriptors()} after, ${countGroups()} groups`);
  // A busy machine does not get far.
  assert.ok(steps >= 10 * THREADS);
  assert.strictEqual(countGroups(), 0);
  assert.ok(descriptors() <= before, `${before} to ${descriptors()}`);
  for (const port of ports) {
    try {
      new net.BoundSocket({ host: '127.0.0.1', port, exclusive: true }).close();
    } catch (err) {
      // Connections that a server closed keep the port in use for a while. They
      // are in state TIME_WAIT, number 6 in the table.
      const hex = port.toString(16).toUpperCase().padStart(4, '0');
      const states = [...fs.readFileSync('/proc/self/net/tcp', 'utf8')
        .matchAll(new RegExp(`: 0100007F:${hex} \\S+ (\\S\\S)`, 'g'))]
        .map(([, state]) => state);
      assert.strictEqual(err.code, 'EADDRINUSE');
      assert.deepStrictEqual([...new Set(states)], ['06']);
    }
  }
})().then(common.mustCall());
