'use strict';

// bindSync() returns the address that it bound to. The socket can be used from
// then on, and 'listening' is emitted in the next tick.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

function isUsable(address, expected, family) {
  assert.deepStrictEqual(Object.keys(address).sort(),
                         ['address', 'family', 'port']);
  assert.strictEqual(address.address, expected);
  assert.strictEqual(address.family, family);
  assert.ok(Number.isInteger(address.port));
  assert.ok(address.port > 0 && address.port < 65536);
}

// The address that it binds to.
{
  const cases = [
    ['udp4', [{ address: '127.0.0.1' }], '127.0.0.1', 'IPv4'],
    ['udp4', [{ address: '127.0.0.1', port: 0 }], '127.0.0.1', 'IPv4'],
    ['udp4', [{ address: '0.0.0.0' }], '0.0.0.0', 'IPv4'],
    ['udp4', [{ port: 0 }], '0.0.0.0', 'IPv4'],
    ['udp4', [{}], '0.0.0.0', 'IPv4'],
    ['udp4', [undefined], '0.0.0.0', 'IPv4'],
    ['udp4', [], '0.0.0.0', 'IPv4'],
  ];
  if (common.hasIPv6) {
    cases.push(['udp6', [{ address: '::1' }], '::1', 'IPv6'],
               ['udp6', [{ address: '::' }], '::', 'IPv6'],
               ['udp6', [{}], '::', 'IPv6'],
               ['udp6', [], '::', 'IPv6']);
  }
  for (const [type, args, expected, family] of cases) {
    const socket = dgram.createSocket(type);
    const address = socket.bindSync(...args);
    isUsable(address, expected, family);
    assert.deepStrictEqual(socket.address(), address);
    socket.close();
  }
}

// The event is emitted once, in the next tick, after callbacks that were queued
// before and before those that are queued afterwards.
{
  const socket = dgram.createSocket('udp4');
  const order = [];
  socket.on('error', common.mustNotCall());
  socket.on('connect', common.mustNotCall());
  socket.on('listening', common.mustCall(function(...args) {
    assert.strictEqual(this, socket);
    assert.deepStrictEqual(args, []);
    order.push('listening');
  }));
  process.nextTick(() => order.push('before'));
  const address = socket.bindSync({ address: '127.0.0.1' });
  order.push('returned');
  process.nextTick(() => order.push('after'));
  setImmediate(common.mustCall(() => {
    assert.deepStrictEqual(order, ['returned', 'before', 'listening', 'after']);
    assert.deepStrictEqual(socket.address(), address);
    socket.close();
  }));
}

// It is not too late to add a listener after the call.
{
  const socket = dgram.createSocket('udp4');
  socket.bindSync({ address: '127.0.0.1' });
  socket.once('listening', common.mustCall(() => socket.close()));
}

// Everything that requires a bound socket can be called in the same tick, and
// datagrams are sent from the returned address.
{
  const receiver = dgram.createSocket('udp4');
  const to = receiver.bindSync({ address: '127.0.0.1' });
  const sender = dgram.createSocket('udp4');
  const from = sender.bindSync({ address: '127.0.0.1' });
  assert.notStrictEqual(to.port, from.port);

  sender.setTTL(17);
  sender.setBroadcast(true);
  assert.ok(sender.getRecvBufferSize() > 0);
  assert.throws(() => sender.remoteAddress(),
                { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });

  receiver.on('message', common.mustCall((message, rinfo) => {
    assert.strictEqual(message.toString(), 'ping');
    assert.deepStrictEqual(rinfo, { ...from, size: 4 });
    receiver.send('pong!', rinfo.port, rinfo.address, common.mustSucceed());
  }));
  sender.on('message', common.mustCall((message, rinfo) => {
    assert.strictEqual(message.toString(), 'pong!');
    assert.deepStrictEqual(rinfo, { ...to, size: 5 });
    assert.deepStrictEqual(sender.address(), from);
    sender.close();
    receiver.close();
  }));
  sender.send('ping', to.port, to.address, common.mustSucceed((bytes) => {
    assert.strictEqual(bytes, 4);
  }));
}

// A datagram that arrives before the end of the tick is delivered, but not
// before 'listening'.
{
  const receiver = dgram.createSocket('udp4');
  const { port } = receiver.bindSync({ address: '127.0.0.1' });
  let listening = false;
  receiver.on('listening', common.mustCall(() => { listening = true; }));
  receiver.on('message', common.mustCall((message) => {
    assert.strictEqual(listening, true);
    assert.strictEqual(message.toString(), 'early');
    receiver.close();
  }));
  const sender = dgram.createSocket('udp4');
  sender.bindSync({ address: '127.0.0.1' });
  sender.send('early', port, '127.0.0.1', common.mustSucceed(() => {
    sender.close();
  }));
}

// connect() and connectSync() keep the port.
for (const connect of [
  (socket, port, callback) => socket.connect(port, '127.0.0.1', callback),
  (socket, port, callback) => {
    socket.once('connect', callback);
    socket.connectSync(port, '127.0.0.1');
  },
]) {
  const socket = dgram.createSocket('udp4');
  const { port } = socket.bindSync({ address: '127.0.0.1' });
  socket.on('listening', common.mustCall());
  connect(socket, port, common.mustSucceed(() => {
    assert.strictEqual(socket.address().port, port);
    assert.strictEqual(socket.remoteAddress().port, port);
    socket.once('message', common.mustCall((message) => {
      assert.strictEqual(message.toString(), 'to myself');
      socket.close();
    }));
    socket.send('to myself');
  }));
}

// Names are looked up for the family of the socket, by its own function.
for (const [type, address, family] of [
  ['udp4', '127.0.0.1', 4],
  ...(common.hasIPv6 ? [['udp6', '::1', 6]] : []),
]) {
  const lookup = common.mustCall((...args) => {
    assert.deepStrictEqual(args.slice(0, 2), ['name.invalid', family]);
    args[2](new Error('unknown'));
  }, 2);
  const socket = dgram.createSocket({ type, lookup });
  socket.bindSync({ address });
  socket.send('text', 9, 'name.invalid', common.mustCall((err) => {
    assert.strictEqual(err.message, 'unknown');
    socket.connect(9, 'name.invalid', common.mustCall((err) => {
      assert.strictEqual(err.message, 'unknown');
      socket.close();
    }));
  }));
}

// Like any other socket, it does not keep the process alive after unref().
dgram.createSocket('udp4').unref().bindSync({ address: '127.0.0.1' });
{
  const socket = dgram.createSocket('udp4');
  socket.bindSync({ address: '127.0.0.1' });
  socket.unref();
}
