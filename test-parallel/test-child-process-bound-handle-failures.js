// Flags: --expose-internals
'use strict';

// The sender keeps what cannot be sent, and what does not arrive is closed.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { fork, spawn } = require('child_process');
const { once } = require('events');
const { internalBinding } = require('internal/test/binding');

const { UV_EBADF } = internalBinding('uv');

const host = '127.0.0.1';
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };
// If upstream sends bound sockets too, the error is the one from upstream.
const unsendable = {
  code: '_TransferredBoundSocket' in net ?
    'ERR_WORKER_HANDLE_NOT_TRANSFERABLE' : 'ERR_SOCKET_HANDLE_ADOPTED',
};

if (process.argv[2] === 'poor') {
  // Leaves no descriptor for what will be sent.
  const files = [];
  try {
    for (;;)
      files.push(fs.openSync(__filename));
  } catch (err) {
    assert.strictEqual(err.code, 'EMFILE');
  }
  process.on('message', (message, bound) => {
    process.send({ message, port: bound.address().port });
  });
  if (process.argv[3] === 'at first') {
    process.once('internalMessage', () => {
      for (const fd of files)
        fs.closeSync(fd);
    });
  }
  process.send('up');
  return;
}

if (process.argv[2] === 'child') {
  process.on('message', (message) => {
    if (message === 'stop')
      process.disconnect();
  });
  process.send('up');
  return;
}

const { countGroups } = internalBinding('tcp_wrap').socketSharing;
const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;
const make = () => new net.BoundSocket({ host, exclusive: true });

// Checks that nobody is bound to the address.
const assertFree = ({ address, port }) =>
  new net.BoundSocket({ host: address, port, exclusive: true }).close();

async function start() {
  const child = fork(__filename, ['child']);
  await once(child, 'message');
  return child;
}

