'use strict';

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');

function test(receiveInfo, error) {
  const resources = process.getActiveResourcesInfo().length;
  assert.throws(() => dgram.createSocket({ type: 'udp4', receiveInfo }), error);
  assert.strictEqual(process.getActiveResourcesInfo().length, resources);
  const socket = dgram.createSocket('udp4');
  assert.throws(() => socket.setReceiveInfo(receiveInfo), error);
  socket.bindSync({ address: '127.0.0.1' });
  assert.throws(() => socket.setReceiveInfo(receiveInfo), error);
  socket.close();
}

for (const receiveInfo of [0, 1, 'ttl', {}, new Set(['ttl']), () => {}, Symbol('s')])
  test(receiveInfo, { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' });
for (const item of ['', 'TTL', 'toString', '__proto__', 0, null, undefined, ['ttl'], Symbol('s')]) {
  test([item], { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' });
  test(['truncated', item], common.isWindows ?
    { code: 'ENOTSUP', syscall: 'recvmsg' } :
    { code: 'ERR_INVALID_ARG_VALUE', message: /receiveInfo\[1\]/ });
}
// An array with holes.
test(new Array(1), { code: 'ERR_INVALID_ARG_VALUE' });

// What the system lacks is refused if it is named, and left out otherwise.
const missing = [];
for (const item of ['localAddress', 'interfaceIndex', 'ttl', 'tos', 'timestamp',
                    'segmentSize', 'dropped', 'truncated', 'errors']) {
  try {
    dgram.createSocket({ type: 'udp4', receiveInfo: [item] }).close();
  } catch (error) {
    assert.strictEqual(error.code, 'ENOTSUP');
    assert.strictEqual(error.syscall, 'recvmsg');
    assert(error.message.includes(item));
    missing.push(item);
  }
}
if (common.isLinux)
  assert.deepStrictEqual(missing, []);
if (common.isWindows)
  assert.strictEqual(missing.length, 9);
for (const receiveInfo of [undefined, null, false, true, []]) {
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo });
  socket.bindSync({ address: '127.0.0.1' });
  socket.close();
  assert.throws(() => socket.setReceiveInfo(receiveInfo), {
    code: 'ERR_SOCKET_DGRAM_NOT_RUNNING',
  });
}

// The option is read once.
{
  let reads = 0;
  const options = {
    type: 'udp4',
    get receiveInfo() {
      reads++;
      return [];
    },
  };
  dgram.createSocket(options).close();
  assert.strictEqual(reads, 1);
}
