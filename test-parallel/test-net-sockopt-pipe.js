'use strict';

// Unix domain sockets.

const common = require('../common');
if (common.isWindows)
  common.skip('named pipes are no sockets');

const assert = require('assert');
const { spawn } = require('child_process');
const net = require('net');
const os = require('os');
const tmpdir = require('../common/tmpdir');

const { IPPROTO_TCP, SOL_SOCKET, SO_ACCEPTCONN, SO_DOMAIN, SO_PEERCRED,
        SO_PROTOCOL, SO_SNDBUF, SO_TYPE, TCP_NODELAY } = net.constants;

if (process.argv[2] === 'child') {
  net.connect(process.argv[3]).resume();
  return;
}

tmpdir.refresh();

function credentials(socket) {
  const bytes = socket.getsockopt(SOL_SOCKET, SO_PEERCRED, 64);
  // struct ucred
  assert.strictEqual(bytes.length, 12);
  const order = os.endianness();
  return {
    pid: bytes[`readInt32${order}`](0),
    uid: bytes[`readUInt32${order}`](4),
    gid: bytes[`readUInt32${order}`](8),
  };
}

function me(pid = process.pid) {
  return { pid, uid: process.geteuid(), gid: process.getegid() };
}

let child;
const server = net.createServer(common.mustCall((connection) => {
  connection.setsockopt(SOL_SOCKET, SO_SNDBUF, 30_000);
  const size = connection.getsockopt(SOL_SOCKET, SO_SNDBUF);
  if (common.isLinux)
    assert.strictEqual(size, 60_000);
  else
    assert.ok(size >= 30_000);

  assert.throws(() => connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1),
                { syscall: 'setsockopt' });
  assert.throws(() => connection.getsockopt(IPPROTO_TCP, TCP_NODELAY),
                { syscall: 'getsockopt' });

  if (common.isLinux) {
    assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_TYPE), 1);
    assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_DOMAIN), 1);
    assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_PROTOCOL), 0);
    assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 0);
    // A struct of three integers is not an integer.
    assert.throws(() => connection.getsockopt(SOL_SOCKET, SO_PEERCRED),
                  { code: 'ERR_INVALID_ARG_VALUE' });
    assert.deepStrictEqual(credentials(connection), me(child?.pid));
  }
  connection.end();

  if (child) {
    server.close();
    return;
  }
  // The same from another process.
  child = spawn(process.execPath, [__filename, 'child', common.PIPE],
                { stdio: ['pipe', 'ignore', 'inherit'] });
  child.on('exit', common.mustCall((code) => assert.strictEqual(code, 0)));
  // The pipes to a child process are Unix domain sockets as well.
  child.stdin.setsockopt(SOL_SOCKET, SO_SNDBUF, 30_000);
  assert.strictEqual(child.stdin.getsockopt(SOL_SOCKET, SO_SNDBUF), size);
}, 2));

server.listen(common.PIPE, common.mustCall(() => {
  if (common.isLinux)
    assert.notStrictEqual(server.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 0);

  const client = net.connect(common.PIPE, common.mustCall(() => {
    if (common.isLinux)
      assert.deepStrictEqual(credentials(client), me());
    client.resume();
  }));
}));
