'use strict';

// Addresses that no interface has: a server bound to one can be reached once
// the address arrives, as in a failover, and a transparent client connects from
// one, as a proxy does.

const common = require('../common');
if (!common.isLinux)
  common.skip('network namespaces are for Linux');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { execFileSync, spawnSync } = require('child_process');
const { once } = require('events');

const { IPPROTO_IP, IP_FREEBIND, IP_TRANSPARENT } = net.constants;

// Run again in a separate network namespace, to leave the machine unaffected.
if (process.argv[2] === undefined) {
  const flags = process.getuid() === 0 ? ['--net'] : ['--net', '--map-root-user'];
  if (spawnSync('unshare', [...flags, 'ip', 'link', 'set', 'lo', 'up']).status !== 0)
    common.skip('needs unshare(1), ip(8), and the right to make a network');
  const { status, signal } = spawnSync('unshare', [
    ...flags, process.execPath, ...process.execArgv, __filename, 'inside',
  ], { stdio: 'inherit' });
  assert.deepStrictEqual({ status, signal }, { status: 0, signal: null });
  return;
}

const ip = (...args) => execFileSync('ip', args);
const free = { socketOptions: [[IPPROTO_IP, IP_FREEBIND, 1]] };
const transparent = { socketOptions: [[IPPROTO_IP, IP_TRANSPARENT, 1]] };

// Answers with the address of the peer.
const answer = (connection) => connection.end(connection.remoteAddress);

async function ask(options) {
  const socket = net.connect(options);
  const chunks = await socket.toArray();
  return `${Buffer.concat(chunks)}`;
}

async function main() {
  ip('link', 'set', 'lo', 'up');

  // A server and a datagram socket that use a future address.
  const host = '192.0.2.1';
  const server = net.createServer(answer);
  server.listen({ host, port: 0, ...free });
  await once(server, 'listening');
  const { port } = server.address();
  const udp = dgram.createSocket({ type: 'udp4', ...free });
  const { port: udpPort } = udp.bindSync({ address: host });
  const sender = dgram.createSocket('udp4');

  await assert.rejects(ask({ host, port }), { syscall: 'connect' });
  ip('address', 'add', `${host}/32`, 'dev', 'lo');
  assert.strictEqual(await ask({ host, port }), host);
  const message = once(udp, 'message');
  sender.send('hello', udpPort, host);
  assert.strictEqual(`${(await message)[0]}`, 'hello');
  udp.close();
  sender.close();
  server.close();

  // A client that uses an address that never exists here. The loopback
  // interface accepts what is sent to it.
  const foreign = '198.51.100.7';
  ip('route', 'add', 'local', foreign, 'dev', 'lo', 'table', '100');
  ip('rule', 'add', 'to', foreign, 'lookup', '100');
  const listener = net.createServer(answer);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const options = {
    host: '127.0.0.1',
    port: listener.address().port,
    localAddress: foreign,
  };
  assert.strictEqual(await ask({ ...options, ...transparent }), foreign);
  const handle = new net.BoundSocket({ host: foreign, ...transparent });
  assert.strictEqual(
    await ask({ ...options, localAddress: undefined, handle }), foreign);
  await assert.rejects(ask(options), { code: 'EADDRNOTAVAIL' });
  listener.close();
}

main().then(common.mustCall());
