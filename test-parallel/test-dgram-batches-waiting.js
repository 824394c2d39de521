'use strict';

// Messages that the system has no room for wait, in order, and keep the process
// alive.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has network namespaces');

const assert = require('assert');
const { AsyncLocalStorage } = require('async_hooks');
const { spawnSync } = require('child_process');
const dgram = require('dgram');

// Until the address of the peer's interface is known, datagrams count against the
// send buffer.
const script = `
{ ip link set lo up &&
  ip link add v0 type veth peer name v1 &&
  ip address add 10.9.0.1/24 dev v0 &&
  ip link set v0 up &&
  ip link set v1 up; } 2>/dev/null || exit 77
"$0" "$1" here
`;

if (process.argv[2] !== 'here') {
  const { status, stderr, error } = spawnSync(
    'unshare', ['-n', 'sh', '-c', script, process.execPath, __filename], { encoding: 'utf8' });
  if (error || status === 77 || stderr.startsWith('unshare:'))
    common.skip('needs network namespaces');
  assert.strictEqual(status, 0, stderr);
  return;
}

const peer = { address: '10.9.0.2', port: 9 };
const message = { msg: Buffer.alloc(1000), ...peer };
const fill = (count) => new Array(count).fill(message);
const storage = new AsyncLocalStorage();
const order = [];

const sender = dgram.createSocket({ type: 'udp4', sendBufferSize: 20_000 });
sender.bindSync();
storage.run('first', () => sender.sendMany(fill(100), common.mustSucceed((count) => {
  assert.strictEqual(count, 100);
  assert.strictEqual(storage.getStore(), 'first');
  order.push(1);
})));
const waiting = sender.getSendQueueCount();
assert(waiting > 0 && waiting < 100, `${waiting}`);
assert.strictEqual(sender.getSendQueueSize(), waiting * 1000);
storage.run('second', () => sender.send('last', peer, common.mustSucceed((bytes) => {
  assert.strictEqual(bytes, 4);
  assert.strictEqual(storage.getStore(), 'second');
  order.push(2);
  assert.deepStrictEqual(order, [1, 2]);
  assert.strictEqual(sender.getSendQueueCount(), 0);
  sender.close();
})));
// Addresses are looked up first.
setImmediate(common.mustCall(() => {
  assert.strictEqual(sender.getSendQueueCount(), waiting + 1);
  assert.strictEqual(sender.getSendQueueSize(), waiting * 1000 + 4);
  const args = ['neighbour', 'replace', peer.address, 'lladdr', '02:00:00:00:00:01', 'dev', 'v0'];
  assert.strictEqual(spawnSync('ip', args).status, 0);
}));
assert.throws(() => sender.sendSync(Buffer.alloc(1000), peer), {
  code: 'EAGAIN', syscall: 'sendmsg',
});

// What waits when the socket is closed is cancelled.
const closed = dgram.createSocket({ type: 'udp4', sendBufferSize: 20_000 });
closed.bindSync();
closed.sendMany(fill(100), common.mustCall((error, count) => {
  assert.strictEqual(error.code, 'ECANCELED');
  assert(count > 0 && count < 100);
}));
closed.close();

// A callback is not needed to wait.
const silent = dgram.createSocket({ type: 'udp4', sendBufferSize: 20_000 });
silent.bindSync();
silent.on('error', common.mustNotCall());
silent.sendMany(fill(100));
silent.close();
