'use strict';

// TCP Fast Open on both sides: once a client has the cookie of the server, the
// SYN contains the data that it writes.

const common = require('../common');
if (!common.isLinux)
  common.skip('TCP_FASTOPEN_CONNECT is for Linux');

const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const { spawnSync } = require('child_process');
const { once } = require('events');

const { IPPROTO_TCP, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_INFO } = net.constants;

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
const ofServer = { socketOptions: [[IPPROTO_TCP, TCP_FASTOPEN, 16]] };
const ofClient = { socketOptions: [[IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1]] };

// Returns how many connections with data in the SYN the system made and
// accepted.
function counters() {
  const lines = fs.readFileSync('/proc/self/net/netstat', 'latin1').split('\n')
    .filter((line) => line.startsWith('TcpExt:')).map((line) => line.split(' '));
  const value = (name) => Number(lines[1][lines[0].indexOf(name)]);
  return { active: value('TCPFastOpenActive'), passive: value('TCPFastOpenPassive') };
}

// Set in the options of struct tcp_info if data in the SYN was acknowledged, or
// if the received SYN contained data.
const TCPI_OPT_SYN_DATA = 32;
const synData = (socket) =>
  (socket.getsockopt(IPPROTO_TCP, TCP_INFO, 104)[5] & TCPI_OPT_SYN_DATA) !== 0;

// Gets an echo, and returns whether it was in the SYN, according to both sides
// and to the counters.
async function echo(server, makeSocket) {
  const before = counters();
  const accepted = once(server, 'connection');
  const socket = makeSocket(server.address().port);
  socket.write('hello');
  const [connection] = await accepted;
  connection.pipe(connection);
  const [chunk] = await once(socket, 'data');
  assert.strictEqual(`${chunk}`, 'hello');
  const seen = { client: synData(socket), server: synData(connection) };
  socket.end();
  await once(socket, 'close');
  const after = counters();
  return {
    ...seen,
    active: after.active - before.active,
    passive: after.passive - before.passive,
  };
}

const yes = { client: true, server: true, active: 1, passive: 1 };
const no = { client: false, server: false, active: 0, passive: 0 };

async function main() {
  try {
    // Enable it for clients and servers.
    fs.writeFileSync('/proc/sys/net/ipv4/tcp_fastopen', '3');
  } catch (err) {
    common.skip(`settings of the network cannot be changed: ${err.code}`);
  }

  const connect = (options) => (port) => net.connect({ host, port, ...options });
  const clients = {
    list: connect(ofClient),
    kept: (port) => connect()(port).setsockopt(...ofClient.socketOptions[0]),
    localAddress: connect({ ...ofClient, localAddress: '127.0.0.1' }),
    BoundSocket: (port) =>
      connect({ handle: new net.BoundSocket({ host, ...ofClient }) })(port),
  };
  const servers = {
    list: () => net.createServer().listen({ host, port: 0, ...ofServer }),
    BoundSocket: () =>
      net.createServer().listen(new net.BoundSocket({ host, ...ofServer })),
    adopted: () => net.createServer().listen({
      handle: new net.BoundSocket({ host }),
      ...ofServer,
    }),
  };

  // The first connection gets the cookie for the address of the server.
  const first = servers.list();
  await once(first, 'listening');
  assert.deepStrictEqual(await echo(first, clients.list), no);
  assert.deepStrictEqual(await echo(first, clients.list), yes);
  first.close();

  for (const [name, listen] of Object.entries(servers)) {
    const server = listen();
    await once(server, 'listening');
    assert.deepStrictEqual(await echo(server, clients.list), yes, name);
    server.close();
  }

  const server = servers.list();
  await once(server, 'listening');
  for (const [name, client] of Object.entries(clients))
    assert.deepStrictEqual(await echo(server, client), yes, name);

  // Both sides have to enable it.
  assert.deepStrictEqual(await echo(server, connect()), no);
  server.close();
  const plain = net.createServer().listen(0, host);
  await once(plain, 'listening');
  const { server: taken, passive } = await echo(plain, clients.list);
  assert.deepStrictEqual({ taken, passive }, { taken: false, passive: 0 });
  plain.close();

  // The SYN contains an HTTP request.
  const web = http.createServer((request, response) => {
    response.end(`${synData(request.socket)}`);
  });
  web.listen({ host, port: 0, ...ofServer });
  await once(web, 'listening');
  // The previous server may have made the client lose its cookie.
  const answers = [];
  for (let i = 0; i < 2; i++) {
    const [response] = await once(http.get({
      host,
      port: web.address().port,
      agent: false,
      ...ofClient,
    }), 'response');
    answers.push(`${Buffer.concat(await response.toArray())}`);
  }
  assert.strictEqual(answers[1], 'true');
  web.close();
}

main().then(common.mustCall());
