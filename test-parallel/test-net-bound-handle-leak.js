'use strict';

// No descriptors or file system entries are leaked, in whatever order a handle
// is closed, disposed of, adopted and destroyed.

const common = require('../common');
if (!common.isLinux)
  common.skip('counts the entries of /proc/self/fd');

const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const count = () => fs.readdirSync('/proc/self/fd').length;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };
const dispose = Symbol.dispose ?? Symbol('none');
net.BoundSocket.prototype[dispose] ??= function() {
  try {
    this.close();
  } catch (err) {
    assert.strictEqual(err.code, gone.code);
  }
};

let number = 0;
const file = () => path.join(tmpdir.path, `s${number++}`);
const tcp = (options) => new net.BoundSocket({ host: '127.0.0.1', ...options });
const pipe = () => new net.BoundSocket({ path: file() });

// Nobody reads from this server, and it has a long queue.
const peer = net.createServer();
const pipePeer = net.createServer();
let target;
let pipeTarget;

// Waits for 'close', with or without an error.
function closed(emitter) {
  emitter.on('error', () => {});
  return new Promise((resolve) => emitter.once('close', resolve));
}
const to = (bound) => bound.isPipe ? pipeTarget : target;

// Each of these gets a handle, and must not leave anything of it behind.
const endings = {
  'close': (bound) => {
    assert.ok(bound.fd() > 2);
    bound.close();
  },
  'close, dispose': (bound) => {
    bound.close();
    bound[dispose]();
  },
  'dispose, close': (bound) => {
    bound[dispose]();
    assert.throws(() => bound.close(), gone);
  },
  'dispose again and again': (bound) => {
    for (let i = 0; i < 5; i++)
      bound[dispose]();
  },
  'close, adopt': (bound) => {
    bound.close();
    assert.throws(() => net.createServer().listen(bound), gone);
    assert.throws(() => new net.Socket({ handle: bound }), gone);
    assert.throws(() => net.connect({ handle: bound, ...to(bound) }), gone);
  },
  'listen, close': async (bound) => {
    const server = net.createServer().listen(bound);
    const { fd } = server._handle;
    await once(server, 'listening');
    assert.strictEqual(server._handle.fd, fd);
    server.close();
    await once(server, 'close');
  },
  'listen, dispose, close': async (bound) => {
    const server = net.createServer().listen(bound);
    // This has no effect, because the server owns the handle now.
    bound[dispose]();
    await once(server, 'listening');
    bound[dispose]();
    assert.strictEqual(server.listening, true);
    server.close();
    await once(server, 'close');
    bound[dispose]();
  },
  'listen, close in one tick': async (bound) => {
    const server = net.createServer().listen(bound);
    server.close();
    await once(server, 'close');
  },
  'listen, abort, close': async (bound) => {
    const controller = new AbortController();
    const server = net.createServer();
    server.listen({ handle: bound, signal: controller.signal });
    const ended = once(server, 'close');
    controller.abort();
    server.close();
    await ended;
  },
  'listen twice': async (bound) => {
    const server = net.createServer().listen(bound);
    assert.throws(() => server.listen(bound), Error);
    assert.throws(() => net.createServer().listen(bound), gone);
    server.close();
    await once(server, 'close');
  },
  'socket, destroy': async (bound) => {
    const socket = new net.Socket({ handle: bound });
    socket.destroy();
    await once(socket, 'close');
  },
  'socket, dispose, destroy with an error': async (bound) => {
    const socket = new net.Socket({ handle: bound });
    bound[dispose]();
    const ended = closed(socket);
    socket.destroy(new Error('mine'));
    await ended;
  },
  'socket, abort': async (bound) => {
    const controller = new AbortController();
    const socket = new net.Socket({
      handle: bound,
      signal: controller.signal,
    });
    const ended = closed(socket);
    controller.abort();
    await ended;
  },
  'connect, destroy in one tick': async (bound) => {
    const socket = net.connect({ handle: bound, ...to(bound) });
    socket.destroy();
    await once(socket, 'close');
  },
  'connect, end': async (bound) => {
    const socket = net.connect({ handle: bound, ...to(bound) });
    const ended = closed(socket);
    socket.resume();
    await once(socket, 'connect');
    socket.end();
    await ended;
  },
  'connect, dispose, reset': async (bound) => {
    const socket = net.connect({ handle: bound, ...to(bound) });
    const ended = closed(socket);
    bound[dispose]();
    await once(socket, 'connect');
    bound[dispose]();
    if (bound.isPipe)
      socket.destroy();
    else
      socket.resetAndDestroy();
    await ended;
  },
  'connect in vain': async (bound) => {
    const other = bound.isPipe ? file() : tcp();
    const address = bound.isPipe ? { path: other } :
      { host: '127.0.0.1', port: other.address().port };
    const socket = net.connect({ handle: bound, ...address });
    const errors = [];
    socket.on('error', (err) => errors.push(err));
    await closed(socket);
    assert.strictEqual(errors.length, 1);
    if (!bound.isPipe)
      other.close();
  },
};

