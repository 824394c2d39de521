'use strict';

// The options of createSocket() apply to bindSync() just like to bind().

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

const local = { address: '127.0.0.1' };

// The reuseAddr option.
{
  const options = { type: 'udp4', reuseAddr: true };
  const first = dgram.createSocket(options);
  const second = dgram.createSocket(options);
  const third = dgram.createSocket('udp4');
  const address = first.bindSync(local);
  assert.deepStrictEqual(second.bindSync(address), address);
  assert.throws(() => third.bindSync(address), { code: 'EADDRINUSE' });
  third.bindSync(local);

  // Also works with bind().
  const fourth = dgram.createSocket(options);
  fourth.bind(address.port, '127.0.0.1', common.mustCall(() => {
    assert.deepStrictEqual(fourth.address(), address);
    for (const socket of [first, second, third, fourth])
      socket.close();
  }));

  // Still works after a failure.
  const plain = dgram.createSocket('udp4');
  const taken = plain.bindSync(local);
  const failed = dgram.createSocket(options);
  assert.throws(() => failed.bindSync(taken), { code: 'EADDRINUSE' });
  const shared = failed.bindSync(local);
  const other = dgram.createSocket(options);
  assert.deepStrictEqual(other.bindSync(shared), shared);
  for (const socket of [plain, failed, other])
    socket.close();
}

// The ipv6Only option.
if (common.hasIPv6) {
  // Another process may have taken the port, but not every time.
  let only;
  let free;
  let port;
  for (let i = 0; i < 10 && port === undefined; i++) {
    only = dgram.createSocket({ type: 'udp6', ipv6Only: true });
    free = dgram.createSocket('udp4');
    const address = only.bindSync();
    try {
      port = free.bindSync({ port: address.port }).port;
      assert.strictEqual(port, address.port);
    } catch (error) {
      assert.strictEqual(error.code, 'EADDRINUSE');
      only.close();
      free.close();
    }
  }
  assert.notStrictEqual(port, undefined);
  only.on('message', common.mustNotCall());
  free.on('message', common.mustCall((message) => {
    assert.strictEqual(message.toString(), 'to IPv4');
    free.close();
    only.close();
  }));
  free.send('to IPv4', port, '127.0.0.1', common.mustSucceed());

  if (!common.isOpenBSD) {
    const dual = dgram.createSocket('udp6');
    const { port: both } = dual.bindSync();
    const sender = dgram.createSocket('udp4');
    dual.on('message', common.mustCall((message, rinfo) => {
      assert.strictEqual(message.toString(), 'to both');
      assert.strictEqual(rinfo.address, '::ffff:127.0.0.1');
      assert.strictEqual(rinfo.port, from);
      dual.close();
      sender.close();
    }));
    const { port: from } = sender.bindSync(local);
    sender.send('to both', both, '127.0.0.1', common.mustSucceed());
  }
}

// The recvBufferSize and sendBufferSize options. Linux doubles the values.
for (const bind of [(socket) => socket.bindSync(local),
                    (socket) => socket.connectSync(9, '127.0.0.1')]) {
  const socket = dgram.createSocket({
    type: 'udp4',
    recvBufferSize: 10_000,
    sendBufferSize: 15_000,
  });
  const check = () => {
    const factor = common.isLinux ? 2 : 1;
    assert.strictEqual(socket.getRecvBufferSize(), 10_000 * factor);
    assert.strictEqual(socket.getSendBufferSize(), 15_000 * factor);
  };
  bind(socket);
  socket.on('listening', common.mustCall(() => {
    check();
    socket.close();
  }));
}

// The lookup option is not used, neither for a numeric address nor without one.
{
  const lookup = common.mustNotCall();
  const socket = dgram.createSocket({ type: 'udp4', lookup });
  assert.strictEqual(socket.bindSync(local).address, '127.0.0.1');
  socket.connectSync(9);
  assert.strictEqual(socket.remoteAddress().address, '127.0.0.1');
  socket.close();

  const any = dgram.createSocket({ type: 'udp4', lookup });
  assert.throws(() => any.bindSync({ address: 'localhost' }),
                { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => any.connectSync(9, 'localhost'),
                { code: 'ERR_INVALID_ARG_VALUE' });
  assert.strictEqual(any.bindSync().address, '0.0.0.0');
  setImmediate(() => any.close());
}

// The callback of createSocket() receives the messages.
{
  const socket = dgram.createSocket('udp4', common.mustCall((message) => {
    assert.strictEqual(message.toString(), 'text');
    socket.close();
  }));
  const { port } = socket.bindSync(local);
  socket.send('text', port, '127.0.0.1');
}

// If a getter throws, nothing has happened yet. A getter that modifies the
// socket cannot crash the process.
for (const name of ['port', 'address']) {
  const socket = dgram.createSocket('udp4');
  socket.on('listening', common.mustCall());
  const error = new Error('from the getter');
  assert.throws(() => socket.bindSync({ get [name]() { throw error; } }),
                (thrown) => thrown === error);
  assert.throws(() => socket.address(), { code: 'EBADF' });
  assert.strictEqual(socket.bindSync(local).address, '127.0.0.1');
  setImmediate(() => socket.close());

  const closing = dgram.createSocket('udp4');
  closing.on('listening', common.mustNotCall());
  closing.on('close', common.mustCall());
  assert.throws(() => closing.bindSync({
    ...local,
    get [name]() {
      closing.close();
      return undefined;
    },
  }), Error);

  const binding = dgram.createSocket('udp4');
  let address;
  assert.throws(() => binding.bindSync({
    ...local,
    get [name]() {
      address = binding.bindSync(local);
      return undefined;
    },
  }), Error);
  // The inner call bound it.
  assert.deepStrictEqual(binding.address(), address);
  binding.close();
}
