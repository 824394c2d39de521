'use strict';

// Two neighbors have the same address, each behind its own interface.
// SO_BINDTODEVICE decides which of them answers, and which of two servers on
// the same port is reached.

const common = require('../common');
if (!common.isLinux)
  common.skip('SO_BINDTODEVICE is for Linux');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const http = require('http');
const net = require('net');
const { execFileSync, spawn, spawnSync } = require('child_process');
const { once } = require('events');

const { SOL_SOCKET, SO_BINDTODEVICE } = net.constants;

const role = process.argv[2];
// The addresses of this side and of both neighbors.
const host = '10.99.0.1';
const neighbor = '10.99.0.2';
const ports = { web: 8001, tcp: 8002, udp: 8003 };

// Run again in a separate network namespace, to leave the machine unaffected.
if (role === undefined) {
  const flags = process.getuid() === 0 ? ['--net'] : ['--net', '--map-root-user'];
  if (spawnSync('unshare', [...flags, 'ip', 'link', 'set', 'lo', 'up']).status !== 0)
    common.skip('needs unshare(1), ip(8), and the right to make a network');
  if (spawnSync('unshare', [...flags, 'ip', 'link', 'add', 'type', 'veth']).status !== 0)
    common.skip('needs veth interfaces');
  const { status, signal } = spawnSync('unshare', [
    ...flags, process.execPath, ...process.execArgv, __filename, 'host',
  ], { stdio: 'inherit' });
  assert.deepStrictEqual({ status, signal }, { status: 0, signal: null });
  return;
}

// Reads a connection to its end.
async function read(socket) {
  return `${Buffer.concat(await socket.toArray())}`;
}

const ip = (...args) => execFileSync('ip', args);

// A neighbor: answers with its name, and reports who answers it.
if (role === 'neighbor') {
  const name = process.argv[3];
  process.on('disconnect', () => process.exit());
  process.on('message', async (message) => {
    if (message === 'begin') {
      ip('address', 'add', `${neighbor}/24`, 'dev', 'eth0');
      ip('link', 'set', 'eth0', 'up');
      const web = http.createServer((request, response) => response.end(name));
      const tcp = net.createServer((connection) => connection.end(name));
      await once(web.listen(ports.web, neighbor), 'listening');
      await once(tcp.listen(ports.tcp, neighbor), 'listening');
      const udp = dgram.createSocket('udp4');
      udp.bind(ports.udp, neighbor);
      udp.on('message', (text, { port, address }) => udp.send(name, port, address));
      await once(udp, 'listening');
      process.send('begun');
    } else {
      const udp = dgram.createSocket('udp4');
      udp.send('who?', ports.udp, host);
      const [answer] = await once(udp, 'message');
      udp.close();
      process.send({
        tcp: await read(net.connect(ports.tcp, host)),
        udp: `${answer}`,
      });
    }
  });
  process.send('ready');
  return;
}

const devices = ['left', 'right'];
const through = (device) => [[SOL_SOCKET, SO_BINDTODEVICE, device]];

async function get(options) {
  const [response] =
    await once(http.get({ host: neighbor, port: ports.web, ...options }), 'response');
  return read(response);
}

async function askByUdp(socket) {
  socket.send('who?', ports.udp, neighbor);
  const [answer] = await once(socket, 'message');
  socket.close();
  return `${answer}`;
}

async function main() {
  try {
    // An answer may arrive on an interface other than the one that the route to
    // its sender uses.
    for (const which of ['all', 'default'])
      fs.writeFileSync(`/proc/sys/net/ipv4/conf/${which}/rp_filter`, '0');
  } catch (err) {
    common.skip(`settings of the network cannot be changed: ${err.code}`);
  }

  const neighbors = [];
  for (const device of devices) {
    const child = spawn('unshare', [
      '--net', process.execPath, ...process.execArgv, __filename, 'neighbor', device,
    ], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    ip('link', 'add', device, 'type', 'veth',
       'peer', 'name', 'eth0', 'netns', `${child.pid}`);
    ip('address', 'add', `${host}/24`, 'dev', device);
    ip('link', 'set', device, 'up');
    child.send('begin');
    await once(child, 'message');
    neighbors.push(child);
  }

  // Clients.
  const port = ports.tcp;
  const agent = new http.Agent({ keepAlive: true });
  for (const device of [...devices, ...devices]) {
    const socketOptions = through(device);
    assert.strictEqual(
      await read(net.connect({ host: neighbor, port, socketOptions })), device);
    assert.strictEqual(
      await read(net.connect({ host: neighbor, port, localAddress: host, socketOptions })),
      device);
    assert.strictEqual(
      await read(net.connect(port, neighbor).setsockopt(...socketOptions[0])), device);
    const handle = new net.BoundSocket({ host, socketOptions });
    assert.strictEqual(
      await read(net.connect({ host: neighbor, port, handle })), device);
    assert.strictEqual(await get({ socketOptions, agent: false }), device);
    // The agent has connections to both.
    assert.strictEqual(await get({ socketOptions, agent }), device);
    const own = new http.Agent({ socketOptions });
    assert.strictEqual(await get({ agent: own }), device);
    assert.strictEqual(
      await askByUdp(dgram.createSocket({ type: 'udp4', socketOptions })), device);
  }
  agent.destroy();

  // Servers. They have the same port, but different interfaces.
  const open = [];
  for (const device of devices) {
    const socketOptions = through(device);
    const server = net.createServer((connection) => connection.end(device));
    server.listen({ host: '0.0.0.0', port, socketOptions });
    await once(server, 'listening');
    const udp = dgram.createSocket({ type: 'udp4', socketOptions });
    udp.bindSync({ port: ports.udp });
    udp.on('message', (text, { port, address }) => udp.send(device, port, address));
    open.push(server, udp);
  }
  const everywhere = net.createServer().listen({ host: '0.0.0.0', port });
  const [err] = await once(everywhere, 'error');
  assert.strictEqual(err.code, 'EADDRINUSE');

  for (const [index, device] of devices.entries()) {
    neighbors[index].send('ask');
    const [answer] = await once(neighbors[index], 'message');
    assert.deepStrictEqual(answer, { tcp: device, udp: device });
    neighbors[index].disconnect();
  }
  for (const one of open)
    one.close();

  // An interface that does not exist.
  assert.throws(
    () => new net.BoundSocket({ host, socketOptions: through('middle') }),
    { code: 'ENODEV', syscall: 'setsockopt', index: 0 });
}

main().then(common.mustCall());
