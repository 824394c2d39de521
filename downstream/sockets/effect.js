'use strict';

// Sets the same option with an addon from npm and with the methods that every
// socket has here, each on a socket of its own. Run as `node effect.js
// <kernel>`, where kernel is the program that reads the options of a socket in
// another process. Prints one JSON object per line: what was set, and what
// everyone reads afterwards.

const { spawnSync } = require('node:child_process');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const keepalive = require('net-keepalive');
const sockopt = require('sockopt');

const kernel = process.argv[2];
const host = '127.0.0.1';
const {
  IPPROTO_IP, IP_TOS, IP_TTL,
  IPPROTO_TCP, TCP_CORK, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_LINGER2,
  TCP_NODELAY, TCP_NOTSENT_LOWAT, TCP_SYNCNT, TCP_USER_TIMEOUT, TCP_WINDOW_CLAMP,
  SOL_SOCKET, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_PRIORITY, SO_RCVBUF, SO_RCVLOWAT, SO_SNDBUF,
} = net.constants;

// None of these values is the default of a new socket.
const streamOptions = Object.entries({
  SO_KEEPALIVE: [SOL_SOCKET, SO_KEEPALIVE, 1],
  SO_OOBINLINE: [SOL_SOCKET, SO_OOBINLINE, 1],
  SO_PRIORITY: [SOL_SOCKET, SO_PRIORITY, 5],
  SO_RCVBUF: [SOL_SOCKET, SO_RCVBUF, 34567],
  SO_SNDBUF: [SOL_SOCKET, SO_SNDBUF, 45678],
  SO_RCVLOWAT: [SOL_SOCKET, SO_RCVLOWAT, 7],
  TCP_NODELAY: [IPPROTO_TCP, TCP_NODELAY, 1],
  TCP_CORK: [IPPROTO_TCP, TCP_CORK, 1],
  TCP_KEEPIDLE: [IPPROTO_TCP, TCP_KEEPIDLE, 123],
  TCP_KEEPINTVL: [IPPROTO_TCP, TCP_KEEPINTVL, 17],
  TCP_KEEPCNT: [IPPROTO_TCP, TCP_KEEPCNT, 4],
  TCP_USER_TIMEOUT: [IPPROTO_TCP, TCP_USER_TIMEOUT, 5000],
  TCP_SYNCNT: [IPPROTO_TCP, TCP_SYNCNT, 3],
  TCP_LINGER2: [IPPROTO_TCP, TCP_LINGER2, 11],
  TCP_NOTSENT_LOWAT: [IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384],
  TCP_WINDOW_CLAMP: [IPPROTO_TCP, TCP_WINDOW_CLAMP, 20000],
  IP_TOS: [IPPROTO_IP, IP_TOS, 16],
  IP_TTL: [IPPROTO_IP, IP_TTL, 33],
});
const datagramOptions = Object.entries({
  SO_BROADCAST: [SOL_SOCKET, SO_BROADCAST, 1],
  SO_RCVBUF: [SOL_SOCKET, SO_RCVBUF, 34567],
  IP_TTL: [IPPROTO_IP, IP_TTL, 33],
});

// The addons take the descriptor from the handle of a socket.
const fdOf = (socket) => socket._handle.fd;

function askKernel(socket, level, name) {
  const { status, stdout, stderr } = spawnSync(kernel, [`${level}:${name}`], {
    stdio: ['ignore', 'pipe', 'pipe', fdOf(socket)], encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the kernel does not know ${level}:${name}: ${stderr}`);
  return Number(stdout);
}

/**
 * Sets one option in two ways, each on one of the sockets, and prints the
 * results.
 * @param {object} setting
 * @param {(socket: object) => void} setting.byAddon sets it with the addon
 * @param {(socket: object) => void} setting.byOurs sets it with ours
 * @param {(socket: object) => number} setting.readByAddon in the option's own unit
 */
function compare(addon, what, sockets, [level, name], { byAddon, byOurs, readByAddon }) {
  const [theirs, ours] = sockets;
  const before = askKernel(ours, level, name);
  byAddon(theirs);
  byOurs(ours);
  console.log(JSON.stringify({
    on: `${addon}, ${ours instanceof net.Socket ? 'TCP' : 'UDP'}`,
    what,
    before,
    // For each socket, which was set by one side: what the other side reads,
    // and what the kernel reports.
    setByAddon: { other: theirs.getsockopt(level, name), kernel: askKernel(theirs, level, name) },
    setByOurs: { other: readByAddon(ours), kernel: askKernel(ours, level, name) },
  }));
}

const plainly = ([level, name, value]) => ({
  byAddon: (socket) => sockopt.setsockopt(socket, level, name, value),
  byOurs: (socket) => socket.setsockopt(level, name, value),
  readByAddon: (socket) => sockopt.getsockopt(socket, level, name),
});

// What net-keepalive has methods for, in milliseconds where the kernel uses
// seconds.
const named = {
  'setKeepAliveInterval()': [[IPPROTO_TCP, TCP_KEEPINTVL], {
    byAddon: (socket) => keepalive.setKeepAliveInterval(socket, 7000),
    byOurs: (socket) => socket.setKeepAlive(true, 60_000, 7000, 5),
    readByAddon: (socket) => keepalive.getKeepAliveInterval(socket) / 1000,
  }],
  'setKeepAliveProbes()': [[IPPROTO_TCP, TCP_KEEPCNT], {
    byAddon: (socket) => keepalive.setKeepAliveProbes(socket, 3),
    byOurs: (socket) => socket.setKeepAlive(true, 60_000, 7000, 3),
    readByAddon: (socket) => keepalive.getKeepAliveProbes(socket),
  }],
  'setUserTimeout()': [[IPPROTO_TCP, TCP_USER_TIMEOUT], {
    byAddon: (socket) => keepalive.setUserTimeout(socket, 4321),
    byOurs: (socket) => socket.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 4321),
    readByAddon: (socket) => keepalive.getUserTimeout(socket),
  }],
};

async function streams(server, work) {
  const sockets = [0, 1].map(() => net.connect(server.address().port, host));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  work(sockets);
  for (const socket of sockets) socket.destroy();
}

async function main() {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  for (const [what, option] of streamOptions) {
    await streams(server, (sockets) => compare('sockopt', what, sockets, option, plainly(option)));
  }
  for (const [what, [option, ways]] of Object.entries(named)) {
    await streams(server, (sockets) => compare('net-keepalive', what, sockets, option, ways));
  }
  server.close();

  for (const [what, option] of datagramOptions) {
    const sockets = [0, 1].map(() => dgram.createSocket('udp4'));
    for (const socket of sockets) socket.bindSync({ address: host });
    compare('sockopt', what, sockets, option, plainly(option));
    for (const socket of sockets) socket.close();
  }
}

main();
