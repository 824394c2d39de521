'use strict';

// bindSync() and connectSync() do not leak descriptors, whether or not they
// fail.

const common = require('../common');
const fs = require('fs');
if (!common.isLinux || !fs.existsSync('/proc/self/fd'))
  common.skip('needs /proc/self/fd');

const assert = require('assert');
const dgram = require('dgram');

const cycles = 200;
const count = () => fs.readdirSync('/proc/self/fd').length;
const turn = () => new Promise((resolve) => setImmediate(resolve));

const taken = dgram.createSocket('udp4');
const address = taken.bindSync({ address: '127.0.0.1' });

const ways = {
  inUse(socket) {
    for (let i = 0; i < 3; i++)
      assert.throws(() => socket.bindSync(address), { code: 'EADDRINUSE' });
  },
  notAvailable(socket) {
    assert.throws(() => socket.bindSync({ address: '192.0.2.1' }),
                  { code: 'EADDRNOTAVAIL' });
  },
  wrongFamily(socket) {
    assert.throws(() => socket.bindSync({ address: '::1' }),
                  { code: 'EINVAL' });
    assert.throws(() => socket.connectSync(9, '::1'), { code: 'EINVAL' });
  },
  wrongArguments(socket) {
    assert.throws(() => socket.bindSync({ address: 'localhost' }),
                  { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => socket.connectSync(0),
                  { code: 'ERR_SOCKET_BAD_PORT' });
  },
  failsThenBinds(socket) {
    assert.throws(() => socket.bindSync(address), { code: 'EADDRINUSE' });
    socket.bindSync({ address: '127.0.0.1' });
    assert.throws(() => socket.bindSync({ address: '127.0.0.1' }),
                  { code: 'ERR_SOCKET_ALREADY_BOUND' });
  },
  connects(socket) {
    socket.connectSync(address.port);
    socket.disconnect();
    socket.connectSync(address.port);
  },
};

async function main() {
  for (const [name, use] of Object.entries(ways)) {
    await turn();
    const before = count();
    for (let i = 0; i < cycles; i++) {
      const socket = dgram.createSocket('udp4');
      use(socket);
      socket.close();
      if (i % 20 === 19)
        await turn();
    }
    await turn();
    assert.strictEqual(count(), before, name);
  }

  // A socket that fails repeatedly has at most one descriptor.
  const socket = dgram.createSocket('udp4');
  const before = count();
  for (let i = 0; i < cycles; i++)
    assert.throws(() => socket.bindSync(address), { code: 'EADDRINUSE' });
  assert.ok(count() <= before + 1);
  socket.bindSync({ address: '127.0.0.1' });
  assert.ok(count() <= before + 1);
  socket.close();
  taken.close();
}

main().then(common.mustCall());
