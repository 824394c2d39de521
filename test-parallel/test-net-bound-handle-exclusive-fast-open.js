'use strict';

// Where the system turns TCP Fast Open on for all servers, those with an
// exclusive bound socket have it as well.

const common = require('../common');
if (!common.isLinux)
  common.skip('only Linux turns it on for all servers');

const assert = require('assert');
const net = require('net');
const { spawnSync } = require('child_process');

const { IPPROTO_TCP, TCP_FASTOPEN } = net.constants;

if (process.argv[2] === undefined) {
  // A network of its own leaves the machine unaffected.
  const script = 'ip link set lo up && echo 1026 >/proc/sys/net/ipv4/tcp_fastopen || exit 77; ' +
                 'exec "$0" "$1" inside';
  const { error, status, stderr } = spawnSync(
    'unshare', ['-n', 'sh', '-c', script, process.execPath, __filename], { encoding: 'utf8' });
  if (error || status === 77 || stderr.startsWith('unshare:'))
    common.skip('needs unshare(1), ip(8), and the right to make a network');
  assert.strictEqual(status, 0, stderr);
  return;
}

for (const options of [{}, { exclusive: true }, { exclusive: true, shared: true }]) {
  const bound = new net.BoundSocket({ host: '127.0.0.1', ...options });
  const server = net.createServer().listen(bound);
  assert.notStrictEqual(server.getsockopt(IPPROTO_TCP, TCP_FASTOPEN), 0, JSON.stringify(options));
  server.close();
}
