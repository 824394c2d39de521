'use strict';

// bindSync() requires an unbound socket without a pending operation.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const local = { address: '127.0.0.1' };
const alreadyBound = { code: 'ERR_SOCKET_ALREADY_BOUND', name: 'Error' };
const notRunning = { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING', name: 'Error' };

function create(listening) {
  const socket = dgram.createSocket('udp4');
  socket.on('error', common.mustNotCall());
  socket.on('listening', listening ? common.mustCall() : common.mustNotCall());
  return socket;
}

// Bound.
{
  const socket = create(true);
  const address = socket.bindSync(local);
  const refuses = () => {
    assert.throws(() => socket.bindSync(), alreadyBound);
    assert.throws(() => socket.bindSync(local), alreadyBound);
    assert.throws(() => socket.bindSync(address), alreadyBound);
    assert.throws(() => socket.bind(0, '127.0.0.1', common.mustNotCall()),
                  alreadyBound);
    assert.throws(() => socket.bind(), alreadyBound);
    assert.deepStrictEqual(socket.address(), address);
  };
  refuses();
  socket.on('listening', common.mustCall(() => {
    refuses();
    setImmediate(common.mustCall(() => {
      refuses();
      socket.close();
    }));
  }));
}
{
  const socket = create(true);
  socket.bind(0, '127.0.0.1', common.mustCall(() => {
    const address = socket.address();
    assert.throws(() => socket.bindSync(local), alreadyBound);
    assert.deepStrictEqual(socket.address(), address);
    socket.close();
  }));
}
{
  const socket = create(true);
  socket.connectSync(9, '127.0.0.1');
  assert.throws(() => socket.bindSync(local), alreadyBound);
  socket.disconnect();
  assert.throws(() => socket.bindSync(local), alreadyBound);
  setImmediate(() => socket.close());
}

// A pending operation still completes as usual.
{
  const receiver = dgram.createSocket('udp4');
  const { port } = receiver.bindSync(local);

  const binding = create(true);
  binding.bind(0, '127.0.0.1', common.mustCall(() => binding.close()));
  assert.throws(() => binding.bindSync(local), alreadyBound);

  const connecting = create(true);
  connecting.connect(port, '127.0.0.1', common.mustSucceed(() => {
    assert.strictEqual(connecting.remoteAddress().port, port);
    assert.throws(() => connecting.bindSync(local), alreadyBound);
    connecting.close();
  }));
  assert.throws(() => connecting.bindSync(local), alreadyBound);

  const sending = create(true);
  sending.send('text', port, '127.0.0.1', common.mustSucceed(() => {
    assert.throws(() => sending.bindSync(local), alreadyBound);
    sending.close();
  }));
  assert.throws(() => sending.bindSync(local), alreadyBound);

  receiver.on('message', common.mustCall((message) => {
    assert.strictEqual(message.toString(), 'text');
    receiver.close();
  }));
}

// Closed, in any previous state.
{
  const refuses = (socket) => {
    assert.throws(() => socket.bindSync(), notRunning);
    assert.throws(() => socket.bindSync(local), notRunning);
  };

  const unbound = create(false);
  unbound.close(common.mustCall(() => refuses(unbound)));
  refuses(unbound);

  // Closed in the same tick: the event is not emitted anymore.
  const bound = create(false);
  const { port } = bound.bindSync(local);
  bound.on('message', common.mustNotCall());
  bound.close(common.mustCall(() => refuses(bound)));
  refuses(bound);
  assert.throws(() => bound.address(), notRunning);
  const socket = create(true);
  socket.on('listening', common.mustCall(() => {
    socket.close(common.mustCall(() => refuses(socket)));
    refuses(socket);
  }));
  socket.bindSync(local);

  // Closed while bind() is pending.
  const early = dgram.createSocket('udp4');
  early.bind(0, '127.0.0.1');
  early.close(common.mustCall(() => refuses(early)));
  refuses(early);

  // A closed socket has released its port.
  const next = create(true);
  setImmediate(common.mustCall(() => {
    assert.strictEqual(next.bindSync({ ...local, port }).port, port);
    setImmediate(() => next.close());
  }));
}

// Closed in the tick in between.
{
  const socket = create(false);
  process.nextTick(() => socket.close());
  socket.bindSync(local);
}

// Closed by an AbortSignal.
{
  const before = new AbortController();
  const aborted = dgram.createSocket({ type: 'udp4', signal: before.signal });
  aborted.on('listening', common.mustNotCall());
  aborted.on('close', common.mustCall());
  aborted.bindSync(local);
  before.abort();
  assert.throws(() => aborted.address(), notRunning);
  assert.throws(() => aborted.bindSync(), notRunning);

  const after = new AbortController();
  const socket = dgram.createSocket({ type: 'udp4', signal: after.signal });
  const { port } = socket.bindSync(local);
  socket.on('listening', common.mustCall(() => after.abort()));
  socket.on('close', common.mustCall(() => {
    const next = create(true);
    assert.strictEqual(next.bindSync({ ...local, port }).port, port);
    setImmediate(() => next.close());
  }));
}

// An error thrown by a listener does not affect the socket.
{
  const socket = dgram.createSocket('udp4');
  socket.bindSync(local);
  socket.on('listening', common.mustCall(() => { throw new Error('mine'); }));
  process.once('uncaughtException', common.mustCall((error) => {
    assert.strictEqual(error.message, 'mine');
    assert.strictEqual(socket.address().address, '127.0.0.1');
    socket.close();
  }));
}
