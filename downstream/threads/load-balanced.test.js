'use strict';

// Threads in Deno listen on one address using what its crate deno_net provides
// for this, a load-balanced listener. These tests check what its documentation
// and comments say about that listener, in our words above each test, against
// bound sockets with `shared: true`. One difference is by design: there, port 0
// is an address to share like any other; here, everyone gets a port of their
// own, which others can share once they know it.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const host = '127.0.0.1';
const THREADS = 4;

/** A thread that runs listener.js. */
class Thread {
  #worker = new Worker(path.join(__dirname, 'listener.js'));
  exited = once(this.#worker, 'exit');

  get id() {
    return String(this.#worker.threadId);
  }

  async answer() {
    const [{ code, ok }] = await once(this.#worker, 'message');
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return ok;
  }

  ask(command, data) {
    const answer = this.answer();
    this.#worker.postMessage({ command, ...data });
    return answer;
  }

  async serve(options) {
    const address = await this.ask('bind', { options: { host, shared: true, ...options } });
    await this.ask('listen');
    return address;
  }

  async end() {
    await this.#worker.terminate();
  }
}

function threads(t, count = THREADS) {
  const all = Array.from({ length: count }, () => new Thread());
  t.after(() => Promise.all(all.map((thread) => thread.end())));
  return all;
}

/** Returns the number of the thread that accepted one connection. */
async function connect(port, address = host) {
  const socket = net.connect(port, address).setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk) => { text += chunk; });
  await once(socket, 'close');
  return text;
}

const connections = (port, count) => Promise.all(Array.from({ length: count }, () => connect(port)));
const bindAlone = (port, address = host) => new net.BoundHandle({ host: address, port, exclusive: true }).close();
const gateOf = () => new Int32Array(new SharedArrayBuffer(8));

/** Unblocks the threads that wait at a gate, and waits until they run again. */
async function unblock(gate, blocked) {
  const back = blocked.map((thread) => thread.answer());
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await Promise.all(back);
}

async function allServe(all) {
  const first = await all[0].serve({});
  const others = await Promise.all(all.slice(1).map((thread) => thread.serve({ port: first.port })));
  return [first, ...others];
}

// The process knows its listeners by their local address. A thread that listens
// on a known address gets a copy of the descriptor, not a socket of its own.
test('an address that is known is joined with a copy of its socket', async (t) => {
  const addresses = await allServe(threads(t));
  assert.strictEqual(new Set(addresses.map(({ socket }) => socket)).size, 1);
  assert.strictEqual(new Set(addresses.map(({ fd }) => fd)).size, THREADS);
});

// Every listener reports the same local address.
test('each of them has the same local address', async (t) => {
  const addresses = await allServe(threads(t));
  const [{ port }] = addresses;
  for (const { address, family, port: own } of addresses) {
    assert.deepStrictEqual({ address, family, port: own }, { address: host, family: 'IPv4', port });
  }
});

// The list of known addresses is locked while an address is looked up or added,
// so threads that arrive at the same time do not bind it twice.
test('threads that bind in the same moment get one socket', async (t) => {
  const all = threads(t);
  for (let round = 0; round < 5; round++) {
    const probe = new net.BoundHandle({ host });
    const { port } = probe.address();
    probe.close();
    const gate = gateOf();
    const bound = all.map((thread) => thread.ask('bind', { options: { host, port, shared: true }, gate }));
    while (Atomics.load(gate, 1) < THREADS) await new Promise(setImmediate);
    Atomics.store(gate, 0, 1);
    const addresses = await Promise.all(bound);
    assert.strictEqual(new Set(addresses.map(({ socket }) => socket)).size, 1);
    await Promise.all(all.map((thread) => thread.ask('close')));
    bindAlone(port);
  }
});

// All copies compete for every connection, and one of them gets it.
test('every connection is taken by one thread, and by one only', async (t) => {
  const all = threads(t);
  const [{ port }] = await allServe(all);
  const answers = await connections(port, 200);
  const counts = await Promise.all(all.map((thread) => thread.ask('served')));
  for (const [index, thread] of all.entries()) {
    assert.strictEqual(answers.filter((id) => id === thread.id).length, counts[index]);
  }
  assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 200);
});

// The load is distributed inside the process: any thread that has time takes
// part of it.
test('each thread takes what the others have no time for', async (t) => {
  const all = threads(t);
  const [{ port }] = await allServe(all);
  for (const free of all) {
    const gate = gateOf();
    const busy = all.filter((thread) => thread !== free);
    await Promise.all(busy.map((thread) => thread.ask('block', { gate })));
    assert.deepStrictEqual(new Set(await connections(port, 10)), new Set([free.id]));
    await unblock(gate, busy);
  }
});

