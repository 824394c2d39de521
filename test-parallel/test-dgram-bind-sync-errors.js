'use strict';

// bindSync() throws errors from the system instead of emitting 'error', and
// leaves the socket as it was.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const taken = dgram.createSocket('udp4');
const { port } = taken.bindSync({ address: '127.0.0.1' });

const cases = [
  [{ address: '127.0.0.1', port }, 'EADDRINUSE'],
  [{ address: '127.0.0.1', port: `${port}` }, 'EADDRINUSE'],
  [{ address: '192.0.2.1' }, 'EADDRNOTAVAIL'],
  [{ address: '192.0.2.1', port }, 'EADDRNOTAVAIL'],
  // Wrong family.
  [{ address: '::1' }, 'EINVAL'],
  [{ address: '::', port: 0 }, 'EINVAL'],
  [{ address: '::ffff:127.0.0.1', port }, 'EINVAL'],
];

function create() {
  const socket = dgram.createSocket('udp4');
  socket.on('error', common.mustNotCall());
  return socket;
}

function fails(socket, options, code) {
  assert.throws(() => socket.bindSync(options), (error) => {
    const { address } = options;
    assert.ok(error instanceof Error);
    assert.strictEqual(error.code, code);
    assert.ok(error.errno < 0);
    assert.strictEqual(error.syscall, 'bind');
    assert.strictEqual(error.address, address);
    if (options.port)
      assert.strictEqual(Number(error.port), port);
    else
      assert.strictEqual(error.port, undefined);
    assert.strictEqual(error.message,
                       options.port ? `bind ${code} ${address}:${port}` :
                         `bind ${code} ${address}`);
    return true;
  });
  isUnbound(socket);
}

// Depending on the system, there may or may not be a socket already.
function isUnbound(socket) {
  let address;
  try {
    address = socket.address();
  } catch (error) {
    assert.strictEqual(error.code, 'EBADF');
    return;
  }
  assert.strictEqual(address.port, 0);
}

for (const [options, code] of cases) {
  // It fails every time.
  const socket = create();
  socket.on('listening', common.mustNotCall());
  for (let i = 0; i < 3; i++)
    fails(socket, options, code);
  socket.close(common.mustCall());
  assert.throws(() => socket.address(),
                { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });

  // It can then be bound differently, using either method.
  const again = create();
  again.on('listening', common.mustCall());
  fails(again, options, code);
  const address = again.bindSync({ address: '127.0.0.1' });
  assert.notStrictEqual(address.port, port);
  assert.deepStrictEqual(again.address(), address);
  setImmediate(() => again.close());

  const bind = create();
  fails(bind, options, code);
  bind.bind(0, '127.0.0.1', common.mustCall(() => {
    assert.strictEqual(bind.address().address, '127.0.0.1');
    assert.notStrictEqual(bind.address().port, 0);
    bind.close();
  }));

  const connect = create();
  connect.on('listening', common.mustCall());
  fails(connect, options, code);
  connect.connect(port, '127.0.0.1', common.mustSucceed(() => {
    assert.strictEqual(connect.remoteAddress().port, port);
    connect.close();
  }));

  const sync = create();
  sync.on('listening', common.mustCall());
  sync.on('connect', common.mustCall());
  fails(sync, options, code);
  sync.connectSync(port, '127.0.0.1');
  assert.strictEqual(sync.remoteAddress().port, port);
  setImmediate(() => sync.close());

  const send = create();
  fails(send, options, code);
  send.send(code, port, '127.0.0.1', common.mustSucceed(() => {
    assert.notStrictEqual(send.address().port, 0);
    send.close();
  }));
}

let messages = 0;
taken.on('message', common.mustCall((message) => {
  assert.ok(cases.some(([, code]) => code === message.toString()));
  if (++messages === cases.length)
    released();
}, cases.length));

// Once the port is free, the socket that failed before can bind it.
const waiting = create();
waiting.on('listening', common.mustCall(() => waiting.close()));
fails(waiting, { address: '127.0.0.1', port }, 'EADDRINUSE');
function released() {
  fails(waiting, { address: '127.0.0.1', port }, 'EADDRINUSE');
  taken.close(common.mustCall(() => {
    assert.deepStrictEqual(waiting.bindSync({ address: '127.0.0.1', port }),
                           { address: '127.0.0.1', family: 'IPv4', port });
  }));
}

// A port bound by bind() is taken as well, and vice versa.
{
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1', common.mustCall(() => {
    const other = create();
    const { port } = socket.address();
    assert.throws(() => other.bindSync({ address: '127.0.0.1', port }),
                  { code: 'EADDRINUSE', syscall: 'bind', port });
    other.close();
    socket.close();
  }));

  const first = create();
  const { port } = first.bindSync({ address: '127.0.0.1' });
  const second = dgram.createSocket('udp4');
  second.on('error', common.mustCall((error) => {
    assert.strictEqual(error.code, 'EADDRINUSE');
    first.close();
    second.close();
  }));
  second.bind(port, '127.0.0.1', common.mustNotCall());
}

// Wrong family for udp6.
if (common.hasIPv6) {
  const socket = dgram.createSocket('udp6');
  for (const address of ['127.0.0.1', '0.0.0.0']) {
    assert.throws(() => socket.bindSync({ address }),
                  { code: 'EINVAL', syscall: 'bind', address });
    isUnbound(socket);
  }
  assert.strictEqual(socket.bindSync({ address: '::1' }).address, '::1');
  socket.close();
}
