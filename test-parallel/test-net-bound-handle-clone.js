'use strict';

// clone() creates a second bound socket for the same system socket.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };
const rebind = ({ address: host, port }) =>
  new net.BoundSocket({ host, port, exclusive: true });

// There are two descriptors of one socket.
{
  const bound = new net.BoundSocket({ host: '127.0.0.1', exclusive: true });
  const clone = bound.clone();
  assert.ok(clone instanceof net.BoundSocket);
  assert.deepStrictEqual(clone.address(), bound.address());
  assert.strictEqual(clone.isPipe, false);
  if (common.isLinux) {
    assert.notStrictEqual(clone.fd(), bound.fd());
    const link = (fd) => fs.readlinkSync(`/proc/self/fd/${fd}`);
    assert.strictEqual(link(clone.fd()), link(bound.fd()));
    const info = fs.readFileSync(`/proc/self/fdinfo/${clone.fd()}`, 'utf8');
    // The octal value includes O_CLOEXEC.
    assert.match(info, /^flags:\s*0?2\d{6}$/m);
  }
  const local = bound.address();
  local.port = 0;
  assert.notStrictEqual(clone.address().port, 0);

  // An option that is set on one of them is set on the other as well.
  const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_NODELAY } = net.constants;
  bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);
  bound.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
  assert.notStrictEqual(clone.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);

  const address = clone.address();
  bound.close();
  assert.throws(() => bound.clone(), gone);
  assert.throws(() => rebind(address), { code: 'EADDRINUSE' });
  const third = clone.clone();
  clone.close();
  assert.throws(() => rebind(address), { code: 'EADDRINUSE' });
  third.close();
  rebind(address).close();
}

// A path is deleted along with the last of them.
if (!common.isWindows) {
  const name = path.join(tmpdir.path, 'sock');
  const bound = new net.BoundSocket({ path: name });
  const clone = bound.clone();
  assert.strictEqual(clone.address(), name);
  assert.strictEqual(clone.isPipe, true);
  bound.close();
  assert.ok(fs.existsSync(name));
  clone.close();
  assert.ok(!fs.existsSync(name));
}

// Invalid receivers.
assert.throws(() => net.BoundSocket.prototype.clone.call({}), TypeError);

// No descriptors are leaked.
if (common.isLinux) {
  const count = () => fs.readdirSync('/proc/self/fd').length;
  const before = count();
  for (let i = 0; i < 100; i++) {
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    const clones = Array.from({ length: 10 }, () => bound.clone());
    assert.strictEqual(count(), before + 11);
    for (const each of [bound, ...clones])
      each.close();
  }
  assert.strictEqual(count(), before);
}

// Two servers accept from one queue, and the second one goes on alone.
// Connections made while the first one closes are not refused.
async function servers(bound, target) {
  const counts = [0, 0];
  const list = [bound.clone(), bound].map((each, index) => {
    const server = net.createServer((connection) => {
      counts[index]++;
      connection.end('hello');
    });
    server.listen(each);
    return server;
  });
  await Promise.all(list.map((server) => once(server, 'listening')));
  assert.throws(() => bound.clone(), gone);
  const connect = async () => {
    let text = '';
    for await (const chunk of net.connect(target).setEncoding('utf8'))
      text += chunk;
    assert.strictEqual(text, 'hello');
  };
  for (let i = 0; i < 10; i++)
    await Promise.all(Array.from({ length: 10 }, connect));
  assert.strictEqual(counts[0] + counts[1], 100);
  const closed = once(list[0].close(), 'close');
  await Promise.all([connect(), connect(), connect()]);
  assert.strictEqual(counts[0] + counts[1], 103);
  await closed;
  await once(list[1].close(), 'close');
  await assert.rejects(connect(), { code: /^(ECONNREFUSED|ENOENT)$/ });
}

// One listens while the other waits. Connections stay in the queue for it.
async function waiting() {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const spare = bound.clone();
  const { address: host, port } = bound.address();
  const first = net.createServer().listen(bound);
  await once(first, 'listening');
  await once(first.close(), 'close');
  const socket = net.connect({ host, port });
  await once(socket, 'connect');
  const second = net.createServer((connection) => connection.end('late')).listen(spare);
  const [text] = await once(socket.setEncoding('utf8'), 'data');
  assert.strictEqual(text, 'late');
  second.close();
  socket.destroy();
}

// A default of http does not replace an option that was set before a bound
// socket was cloned or transferred, or through a clone of it.
async function withoutDefault(prepare) {
  const { IPPROTO_TCP, TCP_NODELAY } = net.constants;
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const off = () => bound.setsockopt(IPPROTO_TCP, TCP_NODELAY, false);
  const { address: host, port } = bound.address();
  const server = http.createServer().listen(prepare(bound, off));
  const client = net.connect({ host, port });
  const [peer] = await once(server, 'connection');
  assert.strictEqual(peer.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
  client.destroy();
  peer.destroy();
  server.close();
}

(async () => {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const { address: host, port } = bound.address();
  await servers(bound, { host, port });
  if (!common.isWindows) {
    const name = path.join(tmpdir.path, 'server');
    await servers(new net.BoundSocket({ path: name }), { path: name });
    assert.ok(!fs.existsSync(name));
    // A client that uses a clone with a path.
    const server = net.createServer((peer) => peer.end('hi')).listen(`${name}2`);
    await once(server, 'listening');
    const from = new net.BoundSocket({ path: `${name}3` });
    const socket = net.connect({ handle: from.clone(), path: `${name}2` });
    from.close();
    const [text] = await once(socket.setEncoding('utf8'), 'data');
    assert.strictEqual(text, 'hi');
    assert.ok(fs.existsSync(`${name}3`));
    await once(socket, 'close');
    assert.ok(!fs.existsSync(`${name}3`));
    server.close();
  }
  await waiting();
  // Systems differ in what a connection inherits from the listening socket.
  if (common.isLinux) {
    for (const isBefore of [true, false]) {
      await withoutDefault((bound, off) => {
        if (isBefore)
          off();
        const clone = bound.clone();
        if (!isBefore)
          off();
        bound.close();
        return clone;
      });
    }
    await withoutDefault((bound, off) => {
      off();
      const clone = bound.clone();
      bound.close();
      return structuredClone(clone, { transfer: [clone] });
    });
  }
})().then(common.mustCall());