// The original is kept next to the copies, so the first listener is not
// special: closing it does not affect the others.
test('the first one may be closed before the others', async (t) => {
  const all = threads(t);
  const [{ port }] = await allServe(all);
  for (const [index, thread] of all.entries()) {
    const others = all.slice(index + 1).map(({ id }) => id);
    await thread.ask('close');
    if (others.length === 0) break;
    for (const id of await connections(port, 20)) assert.ok(others.includes(id));
  }
});

// All copies have the same queue: what one of them did not accept waits for the
// others.
test('what waits in the queue when a thread closes its listener is taken by another', async (t) => {
  const all = threads(t, 2);
  const [{ port }] = await allServe(all);
  const gates = [gateOf(), gateOf()];
  await all[0].ask('block', { gate: gates[0], then: 'close' });
  await all[1].ask('block', { gate: gates[1] });
  const sockets = Array.from({ length: 30 }, () => net.connect(port, host).setEncoding('utf8'));
  // Nobody accepts, and yet they connect: the kernel keeps them in the queue.
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = sockets.map(async (socket) => (await once(socket, 'data'))[0]);
  await unblock(gates[0], [all[0]]);
  await unblock(gates[1], [all[1]]);
  assert.deepStrictEqual(await Promise.all(answers), Array(30).fill(all[1].id));
});

// Dropping the last listener removes the address from the list and closes the
// socket.
test('with the last one the address is free, and nobody listens', async (t) => {
  const all = threads(t);
  const [{ port }] = await allServe(all);
  for (const thread of all) {
    assert.throws(() => bindAlone(port), { code: 'EADDRINUSE' });
    await thread.ask('close');
  }
  bindAlone(port);
  await assert.rejects(connect(port), { code: 'ECONNREFUSED' });
});

// A thread that exits drops its listener, whether or not it closed it.
test('threads that are ended let go of it', async (t) => {
  const all = threads(t);
  const [{ port }] = await allServe(all);
  await all[0].end();
  for (const id of await connections(port, 20)) assert.notStrictEqual(id, all[0].id);
  await Promise.all(all.map((thread) => thread.end()));
  await assert.rejects(connect(port), { code: 'ECONNREFUSED' });
  const server = net.createServer().listen(new net.BoundHandle({ host, port }));
  await once(server, 'listening');
  await once(server.close(), 'close');
});

// A listener keeps its thread alive only while it is referenced.
test('a listener that is unreferenced lets its thread end', async (t) => {
  const [keeper, idle] = threads(t, 2);
  const [{ port }] = await allServe([keeper, idle]);
  await idle.ask('unref');
  await idle.exited;
  assert.deepStrictEqual(new Set(await connections(port, 20)), new Set([keeper.id]));
});

// SO_REUSEADDR is set, so the port can be listened on again right after it was
// closed, while some of its connections are still in TIME_WAIT.
test('the address can be shared again at once after it has served', async (t) => {
  const all = threads(t, 2);
  const [{ port }] = await allServe(all);
  await connections(port, 20);
  await Promise.all(all.map((thread) => thread.ask('close')));
  const next = threads(t, 2);
  for (const thread of next) assert.strictEqual((await thread.serve({ port })).port, port);
  assert.strictEqual((await connections(port, 20)).length, 20);
});

// A listener that does not ask for sharing binds directly and is not in the
// list: it does not join those that share, and they do not join it.
test('a listener that does not share is none of them', async (t) => {
  const [first, second] = threads(t, 2);
  const { port } = await first.serve({});
  await assert.rejects(second.serve({ port, shared: false }), { code: 'EADDRINUSE' });
  const alone = net.createServer().listen(new net.BoundHandle({ host }));
  await once(alone, 'listening');
  await assert.rejects(second.serve({ port: alone.address().port }), { code: 'EADDRINUSE' });
  await once(alone.close(), 'close');
});

// An address is an IP address and a port: if either differs, it is another
// listener.
test('another host with the same port is another listener', async (t) => {
  const [first, second] = threads(t, 2);
  const one = await first.serve({});
  const two = await second.serve({ host: '127.0.0.2', port: one.port });
  assert.notStrictEqual(one.socket, two.socket);
  assert.strictEqual(await connect(one.port), first.id);
  assert.strictEqual(await connect(one.port, '127.0.0.2'), second.id);
});

// Only here: port 0 itself is not shared, but the resulting port is.
test('port 0 is a new listener for each, whose port others can share', async (t) => {
  const [first, second, third] = threads(t, 3);
  const one = await first.serve({});
  const two = await second.serve({});
  assert.notStrictEqual(one.port, two.port);
  assert.strictEqual((await third.serve({ port: two.port })).socket, two.socket);
});

// Only here: terms that one socket cannot satisfy are rejected.
test('an address is not shared on other terms', async (t) => {
  const [first, second] = threads(t, 2);
  const { port } = await first.serve({});
  for (const options of [{ exclusive: true }, { shared: 'reuseport' }]) {
    await assert.rejects(second.serve({ port, ...options }), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.strictEqual((await second.serve({ port })).port, port);
});
