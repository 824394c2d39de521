'use strict';

// A bound socket can be sent to a child process and back. The sender loses its
// own unless told otherwise.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const { fork } = require('child_process');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

const host = '127.0.0.1';
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };

if (process.argv[2] === 'child') {
  const actions = {
    address: (bound) => {
      const local = bound.address();
      bound.close();
      process.send({ local, isPipe: bound.isPipe });
    },
    back: (bound) => process.send('back', bound, () => {
      assert.throws(() => bound.fd(), gone);
    }),
    serve: (bound) => {
      const server = net.createServer((peer) => {
        peer.end(`${process.pid}`);
        server.close(() => process.send('closed'));
      });
      server.listen(bound, () => process.send('listening'));
    },
    connect: (bound, { to }) => {
      const socket = new net.Socket({ handle: bound });
      socket.connect(to).on('close', () => process.send('ended')).resume();
    },
    hold: () => process.send('held'),
    size: (bound, { number }) => {
      bound.close();
      process.send(String(number));
    },
  };
  process.on('message', ({ action, ...rest }, bound) => {
    assert.ok(bound instanceof net.BoundSocket);
    actions[action](bound, rest);
  });
  // The channel keeps the process alive.
  return;
}

const start = (serialization) => fork(__filename, ['child'], { serialization });

// Resolves to the next message and what was sent along with it.
async function ask(child, message, bound, options) {
  const answer = once(child, 'message');
  child.send(message, bound, options);
  return answer;
}

async function read(...to) {
  const socket = net.connect(...to).setEncoding('utf8');
  const [text] = await once(socket, 'data');
  return text;
}

async function end(child) {
  const exit = once(child, 'exit');
  child.disconnect();
  assert.deepStrictEqual(await exit, [0, null]);
}

async function testTCP(serialization, options) {
  const child = start(serialization);
  for (const settings of [{ host }, { host, exclusive: true }, { host, shared: true }]) {
    const bound = new net.BoundSocket(settings);
    const local = bound.address();
    const kept = bound.clone();
    const [answer] = await ask(child, { action: 'address' }, bound, options);
    assert.deepStrictEqual(answer, { local, isPipe: false });
    if (!options?.keepOpen) {
      for (const method of ['address', 'fd', 'close', 'clone'])
        assert.throws(() => bound[method](), gone);
    } else {
      assert.deepStrictEqual(bound.address(), local);
      bound.close();
    }
    kept.close();
  }

  // Nobody else has this one. The child serves on it, and the port is free
  // afterwards.
  const bound = new net.BoundSocket({ host, exclusive: true });
  const { port } = bound.address();
  assert.deepStrictEqual(
    await ask(child, { action: 'serve' }, bound, options), ['listening', undefined]);
  if (options?.keepOpen)
    bound.close();
  const closed = once(child, 'message');
  assert.strictEqual(await read(port, host), `${child.pid}`);
  assert.deepStrictEqual(await closed, ['closed', undefined]);
  // The message is what it would be without a bound socket. The internals of
  // v22.x cannot write such a number.
  const hasRawJSON = Number(process.versions.node.split('.')[0]) >= 24;
  if (serialization === 'json' && hasRawJSON) {
    const number = JSON.rawJSON('1e999');
    const [size] = await ask(child, { action: 'size', number }, new net.BoundSocket({ host }));
    assert.strictEqual(size, 'Infinity');
  }
  await end(child);
}

async function testClient() {
  const child = start();
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const bound = new net.BoundSocket({ host });
  const local = bound.address();
  const connection = once(server, 'connection');
  const to = { host, port: server.address().port };
  child.send({ action: 'connect', to }, bound);
  const [peer] = await connection;
  assert.strictEqual(peer.remotePort, local.port);
  peer.end();
  assert.deepStrictEqual(await once(child, 'message'), ['ended', undefined]);
  server.close();
  await end(child);
}