const tcpEndings = {
  ...endings,
  'listen in vain': async (bound) => {
    const { port } = bound.address();
    const winner = net.createServer().listen(tcp({ port }));
    const loser = net.createServer();
    loser.listen(bound);
    const [err] = await once(loser, 'error');
    assert.strictEqual(err.code, 'EADDRINUSE');
    winner.close();
    await once(winner, 'close');
  },
  'connect, refused port': async (bound) => {
    assert.throws(() => net.connect({ handle: bound, host: '127.0.0.1', port: 65536 }),
                  { code: 'ERR_SOCKET_BAD_PORT' });
    bound.close();
  },
  'connect, refused address': async (bound) => {
    assert.throws(() => net.connect({ handle: bound, ...target, localAddress: 'nowhere' }), Error);
    bound.close();
  },
  'connect to nothing': async (bound) => {
    assert.throws(() => net.connect({ handle: bound }), { code: 'ERR_MISSING_ARGS' });
    bound.close();
  },
  'socket, refused options': async (bound) => {
    const socket = new net.Socket({ handle: bound });
    assert.throws(() => socket.connect({ ...target, localAddress: '::1' }),
                  { code: 'ERR_INVALID_ARG_VALUE' });
    socket.destroy();
    await once(socket, 'close');
  },
  'http': async (bound) => {
    const web = http.createServer((request, response) => response.end());
    web.listen(tcp());
    await once(web, 'listening');
    const request = http.get({
      host: '127.0.0.1',
      port: web.address().port,
      handle: bound,
      agent: false,
    });
    const [response] = await once(request, 'response');
    response.resume();
    await closed(request);
    web.close();
    await once(web, 'close');
  },
};

async function main() {
  peer.on('connection', (connection) => connection.resume().on('error', () => {}));
  pipePeer.on('connection', (connection) => connection.resume().on('error', () => {}));
  peer.listen(tcp(), 511);
  await once(peer, 'listening');
  target = { host: '127.0.0.1', port: peer.address().port };
  pipePeer.listen(pipe());
  await once(pipePeer, 'listening');
  pipeTarget = { path: pipePeer.address() };
  const entries = fs.readdirSync(tmpdir.path);
  assert.strictEqual(entries.length, 1);

  const connections = (server) =>
    new Promise((resolve) => server.getConnections((err, n) => resolve(n)));
  async function settled() {
    do
      await turn();
    while (await connections(peer) > 0 || await connections(pipePeer) > 0);
    await turn();
  }

  for (const [make, steps] of [[tcp, tcpEndings], [pipe, endings]]) {
    for (const [name, end] of Object.entries(steps)) {
      // The first round may open descriptors that stay open.
      let before;
      for (let i = 0; i < 6; i++) {
        const bound = make();
        const { isPipe } = bound;
        await end(bound);
        assert.throws(() => bound.close(), gone, name);
        assert.strictEqual(bound.isPipe, isPipe);
        await settled();
        const now = count();
        before ??= now;
        assert.strictEqual(now, before, `${name}, isPipe ${isPipe}`);
        assert.deepStrictEqual(fs.readdirSync(tmpdir.path), entries, name);
      }
    }
  }

  // A constructor that throws does not leak anything.
  const before = count();
  const { port } = peer.address();
  for (const options of [
    { host: '127.0.0.1', port },
    { host: '192.0.2.1' },
    { host: 'localhost' },
    { host: '127.0.0.1', port: -1 },
    { host: '127.0.0.1', ipv6Only: 1 },
    { host: '127.0.0.1', reusePort: 1 },
    { path: pipeTarget.path },
    { path: path.join(tmpdir.path, 'missing', 's') },
    { path: path.join(tmpdir.path, 'x'.repeat(200)) },
    { path: `${tmpdir.path}/a\0b` },
    { path: file(), port: 0 },
    { path: 1 },
  ]) {
    for (let i = 0; i < 20; i++)
      assert.throws(() => new net.BoundSocket(options), Error);
  }
  await turn();
  assert.strictEqual(count(), before);
  assert.deepStrictEqual(fs.readdirSync(tmpdir.path), entries);

  peer.close();
  pipePeer.close();
  await once(pipePeer, 'close');
  assert.deepStrictEqual(fs.readdirSync(tmpdir.path), []);
}

main().then(common.mustCall());
