'use strict';

// A net.Socket does not necessarily have a system socket.

const common = require('../common');
const assert = require('assert');
const { spawn } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const tty = require('tty');

const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;

function refuses(socket, error) {
  for (const [method, ...args] of [['setsockopt', 1],
                                   ['setsockopt', 'text'],
                                   ['setsockopt', new Uint8Array(4)],
                                   ['getsockopt'],
                                   ['getsockopt', 4]]) {
    assert.throws(() => socket[method](SOL_SOCKET, SO_KEEPALIVE, ...args),
                  { ...error, ...(error.errno && { syscall: method }) });
  }
}

if (process.argv[2] === 'child') {
  // This is a pipe(2) created by the shell.
  assert.ok(process.stdout instanceof net.Socket);
  refuses(process.stdout, {
    code: 'ENOTSOCK',
    errno: -os.constants.errno.ENOTSOCK,
  });
  process.stdout.write('checked');
  return;
}

// The master side of a new terminal is a TTY as well. Opening /dev/tty would
// require an existing terminal.
if (!common.isWindows) {
  let fd;
  try {
    fd = fs.openSync('/dev/ptmx', fs.constants.O_RDWR | fs.constants.O_NOCTTY);
  } catch {
    common.printSkipMessage('cannot open a terminal');
  }
  if (fd !== undefined && tty.isatty(fd)) {
    const terminal = new tty.WriteStream(fd);
    assert.ok(terminal instanceof net.Socket);
    refuses(terminal, {
      code: 'ENOTSOCK',
      errno: -os.constants.errno.ENOTSOCK,
    });
    assert.throws(() => terminal.getsockopt(SOL_SOCKET),
                  { code: 'ERR_INVALID_ARG_TYPE' });
    terminal.destroy();
    refuses(terminal, { code: 'ERR_SOCKET_CLOSED' });
  }

  const shell = spawn('"$NODE" "$TEST_FILE" child | cat', {
    env: { ...process.env, NODE: process.execPath, TEST_FILE: __filename },
    shell: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.on('data', (chunk) => output += chunk);
  shell.on('close', common.mustCall(() => {
    assert.strictEqual(output, 'checked');
  }));
}
