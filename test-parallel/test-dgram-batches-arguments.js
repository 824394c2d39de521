'use strict';

// A wrong value is thrown at once, and nothing is sent.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows has no sendmsg(2)');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const receiver = dgram.createSocket('udp4');
const { port } = receiver.bindSync({ address: '127.0.0.1' });
const sender = dgram.createSocket({
  type: 'udp4',
  sendBlockList: (() => {
    const list = new net.BlockList();
    list.addAddress('127.0.0.66');
    return list;
  })(),
});

function test(options, code, key) {
  const list = [{ msg: 'good', port }, { msg: 'bad', port, ...options }];
  const of = (name) => (error) => {
    assert.strictEqual(error.code, code);
    if (key !== undefined)
      assert(error.message.includes(`${name}.${key}`), error.message);
    return true;
  };
  const one = { port, ...options };
  assert.throws(() => sender.sendMany(list), of('list[1]'));
  assert.throws(() => sender.sendSync('bad', one), of('options'));
  if (key !== 'address')
    assert.throws(() => sender.send('bad', one, common.mustNotCall()), of('options'));
}

for (const value of [0, 65536, -1, 1.5, NaN, 'x', {}, null, undefined])
  test({ port: value }, 'ERR_SOCKET_BAD_PORT', 'port');
for (const [key, min, max] of [['tos', 0, 255], ['ttl', 1, 255], ['interfaceIndex', 1, 2 ** 31 - 1],
                               ['segmentSize', 1, 65507]]) {
  for (const value of [min - 1, max + 1, 1.5, NaN, Infinity, -Infinity, 2 ** 32 + 1])
    test({ [key]: value }, 'ERR_OUT_OF_RANGE', key);
  for (const value of ['1', true, {}, [], 1n, Symbol('s'), () => {}])
    test({ [key]: value }, 'ERR_INVALID_ARG_TYPE', key);
}
for (const value of ['true', 1, {}, 0])
  test({ dontFragment: value }, 'ERR_INVALID_ARG_TYPE', 'dontFragment');
for (const key of ['address', 'localAddress']) {
  for (const value of [1, true, {}, ['127.0.0.1']])
    test({ [key]: value }, 'ERR_INVALID_ARG_TYPE', key);
  for (const value of ['localhost', '::1', '127.0.0.1%lo', '127.0.0.1\0', '1'])
    test({ [key]: value }, 'ERR_INVALID_ARG_VALUE', key);
}
for (const msg of [undefined, null, 1, {}, [1], ['a', null], [['a']], Symbol('s')]) {
  assert.throws(() => sender.sendMany([{ msg: 'good', port }, { msg, port }]),
                { code: 'ERR_INVALID_ARG_TYPE', message: /list\[1\]\.msg/ });
  assert.throws(() => sender.sendSync(msg, { port }),
                { code: 'ERR_INVALID_ARG_TYPE', message: /"msg"/ });
  assert.throws(() => sender.send(msg, { port }), { code: 'ERR_INVALID_ARG_TYPE' });
}
for (const list of [undefined, null, {}, 'x', 1])
  assert.throws(() => sender.sendMany(list), { code: 'ERR_INVALID_ARG_TYPE' });
for (const options of [undefined, null, 'x', 1])
  assert.throws(() => sender.sendMany([options]), { code: 'ERR_INVALID_ARG_TYPE' });
for (const options of [null, 'x', 1])
  assert.throws(() => sender.sendSync('x', options), { code: 'ERR_INVALID_ARG_TYPE' });
for (const callback of [null, 'x', 1, {}]) {
  assert.throws(() => sender.sendMany([], callback), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => sender.send('x', { port }, callback), { code: 'ERR_INVALID_ARG_TYPE' });
}
for (const flag of [undefined, null, 0, 1, 'x'])
  assert.throws(() => sender.setDontFragment(flag), { code: 'ERR_INVALID_ARG_TYPE' });
assert.throws(() => sender.getMtu(), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });

// Nothing of this has bound the socket.
sender.bindSync({ address: '127.0.0.1' });

if (net.BlockList && process.version.slice(1, 3) >= 24) {
  const blocked = { port, address: '127.0.0.66' };
  assert.throws(() => sender.sendSync('x', blocked), { code: 'ERR_IP_BLOCKED' });
  assert.throws(() => sender.sendMany([{ msg: 'x', ...blocked }]), { code: 'ERR_IP_BLOCKED' });
  sender.send('x', blocked, common.mustCall(({ code }) => assert.strictEqual(code, 'ERR_IP_BLOCKED')));
}

// A system error, such as for an address that is not local.
assert.throws(() => sender.sendSync('x', { port, localAddress: '192.0.2.1' }), {
  code: /^E(INVAL|ADDRNOTAVAIL|NETUNREACH)$/, syscall: 'sendmsg',
});

// Connected sockets take no peer.
const connected = dgram.createSocket('udp4');
connected.connectSync(port);
for (const options of [{ port }, { address: '127.0.0.1' }]) {
  const error = { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' };
  assert.throws(() => connected.sendSync('x', options), error);
  assert.throws(() => connected.send('x', options), error);
  assert.throws(() => connected.sendMany([{ msg: 'x', ...options }]), error);
}
connected.close();
for (const call of [(socket) => socket.sendSync('x', { port }),
                    (socket) => socket.sendMany([]),
                    (socket) => socket.send('x', { port }),
                    (socket) => socket.setDontFragment(true),
                    (socket) => socket.getMtu()])
  assert.throws(() => call(connected), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });

// A message can close its socket.
let closing;
for (const options of [
  { port, get address() { closing.close(); return '127.0.0.1'; } },
  { port, get ttl() { closing.close(); return 3; } },
]) {
  const send = (call) => {
    closing = dgram.createSocket('udp4');
    closing.bindSync();
    return call(closing);
  };
  const canceled = { code: 'ECANCELED' };
  const callback = common.mustCall((error) => assert.strictEqual(error.code, 'ECANCELED'), 2);
  send((socket) => socket.send('x', options, callback));
  send((socket) => socket.sendMany([{ __proto__: options, msg: 'x' }], callback));
  assert.throws(() => send((socket) => socket.sendSync('x', options)), canceled);
}

// Without a callback, an address that is not found is an error of the socket.
{
  const error = new Error('not found');
  const unlucky = dgram.createSocket({
    type: 'udp4', lookup: (name, family, callback) => process.nextTick(callback, error),
  });
  unlucky.bindSync();
  assert.strictEqual(unlucky.getSendQueueCount(), 0);
  assert.strictEqual(unlucky.getSendQueueSize(), 0);
  unlucky.on('error', common.mustCall((err) => {
    assert.strictEqual(err, error);
    unlucky.close();
  }));
  unlucky.send('x', { port, address: 'name.invalid', ttl: 3 });
}

// A socket that is being bound.
const binding = dgram.createSocket('udp4');
binding.bind(0, 'localhost', common.mustCall(() => {
  assert.strictEqual(binding.sendSync('last', { port }), 4);
  binding.close();
}));
assert.throws(() => binding.sendSync('x', { port }), { code: 'ERR_INVALID_STATE' });

receiver.on('message', common.mustCall((message) => {
  assert.strictEqual(message.toString(), 'last');
  receiver.close();
  sender.close();
}));
