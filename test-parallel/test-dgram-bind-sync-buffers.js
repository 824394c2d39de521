'use strict';

// If the system rejects a buffer size, the socket is not left half bound.

const common = require('../common');
if (!common.isLinux)
  common.skip('other systems accept the size');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');

const count = () => fs.readdirSync('/proc/self/fd').length;
const local = { address: '127.0.0.1' };
const refused = { code: 'ERR_SOCKET_BUFFER_SIZE' };

const holder = dgram.createSocket('udp4');
holder.bindSync(local);
const before = count();

for (const size of ['recvBufferSize', 'sendBufferSize']) {
  for (const type of common.hasIPv6 ? ['udp4', 'udp6'] : ['udp4']) {
    const socket = dgram.createSocket({ type, [size]: 0xffffffff });
    socket.on('listening', common.mustNotCall());
    socket.unref();
    for (let i = 0; i < 3; i++) {
      assert.throws(() => socket.bindSync(), refused);
      assert.throws(() => socket.address(), { code: 'EBADF' });
      assert.throws(() => socket.connectSync(9), refused);
      assert.throws(() => socket.remoteAddress(),
                    { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
    }
    assert.strictEqual(count(), before);
    socket.close();
  }
}
holder.close();