async function testArguments() {
  const child = await start();
  const circular = {};
  circular.self = circular;
  const bound = make();
  const before = count();
  for (const keepOpen of [undefined, null, true, false]) {
    assert.throws(() => child.send(undefined, bound, { keepOpen }),
                  { code: 'ERR_MISSING_ARGS' });
    assert.throws(() => child.send(Symbol('s'), bound, { keepOpen }),
                  { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => child.send(circular, bound, { keepOpen }), TypeError);
  }
  for (const keepOpen of [0, 'yes', {}]) {
    assert.throws(() => child.send('m', bound, { keepOpen }),
                  { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => child.send('m', Object.create(net.BoundSocket.prototype)),
                { code: 'ERR_INVALID_HANDLE_TYPE' });
  assert.strictEqual(count(), before);
  bound.address();
  // Others use the channel from within the message.
  const used = make();
  assert.throws(() => child.send({ toJSON() { used.close(); throw new TypeError('no'); } }, used), TypeError);
  assert.throws(() => used.address(), gone);
  bound.close();
  for (const keepOpen of [undefined, true, false])
    assert.throws(() => child.send('m', bound, { keepOpen }), unsendable);
  const exit = once(child, 'exit');
  child.send('stop');
  await exit;

  // There is no channel anymore.
  const late = make();
  for (const keepOpen of [true, false]) {
    const error = new Promise((resolve) => child.send('m', late, { keepOpen }, resolve));
    assert.strictEqual((await error).code, 'ERR_IPC_CHANNEL_CLOSED');
    const event = once(child, 'error');
    assert.strictEqual(child.send('m', late, { keepOpen }), false);
    assert.strictEqual((await event)[0].code, 'ERR_IPC_CHANNEL_CLOSED');
  }
  late.address();
  late.close();
}

// The message cannot be written, so the sender gets the bound socket back.
async function testWriteError() {
  const child = await start();
  const key = Object.getOwnPropertySymbols(child)
    .find(({ description }) => description === 'kChannelHandle');
  const channel = child[key];
  channel.writeUtf8String = () => UV_EBADF;
  const bound = make();
  const local = bound.address();
  const before = count();
  for (const keepOpen of [true, false]) {
    const error = new Promise((resolve) => child.send('m', bound, { keepOpen }, resolve));
    assert.deepStrictEqual(bound.address(), local);
    const { code, syscall } = await error;
    assert.deepStrictEqual([code, syscall], ['EBADF', 'write']);
  }
  assert.strictEqual(count(), before);
  delete channel.writeUtf8String;

  // The bound socket still works.
  const server = net.createServer().listen(bound);
  await once(server, 'listening');
  server.close();
  const exit = once(child, 'exit');
  child.send('stop');
  await exit;
  assertFree(local);
}

// The child exits with one bound socket on its way and others waiting.
async function testUnconfirmed(how) {
  const before = count();
  const child = await start();
  process.kill(child.pid, 'SIGSTOP');
  const locals = [];
  for (let i = 0; i < 4; i++) {
    const bound = i === 0 ? new net.BoundSocket({ host, shared: true }) : make();
    locals.push(bound.address());
    child.send('m', bound, { keepOpen: i === 2 });
    if (i === 2)
      bound.close();
    assert.throws(() => bound.address(), gone);
  }
  assert.strictEqual(countGroups(), 1);
  const exit = once(child, 'exit');
  if (how === 'disconnect') {
    child.disconnect();
    process.kill(child.pid, 'SIGCONT');
  } else {
    process.kill(child.pid, 'SIGKILL');
  }
  await exit;
  await new Promise(setImmediate);
  locals.forEach(assertFree);
  assert.strictEqual(countGroups(), 0);
  assert.strictEqual(count(), before);
}

// The receiver is out of descriptors: the message is sent again, and finally
// given up.
async function testPoor(when) {
  const before = count();
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -n 60; exec "$@"', 'sh',
     process.execPath, '--expose-internals', __filename, 'poor', when],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'message');
  const bound = make();
  const local = bound.address();
  const next = when === 'at first' ? once(child, 'message') : once(process, 'warning');
  child.send('m', bound);
  const [result] = await next;
  if (when === 'at first') {
    assert.deepStrictEqual(result, { message: 'm', port: local.port });
  } else {
    assert.strictEqual(result.name, 'SentHandleNotReceivedWarning');
    assertFree(local);
  }
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  await new Promise(setImmediate);
  assertFree(local);
  assert.strictEqual(count(), before);
}

// A getter in the message runs first. What it has given away or sent is not
// sent once more, nor is anything after it has disconnected, and other messages
// do not get in between.
async function testGetters(serialization) {
  const child = fork(__filename, ['child'], { serialization });
  await once(child, 'message');
  const server = net.createServer((connection) => connection.end());
  const hook = (run) => (serialization === 'json' ?
    { toJSON: () => run() && 'm' } : { get m() { return run() && 'm'; } });
  const given = make();
  assert.throws(() => child.send(hook(() => server.listen(given)), given), unsendable);
  const lost = make();
  assert.throws(() => child.send(hook(() => child.send('m', lost) || true), lost), unsendable);
  const kept = make();
  const other = make();
  const results = [];
  const send = (message, bound, options) => new Promise(
    (resolve) => child.send(message, bound, options, resolve)).then((err) => results.push(err));
  await Promise.all([
    send(hook(() => send('m', other)), make()),
    send(hook(() => send('m', kept, { keepOpen: true })), kept),
  ]);
  assert.ok(results.every((err) => err === null));
  // A message that waits is not read again, when nobody could catch its errors.
  let isLate = false;
  const late = hook(() => {
    assert.strictEqual(isLate, false);
    return true;
  });
  await Promise.all([send('m', make()), send(late, make()), (isLate = true)]);
  const exit = once(child, 'exit');
  const bound = make();
  assert.throws(() => child.send(hook(() => child.disconnect() || true), bound),
                { code: 'ERR_IPC_CHANNEL_CLOSED' });
  bound.close();
  await exit;
  await once(net.connect(server.address().port, host).resume(), 'close');
  server.close();
}

(async () => {
  await testArguments();
  await testGetters('json');
  await testGetters('advanced');
  await testWriteError();
  if (common.isWindows)
    return;
  await testUnconfirmed('disconnect');
  await testUnconfirmed('kill');
  await testPoor('at first');
  await testPoor('always');
})().then(common.mustCall());
