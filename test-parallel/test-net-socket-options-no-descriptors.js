'use strict';

// Without a descriptor to spare, there is no socket to set options of. The error
// is about the socket, not about an option.

const common = require('../common');
if (common.isWindows)
  common.skip('there is no such limit');

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { once } = require('events');
const { spawnSync } = require('child_process');

const { SOL_SOCKET, SO_RCVBUF } = net.constants;
const host = '127.0.0.1';
const option = [SOL_SOCKET, SO_RCVBUF, 20_000];

if (process.argv[2] !== 'child') {
  const { status, signal } = spawnSync(
    'sh', ['-c', 'ulimit -n 100 && exec "$@"', 'sh', process.execPath, __filename, 'child'],
    { stdio: 'inherit', timeout: common.platformTimeout(30_000) });
  assert.deepStrictEqual([status, signal], [0, null]);
  return;
}

// Leaves no descriptor to spare until the function that it returns is called.
function exhaust() {
  const spare = [];
  try {
    for (;;)
      spare.push(fs.openSync('/dev/null'));
  } catch (err) {
    assert.strictEqual(err.code, 'EMFILE');
  }
  return () => spare.forEach((fd) => fs.closeSync(fd));
}

function check(error) {
  assert.deepStrictEqual([error.code, error.syscall, error.index, error.optname],
                         ['EMFILE', 'socket', undefined, undefined]);
}

async function main() {
  const server = net.createServer((connection) => connection.resume());
  await once(server.listen(0, host), 'listening');
  const { port } = server.address();
  const connect = (options) => net.connect({ host, port, ...options });

  // What comes first loads modules.
  const first = connect({ socketOptions: [option] });
  await once(first, 'connect');
  first.destroy();

  let release = exhaust();
  const [error] = await once(connect({ socketOptions: [option] }), 'error');
  release();
  check(error);

  // About to connect, and without a socket until an option needs one.
  const late = connect();
  let thrown;
  late.on('connectionAttempt', common.mustCall(() => {
    release = exhaust();
    try {
      late.setsockopt(...option);
    } catch (err) {
      thrown = err;
    }
    release();
  }));
  await once(late, 'connect');
  check(thrown);
  late.destroy();
  server.close();
}
main().then(common.mustCall());