async function testBack() {
  const child = start('advanced');
  const bound = new net.BoundSocket({ host });
  const local = bound.address();
  const [text, back] = await ask(child, { action: 'back' }, bound);
  assert.strictEqual(text, 'back');
  assert.ok(back instanceof net.BoundSocket);
  assert.notStrictEqual(back, bound);
  assert.deepStrictEqual(back.address(), local);
  back.close();

  // A default of http does not replace an option that was set before. Systems
  // differ in what a connection inherits from the listening socket.
  if (common.isLinux) {
    const { IPPROTO_TCP, TCP_NODELAY } = net.constants;
    const other = new net.BoundSocket({ host });
    other.setsockopt(IPPROTO_TCP, TCP_NODELAY, false);
    const [, received] = await ask(child, { action: 'back' }, other);
    const server = http.createServer().listen(received);
    const client = net.connect(server.address().port, host);
    const [peer] = await once(server, 'connection');
    assert.strictEqual(peer.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    client.destroy();
    peer.destroy();
    server.close();
  }
  await end(child);
}

// Send many at once. The sender closes each one before it is sent.
async function testQueue() {
  const child = start();
  const ports = [];
  for (let i = 0; i < 50; i++) {
    const bound = new net.BoundSocket({ host });
    ports.push(bound.address().port);
    child.send({ action: 'address' }, bound, { keepOpen: i % 2 === 0 });
    // While it waits in the queue, it is on its way already.
    if (i % 2 === 0)
      bound.close();
    else
      assert.throws(() => bound.close(), gone);
  }
  const received = [];
  await new Promise((resolve) => {
    child.on('message', ({ local }) => {
      if (received.push(local.port) === ports.length)
        resolve();
    });
  });
  assert.deepStrictEqual(received, ports);
  await end(child);
}

// The process that bound the path deletes it, unless another process still has
// the socket. No other process does.
async function testPath() {
  const path = tmpdir.resolve('sent.sock');
  const child = start();

  const given = new net.BoundSocket({ path });
  assert.deepStrictEqual(
    await ask(child, { action: 'serve' }, given),
    ['listening', undefined]);
  assert.throws(() => given.address(), gone);
  const closed = once(child, 'message');
  assert.strictEqual(await read(path), `${child.pid}`);
  await closed;
  assert.ok(fs.existsSync(path));
  fs.unlinkSync(path);

  const kept = new net.BoundSocket({ path });
  const [answer] = await ask(child, { action: 'address' }, kept, { keepOpen: true });
  assert.deepStrictEqual(answer, { local: path, isPipe: true });
  assert.strictEqual(kept.address(), path);
  assert.ok(fs.existsSync(path));
  kept.close();
  assert.ok(!fs.existsSync(path));

  // A clone that serves here deletes it.
  const cloned = new net.BoundSocket({ path });
  const server = net.createServer((connection) => connection.end('here'));
  server.listen(cloned.clone());
  await once(server, 'listening');
  assert.deepStrictEqual(
    await ask(child, { action: 'address' }, cloned, { keepOpen: false }),
    [{ local: path, isPipe: true }, undefined]);
  assert.strictEqual(await read(path), 'here');
  server.close();
  await once(server, 'close');
  assert.ok(!fs.existsSync(path));

  // A file that replaced the socket is not deleted.
  const replaced = new net.BoundSocket({ path });
  const copy = replaced.clone();
  await ask(child, { action: 'hold' }, replaced, { keepOpen: true });
  fs.unlinkSync(path);
  fs.writeFileSync(path, 'somebody else\'s');
  replaced.close();
  await end(child);
  copy.close();
  assert.strictEqual(fs.readFileSync(path, 'utf8'), 'somebody else\'s');
  fs.unlinkSync(path);

  // If the receiver ends, the sender deletes the path.
  const other = start();
  const held = new net.BoundSocket({ path });
  await ask(other, { action: 'hold' }, held, { keepOpen: true });
  await end(other);
  assert.ok(fs.existsSync(path));
  held.close();
  assert.ok(!fs.existsSync(path));
}

async function testAbstract() {
  const child = start();
  const path = `\0bound-handle-${process.pid}`;
  const bound = new net.BoundSocket({ path });
  const [answer] = await ask(child, { action: 'address' }, bound);
  assert.deepStrictEqual(answer, { local: path, isPipe: true });
  await end(child);
}

(async () => {
  tmpdir.refresh();
  await testTCP('json');
  await testTCP('advanced', { keepOpen: true });
  await testTCP('json', { keepOpen: false });
  await testClient();
  await testBack();
  await testQueue();
  if (!common.isWindows)
    await testPath();
  if (common.isLinux)
    await testAbstract();
})().then(common.mustCall());
