'use strict';

// Options are never silently ignored for a descriptor that is already bound:
// either they are set on it, or it is refused.

const common = require('../common');
if (!common.isLinux)
  common.skip('finds descriptors in /proc/self/fd');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const { spawn } = require('child_process');

const { SOL_SOCKET, SO_RCVBUF } = net.constants;

const option = [SOL_SOCKET, SO_RCVBUF, 20_000];

const sockets = {
  list: () => dgram.createSocket({ type: 'udp4', socketOptions: [option] }),
  kept: () => dgram.createSocket('udp4').setsockopt(...option),
};
const ways = {
  bind: (socket) => new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.bind({ fd: 3 }, resolve);
  }),
  bindSync: async (socket) => socket.bindSync({ fd: 3 }),
};

if (process.argv[2] !== undefined) {
  const socket = sockets[process.argv[2]]();
  ways[process.argv[3]](socket).then(() => {
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF), 40_000);
  }, (err) => {
    assert.strictEqual(err.code, 'ERR_INVALID_ARG_VALUE', err.stack);
  }).then(() => socket.close()).then(common.mustCall());
  return;
}

// Returns the descriptors of open sockets.
function descriptors() {
  return fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).map(Number);
}

for (const kind of Object.keys(sockets)) {
  for (const way of Object.keys(ways)) {
    const before = descriptors();
    const socket = dgram.createSocket('udp4');
    socket.bindSync({ address: '127.0.0.1' });
    const [fd, ...others] = descriptors().filter((fd) => !before.includes(fd));
    assert.deepStrictEqual(others, []);
    const child = spawn(process.execPath, [
      ...process.execArgv, __filename, kind, way,
    ], { stdio: ['ignore', 'inherit', 'inherit', fd] });
    child.on('exit', common.mustCall((code) => {
      socket.close();
      assert.strictEqual(code, 0, `${kind}, ${way}`);
    }));
  }
}
