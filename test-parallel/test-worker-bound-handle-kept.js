// Flags: --expose-gc
'use strict';

// If a message cannot be written, bound sockets and datagram sockets in its
// transfer list stay where they were, or nothing is left of them.

const common = require('../common');
if (common.isWindows)
  common.skip('there is no limit of descriptors');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { once } = require('events');
const { spawnSync } = require('child_process');
const { MessageChannel, receiveMessageOnPort } = require('worker_threads');
const tmpdir = require('../common/tmpdir');

if (process.argv[2] !== 'child') {
  tmpdir.refresh();
  const { status, signal } = spawnSync(
    'sh', ['-c', 'ulimit -n 100 && exec "$@"', 'sh', process.execPath, '--expose-gc', __filename, 'child'],
    { stdio: 'inherit', timeout: common.platformTimeout(60_000) });
  assert.deepStrictEqual([status, signal], [0, null]);
  return;
}

const host = '127.0.0.1';
let number = 0;
const kinds = {
  tcp: () => new net.BoundSocket({ host }),
  exclusive: () => new net.BoundSocket({ host, exclusive: true }),
  shared: () => new net.BoundSocket({ host, shared: true }),
  path: () => new net.BoundSocket({ path: path.join(tmpdir.path, `kept${number++}`) }),
};
// This takes another proposal, and a line that transfers more than what is native.
if ('clone' in dgram.Socket.prototype && !process.version.startsWith('v20.')) {
  kinds.datagram = () => {
    const socket = dgram.createSocket('udp4');
    socket.bindSync({ address: host });
    return socket;
  };
}
const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;

// Leaves that many descriptors to spare until the function that it returns is
// called.
function exhaust(left) {
  const spare = [];
  try {
    for (;;)
      spare.push(fs.openSync('/dev/null'));
  } catch (err) {
    assert.strictEqual(err.code, 'EMFILE');
  }
  const release = (fd) => fs.closeSync(fd);
  spare.splice(0, left).forEach(release);
  return () => spare.forEach(release);
}

// An object of Node.js that can be cloned, but holds something that cannot.
function uncloneable(clone = () => ({ no() {} })) {
  const value = new net.SocketAddress();
  const isClone = ({ description }) => description === 'messaging_clone_symbol';
  const key = Object.getOwnPropertySymbols(Object.getPrototypeOf(value)).find(isClone);
  value[key] = () => ({ data: clone(), deserializeInfo: '' });
  return value;
}

async function use(socket) {
  const address = socket.address();
  if (socket instanceof dgram.Socket) {
    socket.send('kept', address.port, host);
    assert.strictEqual(`${(await once(socket, 'message'))[0]}`, 'kept');
    await once(socket.close(), 'close');
    return;
  }
  const server = net.createServer((connection) => connection.end('kept'));
  await once(server.listen(socket), 'listening');
  let text = '';
  const target = typeof address === 'string' ? { path: address } : { host, port: address.port };
  for await (const chunk of net.connect(target).setEncoding('utf8'))
    text += chunk;
  assert.strictEqual(text, 'kept');
  await once(server.close(), 'close');
}

async function main() {
  const { port1, port2 } = new MessageChannel();
  const refused = (message, list, expected) =>
    assert.throws(() => port1.postMessage(message, list), expected);
  // What comes first loads modules.
  for (const make of Object.values(kinds))
    await use(make());
  refused(uncloneable(), [], { name: 'DataCloneError' });

  for (const make of Object.values(kinds)) {
    const before = count();
    const list = [make(), make()];
    const addresses = list.map((socket) => socket.address());
    const check = () => assert.deepStrictEqual(list.map((socket) => socket.address()), addresses);

    // There is a descriptor for the first alone, or for none.
    for (const left of [1, 0]) {
      const release = exhaust(left);
      refused(list, list, { code: 'EMFILE' });
      check();
      refused(list, list, { code: 'EMFILE' });
      release();
      check();
    }
    for (const message of [[...list, uncloneable()], [uncloneable(), ...list]]) {
      refused(message, list, { name: 'DataCloneError' });
      check();
    }
    // One that is given away at the last moment stays with its new owner.
    if (make !== kinds.datagram) {
      const third = make();
      const server = net.createServer();
      const thief = uncloneable(() => server.listen(third) && {});
      refused([third, thief], [third], { code: 'EBADF' });
      await once(server, 'listening');
      await once(server.close(), 'close');
    }
    check();
    port1.postMessage(list[0], [list[0]]);
    const { message } = receiveMessageOnPort(port2);
    assert.deepStrictEqual(message.address(), addresses[0]);
    await use(message);
    await use(list[1]);
    // Nothing of all that is left.
    assert.strictEqual(count(), before);
    // What a clone brings along is written after the socket has left, which is
    // closed then.
    const lost = make();
    refused([lost, uncloneable(() => uncloneable())], [lost], { name: 'DataCloneError' });
    if (make === kinds.datagram)
      await once(lost, 'close');
    else
      assert.throws(() => lost.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    for (let i = 0; i < 10 && count() > before; i++) {
      await new Promise(setImmediate);
      global.gc();
    }
    assert.strictEqual(count(), before);
  }
  port1.close();
  port2.close();
}

main().then(common.mustCall());
