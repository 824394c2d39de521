'use strict';

// A socket that is destroyed and connected again, while the system still
// connects it, has the second connection alone. The end of the first attempt
// is not taken for the end of the second.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const tmpdir = require('../common/tmpdir');

const host = '127.0.0.1';
const lookup = (name, options, callback) => {
  if (options.all)
    callback(null, [{ address: host, family: 4 }, { address: '::1', family: 6 }]);
  else
    callback(null, host, 4);
};

tmpdir.refresh();
const wrong = net.createServer((peer) => peer.on('error', () => {}).resume());
const right = net.createServer((peer) => peer.on('error', () => {}).resume());
const path = common.PIPE;
const piped = net.createServer((peer) => peer.on('error', () => {}).resume());

function connectAgain(first, second, when) {
  return new Promise((resolve) => {
    const socket = new net.Socket();
    socket.on('error', common.mustNotCall());
    const again = common.mustCall(() => {
      socket.destroy();
      socket.connect(second());
      socket.on('connect', common.mustCall(() => setTimeout(common.mustCall(() => {
        assert.strictEqual(socket.destroyed, false);
        assert.strictEqual(socket.connecting, false);
        assert.strictEqual(socket.remotePort, right.address().port);
        socket.on('close', common.mustCall(resolve));
        socket.destroy();
      }), 20)));
    });
    if (when === 'attempt')
      socket.once('connectionAttempt', again);
    socket.connect(first());
    if (when === 'now')
      again();
    else if (when === 'later')
      process.nextTick(() => process.nextTick(again));
  });
}

function listen(server, ...args) {
  return new Promise((resolve) => server.listen(...args, resolve));
}

async function test() {
  await Promise.all([listen(wrong, 0, host), listen(right, 0, host), listen(piped, path)]);
  const kinds = [
    (port) => ({ host, port }),
    (port) => ({ host, port, handle: new net.BoundSocket({ host }) }),
    (port) => ({ host, port, handle: () => new net.BoundSocket({ host }) }),
    (port) => ({ host: 'name', port, lookup, autoSelectFamily: true }),
    (port) => ({ host: 'name', port, lookup, autoSelectFamily: false }),
  ];
  for (const kind of kinds) {
    for (const when of ['now', 'later', 'attempt']) {
      await connectAgain(
        () => kind(wrong.address().port), () => kind(right.address().port), when);
      await connectAgain(() => ({ path }), () => kind(right.address().port), when);
    }
    // Destroyed at the last moment.
    const socket = new net.Socket();
    socket.on('error', common.mustNotCall());
    socket.on('connectionAttempt', common.mustCall(() => socket.destroy()));
    socket.connect(kind(wrong.address().port));
    await new Promise((resolve) => socket.on('close', common.mustCall(resolve)));
  }

  // A second connect() that fails destroys the socket, and a third revives it.
  const socket = new net.Socket();
  const options = { host, port: right.address().port };
  socket.on('error', common.mustCall((err) => assert.strictEqual(err.syscall, 'connect')));
  socket.connect({ ...options, handle: new net.BoundSocket({ host }) });
  socket.connect(options);
  socket.connect(options);
  await new Promise((resolve) => socket.on('close', common.mustCallAtLeast(resolve)));
  socket.destroy();

  for (const server of [wrong, right, piped])
    server.close();
}

test().then(common.mustCall());
