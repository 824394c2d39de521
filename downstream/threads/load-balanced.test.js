'use strict';

// Deno's threads listen on one address together with what its crate deno_net
// has for it, a load-balanced listener. What its documentation and comments say
// of that listener is held against bound sockets with `shared: true`, in our
// words above each test. In one thing ours is another by design: there the port
// 0 is an address to share like any other, here each gets a port of its own,
// which others can share once they know it.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const host = '127.0.0.1';
const THREADS = 4;

/** A thread that listener.js runs in. */
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

/** The thread that took one connection, by its number. */
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

/** Lets the threads that are blocked at a gate go on, and waits until they do. */
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
// on one that is known gets a copy of the descriptor, not a socket of its own.
test('an address that is known is joined with a copy of its socket', async (t) => {
  const addresses = await allServe(threads(t));
  assert.strictEqual(new Set(addresses.map(({ socket }) => socket)).size, 1);
  assert.strictEqual(new Set(addresses.map(({ fd }) => fd)).size, THREADS);
});

// Every listener says the same local address.
test('each of them has the same local address', async (t) => {
  const addresses = await allServe(threads(t));
  const [{ port }] = addresses;
  for (const { address, family, port: own } of addresses) {
    assert.deepStrictEqual({ address, family, port: own }, { address: host, family: 'IPv4', port });
  }
});

// The list of known addresses is locked while one of them is looked up or made,
// so threads that come at the same time do not bind it twice.
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

// Each copy races for every connection, and one of them has it.
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

// The load is spread inside the process: any thread that has time takes from it.
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

// What is copied is kept beside the copies, so the listener that was first is
// no more than any other: closed, it leaves the others as they were.
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

// All copies have one queue: what one of them did not accept waits for the others.
test('what waits in the queue when a thread closes its listener is taken by another', async (t) => {
  const all = threads(t, 2);
  const [{ port }] = await allServe(all);
  const gates = [gateOf(), gateOf()];
  await all[0].ask('block', { gate: gates[0], then: 'close' });
  await all[1].ask('block', { gate: gates[1] });
  const sockets = Array.from({ length: 30 }, () => net.connect(port, host).setEncoding('utf8'));
  // Nobody accepts, and yet they connect: the kernel has them in the queue.
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = sockets.map(async (socket) => (await once(socket, 'data'))[0]);
  await unblock(gates[0], [all[0]]);
  await unblock(gates[1], [all[1]]);
  assert.deepStrictEqual(await Promise.all(answers), Array(30).fill(all[1].id));
});

// The last one that is dropped takes the address from the list and closes it.
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

// A thread that ends drops its listener, whether it closed it or not.
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

// Listening keeps a thread alive only while it is referenced.
test('a listener that is unreferenced lets its thread end', async (t) => {
  const [keeper, idle] = threads(t, 2);
  const [{ port }] = await allServe([keeper, idle]);
  await idle.ask('unref');
  await idle.exited;
  assert.deepStrictEqual(new Set(await connections(port, 20)), new Set([keeper.id]));
});

// SO_REUSEADDR is set, so that the port can be listened on again right after it
// was closed, with connections of it still in TIME_WAIT.
test('the address can be shared again at once after it has served', async (t) => {
  const all = threads(t, 2);
  const [{ port }] = await allServe(all);
  await connections(port, 20);
  await Promise.all(all.map((thread) => thread.ask('close')));
  const next = threads(t, 2);
  for (const thread of next) assert.strictEqual((await thread.serve({ port })).port, port);
  assert.strictEqual((await connections(port, 20)).length, 20);
});

// Who does not ask for it binds directly, and has no part in the list: it
// neither joins those that share, nor is it joined.
test('a listener that does not share is none of them', async (t) => {
  const [first, second] = threads(t, 2);
  const { port } = await first.serve({});
  await assert.rejects(second.serve({ port, shared: false }), { code: 'EADDRINUSE' });
  const alone = net.createServer().listen(new net.BoundHandle({ host }));
  await once(alone, 'listening');
  await assert.rejects(second.serve({ port: alone.address().port }), { code: 'EADDRINUSE' });
  await once(alone.close(), 'close');
});

// An address is an IP address and a port: another one of the two is another listener.
test('another host with the same port is another listener', async (t) => {
  const [first, second] = threads(t, 2);
  const one = await first.serve({});
  const two = await second.serve({ host: '127.0.0.2', port: one.port });
  assert.notStrictEqual(one.socket, two.socket);
  assert.strictEqual(await connect(one.port), first.id);
  assert.strictEqual(await connect(one.port, '127.0.0.2'), second.id);
});

// Here alone: port 0 is not shared, what it became is.
test('port 0 is a new listener for each, whose port others can share', async (t) => {
  const [first, second, third] = threads(t, 3);
  const one = await first.serve({});
  const two = await second.serve({});
  assert.notStrictEqual(one.port, two.port);
  assert.strictEqual((await third.serve({ port: two.port })).socket, two.socket);
});

// Here alone: terms that cannot be those of one socket are refused.
test('an address is not shared on other terms', async (t) => {
  const [first, second] = threads(t, 2);
  const { port } = await first.serve({});
  for (const options of [{ exclusive: true }, { shared: 'reuseport' }]) {
    await assert.rejects(second.serve({ port, ...options }), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.strictEqual((await second.serve({ port })).port, port);
});
