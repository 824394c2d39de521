'use strict';

// What is asked for a datagram is what its receiver finds.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows has no sendmsg(2)');

const assert = require('assert');
const { AsyncLocalStorage } = require('async_hooks');
const dgram = require('dgram');

const receiveInfo = common.isLinux ? ['localAddress', 'ttl', 'tos'] : ['localAddress'];

function receive(type, address, expected, done) {
  const receiver = dgram.createSocket({ type, receiveInfo });
  const { port } = receiver.bindSync({ address });
  receiver.on('message', common.mustCall((message, rinfo) => {
    const seen = { ...expected[0] };
    for (const key in seen)
      seen[key] = key === 'text' ? message.toString() : rinfo[key];
    assert.deepStrictEqual(seen, expected.shift());
    if (expected.length === 0) {
      receiver.close();
      done();
    }
  }, expected.length));
  return port;
}

if (common.isLinux) {
  // All of 127.0.0.0/8 is local there, so that any of it can be the source.
  const sender = dgram.createSocket('udp4');
  const defaults = { address: '127.0.0.1', ttl: 64, tos: 0 };
  const port = receive('udp4', '0.0.0.0', [
    { text: 'send', address: '127.0.0.42', ttl: 7, tos: 0xb9, localAddress: '127.0.0.77' },
    { text: 'plain', ...defaults },
    { text: 'sync', ...defaults, address: '127.0.0.43' },
    { text: 'first', ...defaults, tos: 1 },
    { text: 'second', ...defaults, ttl: 255, localAddress: '127.0.0.3' },
    { text: '', ...defaults, address: '127.0.0.44' },
    { text: 'fourth', ...defaults },
    { text: 'parts', ...defaults },
  ], common.mustCall(() => sender.close()));
  sender.send('send', {
    port, address: '127.0.0.77', localAddress: '127.0.0.42', ttl: 7, tos: 0xb9, interfaceIndex: 1,
  }, common.mustSucceed((bytes) => {
    assert.strictEqual(bytes, 4);
    sender.send('plain', port, common.mustSucceed(() => {
      assert.strictEqual(sender.sendSync('sync', { port, localAddress: '127.0.0.43' }), 4);
      sender.sendMany([
        { msg: 'first', port, tos: 1 },
        { msg: Buffer.from('second'), port, address: '127.0.0.3', ttl: 255 },
        { msg: new Uint8Array(0), port, localAddress: '127.0.0.44' },
        { msg: new DataView(new TextEncoder().encode('fourth').buffer), port },
        { msg: ['pa', Buffer.from('rts')], port },
      ], common.mustSucceed((count) => assert.strictEqual(count, 5)));
    }));
  }));
}

if (common.hasIPv6) {
  const sender = dgram.createSocket('udp6');
  const port = receive('udp6', '::', [
    { text: 'six', address: '::1', ...(common.isLinux && { ttl: 9, tos: 0x2f }) },
    ...(common.isLinux ?
      [{ text: 'four', address: '::ffff:127.0.0.9', ttl: 9, tos: 0x2f, localAddress: '::ffff:127.0.0.8' }] :
      []),
  ], common.mustCall(() => sender.close()));
  sender.sendSync('six', { port, ttl: 9, tos: 0x2f, localAddress: '::1' });
  if (common.isLinux) {
    sender.sendSync('four', {
      port, address: '::ffff:127.0.0.8', localAddress: '::ffff:127.0.0.9', ttl: 9, tos: 0x2f,
    });
  }
}

// A connected socket has a peer. A list that is empty sends nothing.
{
  const sender = dgram.createSocket('udp4');
  const text = common.isLinux ? { text: 'b', tos: 2 } : { text: 'b' };
  const port = receive('udp4', '127.0.0.1', [{ text: 'a' }, text, { text: 'c' }],
                       common.mustCall(() => sender.close()));
  sender.sendMany([], common.mustSucceed((count) => {
    assert.strictEqual(count, 0);
    sender.connectSync(port);
    assert.strictEqual(sender.sendSync('a'), 1);
    sender.sendMany([{ msg: 'b', tos: common.isLinux ? 2 : undefined }, { msg: 'c' }],
                    common.mustSucceed((count) => assert.strictEqual(count, 2)));
    assert.strictEqual(sender.getSendQueueCount(), 0);
    assert.strictEqual(sender.getSendQueueSize(), 0);
  }));
}

// More messages than the kernel takes at once, in order.
{
  const count = 200;
  const sender = dgram.createSocket('udp4');
  const expected = Array.from({ length: count }, (_, i) => ({ text: `${i}` }));
  const list = expected.map(({ text }) => ({ msg: text }));
  const port = receive('udp4', '127.0.0.1', expected, common.mustCall(() => sender.close()));
  for (const message of list)
    message.port = port;
  const storage = new AsyncLocalStorage();
  storage.run('context', () => sender.sendMany(list, common.mustSucceed((sent) => {
    assert.strictEqual(sent, count);
    assert.strictEqual(storage.getStore(), 'context');
  })));
}

// An error ends a batch. What comes before it has gone.
{
  const sender = dgram.createSocket('udp4');
  const port = receive('udp4', '127.0.0.1', [{ text: '0' }, { text: '1' }],
                       common.mustCall());
  const large = Buffer.alloc(65508);
  const list = ['0', '1', large, '3'].map((msg) => ({ msg, port }));
  sender.sendMany(list, common.mustCall((error, sent) => {
    assert.strictEqual(error.code, 'EMSGSIZE');
    assert.strictEqual(error.syscall, 'sendmsg');
    assert.strictEqual(error.address, '127.0.0.1');
    assert.strictEqual(error.port, port);
    assert.strictEqual(sent, 2);
    assert.throws(() => sender.sendSync(large, { port }), { code: 'EMSGSIZE' });
    sender.send(large, { port }, common.mustCall((error) => {
      assert.strictEqual(error.code, 'EMSGSIZE');
      sender.close();
    }));
  }));
}

// A host name is looked up by send() alone.
{
  const sender = dgram.createSocket({
    type: 'udp4',
    lookup: common.mustCall((name, family, callback) => {
      if (name === 'here')
        process.nextTick(callback, null, '127.0.0.1');
      else
        process.nextTick(callback, Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' }));
    }, 2),
  });
  sender.bindSync();
  const port = receive('udp4', '127.0.0.1', [{ text: 'named' }], common.mustCall(() => {
    sender.send('x', { port, address: 'there' }, common.mustCall((error) => {
      assert.strictEqual(error.code, 'ENOTFOUND');
      sender.close();
    }));
  }));
  sender.send('named', { port, address: 'here' }, common.mustSucceed());
}

// Close, before the socket is bound or the address is known.
{
  const sender = dgram.createSocket('udp4');
  sender.bind(0, '127.0.0.1');
  sender.send('never', { port: 1, address: '127.0.0.1' });
  sender.close();
}
