'use strict';

// connectSync() requires an unconnected socket without a pending operation.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const local = { address: '127.0.0.1' };
const isConnected = { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED', name: 'Error' };
const notConnected = { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED', name: 'Error' };
const alreadyBound = { code: 'ERR_SOCKET_ALREADY_BOUND', name: 'Error' };
const notRunning = { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING', name: 'Error' };

const peer = dgram.createSocket('udp4');
const other = dgram.createSocket('udp4');
const { port } = peer.bindSync(local);
const { port: otherPort } = other.bindSync(local);

function create({ listening = 1, connect = 1 } = {}) {
  const socket = dgram.createSocket('udp4');
  const expect = (times) =>
    (times === 0 ? common.mustNotCall() : common.mustCall(times));
  socket.on('error', common.mustNotCall());
  socket.on('listening', expect(listening));
  socket.on('connect', expect(connect));
  return socket;
}

// Connected.
{
  const socket = create();
  socket.connectSync(port, '127.0.0.1');
  const refuses = () => {
    assert.throws(() => socket.connectSync(port), isConnected);
    assert.throws(() => socket.connectSync(otherPort, '127.0.0.1'),
                  isConnected);
    assert.throws(() => socket.connect(otherPort, '127.0.0.1',
                                       common.mustNotCall()), isConnected);
    assert.throws(() => socket.bind(), alreadyBound);
    assert.strictEqual(socket.remoteAddress().port, port);
  };
  refuses();
  socket.on('connect', common.mustCall(() => {
    refuses();
    setImmediate(common.mustCall(() => {
      refuses();
      socket.close();
    }));
  }));
}
{
  const socket = create();
  socket.connect(port, '127.0.0.1', common.mustSucceed(() => {
    assert.throws(() => socket.connectSync(otherPort), isConnected);
    assert.strictEqual(socket.remoteAddress().port, port);
    socket.close();
  }));
}

// A pending operation still completes as usual.
{
  const connecting = create();
  connecting.connect(port, '127.0.0.1', common.mustSucceed(() => {
    assert.strictEqual(connecting.remoteAddress().port, port);
    connecting.close();
  }));
  assert.throws(() => connecting.connectSync(otherPort), isConnected);

  const bound = create();
  bound.bindSync(local);
  bound.connect(port, '127.0.0.1', common.mustSucceed(() => {
    assert.strictEqual(bound.remoteAddress().port, port);
    bound.close();
  }));
  assert.throws(() => bound.connectSync(otherPort), isConnected);

  const binding = create();
  binding.bind(0, '127.0.0.1', common.mustCall(() => {
    assert.throws(() => binding.remoteAddress(), notConnected);
    // The socket can be connected from now on.
    binding.connectSync(port, '127.0.0.1');
    assert.strictEqual(binding.remoteAddress().port, port);
    setImmediate(() => binding.close());
  }));
  assert.throws(() => binding.connectSync(port, '127.0.0.1'), alreadyBound);
  assert.throws(() => binding.remoteAddress(), notConnected);

  const sending = create({ connect: 0 });
  sending.send('text', port, '127.0.0.1', common.mustSucceed(() => {
    assert.throws(() => sending.remoteAddress(), notConnected);
    sending.close();
  }));
  assert.throws(() => sending.connectSync(otherPort), alreadyBound);
}

// Disconnected and connected again.
{
  const socket = create({ connect: 3 });
  assert.throws(() => socket.disconnect(), notConnected);
  socket.connectSync(port, '127.0.0.1');
  socket.once('connect', common.mustCall(() => {
    socket.disconnect();
    assert.throws(() => socket.remoteAddress(), notConnected);
    socket.connectSync(otherPort, '127.0.0.1');
    assert.strictEqual(socket.remoteAddress().port, otherPort);
    socket.once('connect', common.mustCall(() => {
      socket.disconnect();
      socket.connect(port, '127.0.0.1', common.mustSucceed(() => {
        assert.strictEqual(socket.remoteAddress().port, port);
        socket.disconnect();
        assert.throws(() => socket.disconnect(), notConnected);
        socket.close();
      }));
    }));
  }));

  // The same in a single tick.
  const quick = dgram.createSocket('udp4');
  for (const to of [port, otherPort, port]) {
    quick.connectSync(to, '127.0.0.1');
    assert.strictEqual(quick.remoteAddress().port, to);
    quick.disconnect();
    assert.throws(() => quick.remoteAddress(), notConnected);
  }
  quick.connectSync(otherPort);
  quick.send('from quick', common.mustSucceed(() => quick.close()));
  other.on('message', common.mustCall((message) => {
    assert.strictEqual(message.toString(), 'from quick');
    setImmediate(() => {
      peer.close();
      other.close();
    });
  }));
}

// Closed, in any previous state.
{
  const refuses = (socket) => {
    assert.throws(() => socket.connectSync(port), notRunning);
    assert.throws(() => socket.connectSync(port, '127.0.0.1'), notRunning);
    assert.throws(() => socket.remoteAddress(), notRunning);
  };
  const none = { listening: 0, connect: 0 };

  const unbound = create(none);
  unbound.close(common.mustCall(() => refuses(unbound)));
  refuses(unbound);

  // Closed in the same tick: the events are not emitted anymore.
  const connected = create(none);
  connected.connectSync(port);
  connected.close(common.mustCall(() => refuses(connected)));
  refuses(connected);

  const both = create(none);
  both.bindSync(local);
  both.connectSync(port);
  both.close(common.mustCall(() => refuses(both)));
  refuses(both);

  // Closed in the tick in between.
  const between = create(none);
  process.nextTick(() => between.close());
  between.connectSync(port);

  // Closed in the first of the two events.
  const first = create({ listening: 1, connect: 0 });
  first.on('listening', common.mustCall(() => {
    first.close(common.mustCall(() => refuses(first)));
  }));
  first.connectSync(port);

  // Closed by an AbortSignal.
  const controller = new AbortController();
  const aborted = dgram.createSocket({
    type: 'udp4',
    signal: controller.signal,
  });
  aborted.on('listening', common.mustNotCall());
  aborted.on('connect', common.mustNotCall());
  aborted.on('close', common.mustCall(() => refuses(aborted)));
  aborted.connectSync(port);
  controller.abort();
  refuses(aborted);
}

// An error thrown by a listener does not affect the socket.
{
  const socket = create();
  socket.connectSync(port, '127.0.0.1');
  socket.on('connect', common.mustCall(() => { throw new Error('mine'); }));
  process.once('uncaughtException', common.mustCall((error) => {
    assert.strictEqual(error.message, 'mine');
    assert.strictEqual(socket.remoteAddress().port, port);
    socket.close();
  }));
}
