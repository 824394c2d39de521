'use strict';

// Where the MTU is small, datagrams are fragmented unless they must not be.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has network namespaces');

const assert = require('assert');
const { spawnSync } = require('child_process');
const dgram = require('dgram');

const script = `
ip link set lo mtu 1400 up 2>/dev/null || exit 77
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

function test(type) {
  const receiver = dgram.createSocket(type);
  const { port } = receiver.bindSync();
  const sender = dgram.createSocket(type);
  sender.bindSync();
  const lengths = [1401, 1402, 1300, 1403];
  receiver.on('message', common.mustCall(({ length }) => {
    assert.strictEqual(length, lengths.shift());
    if (lengths.length > 0)
      return;
    receiver.close();
    sender.close();
  }, lengths.length));

  const refused = { code: 'EMSGSIZE' };
  const large = (length) => Buffer.alloc(length);
  sender.sendSync(large(1401), { port });
  assert.throws(() => sender.sendSync(large(1500), { port, dontFragment: true }), refused);
  // It was for that message alone.
  sender.sendMany([{ msg: large(1402), port },
                   { msg: large(1500), port, dontFragment: true },
                   { msg: large(1501), port }], common.mustCall((error, count) => {
    assert.strictEqual(error.code, 'EMSGSIZE');
    assert.strictEqual(count, 1);
    assert.strictEqual(sender.setDontFragment(true), sender);
    assert.throws(() => sender.sendSync(large(1500), { port }), refused);
    sender.sendSync(large(1300), { port });
    sender.setDontFragment(false);
    sender.sendSync(large(1403), { port });
  }));

  const connected = dgram.createSocket(type);
  connected.connectSync(port);
  assert.strictEqual(connected.getMtu(), 1400);
  connected.close();
}

test('udp4');
if (common.hasIPv6)
  test('udp6');
