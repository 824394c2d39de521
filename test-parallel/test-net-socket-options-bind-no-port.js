'use strict';

// bind(2) on a local address reserves a port exclusively, unless
// IP_BIND_ADDRESS_NO_PORT defers the choice to connect(2): connections to
// different servers can then share ports, so there can be more connections than
// ports.

const common = require('../common');
if (!common.isLinux)
  common.skip('IP_BIND_ADDRESS_NO_PORT is for Linux');

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { spawnSync } = require('child_process');
const { once } = require('events');

const { IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT } = net.constants;

// Run again in a separate network namespace, to leave the machine unaffected.
if (process.argv[2] === undefined) {
  const flags = process.getuid() === 0 ? ['--net'] : ['--net', '--map-root-user'];
  if (spawnSync('unshare', [...flags, 'ip', 'link', 'set', 'lo', 'up']).status !== 0)
    common.skip('needs unshare(1), ip(8), and the right to make a network');
  const script = 'ip link set lo up && exec "$@"';
  const { status, signal } = spawnSync('unshare', [
    ...flags, 'sh', '-c', script, 'sh',
    process.execPath, ...process.execArgv, __filename, 'inside',
  ], { stdio: 'inherit' });
  assert.deepStrictEqual({ status, signal }, { status: 0, signal: null });
  return;
}

const host = '127.0.0.1';
const localAddress = '127.0.0.2';
const first = 40_000;
const count = 50;
const destinations = [20_001, 20_002, 20_003];

// Connects to the servers in turn until that fails or there are `most` sockets.
async function fill(most, options) {
  const sockets = [];
  let error;
  while (sockets.length < most && error === undefined) {
    const port = destinations[sockets.length % destinations.length];
    const socket = net.connect({ host, port, localAddress, ...options });
    try {
      await once(socket, 'connect');
      assert.strictEqual(socket.localAddress, localAddress);
      assert.ok(socket.localPort >= first && socket.localPort < first + count);
      sockets.push(socket);
    } catch (err) {
      error = err;
    }
  }
  const ports = new Set(sockets.map((socket) => socket.localPort));
  for (const socket of sockets)
    socket.resetAndDestroy();
  await Promise.all(sockets.map((socket) => once(socket, 'close')));
  return { made: sockets.length, ports: ports.size, error };
}

async function main() {
  try {
    fs.writeFileSync('/proc/sys/net/ipv4/ip_local_port_range',
                     `${first} ${first + count - 1}`);
  } catch (err) {
    common.skip(`settings of the network cannot be changed: ${err.code}`);
  }
  const servers = [];
  for (const port of destinations) {
    const server = net.createServer((connection) => connection.on('error', () => {}));
    server.listen(port, host);
    await once(server, 'listening');
    servers.push(server);
  }

  // Each connection takes a port of its own, until there are no more.
  const usual = await fill(count * 2);
  assert.strictEqual(usual.made, count);
  assert.strictEqual(usual.ports, count);
  assert.strictEqual(usual.error.code, 'EADDRINUSE');

  // Almost the maximum. Finding ports for the last ones may take long.
  const most = count * destinations.length - 20;
  const socketOptions = [[IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1]];
  const many = await fill(most, { socketOptions });
  assert.strictEqual(many.error, undefined);
  assert.strictEqual(many.made, most);
  assert.ok(many.ports <= count);

  for (const server of servers)
    server.close();
}

main().then(common.mustCall());
