'use strict';

// A subscriber of diagnostics_channel can set options of sockets that others
// create and pass nothing on for, whatever they connect to.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const http = require('http');
const net = require('net');
const { subscribe } = require('diagnostics_channel');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, IP_TTL, IPV6_UNICAST_HOPS, SO_RCVBUF,
        TCP_NODELAY } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const published = [];

function tune({ socket }) {
  published.push(socket);
  if (socket instanceof net.Socket) {
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true)
      .setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 42);
  }
  socket.setsockopt(IPPROTO_IP, IP_TTL, 41).setsockopt(SOL_SOCKET, SO_RCVBUF, 30_000);
}
subscribe('net.client.socket', tune);
subscribe('udp.socket', tune);

async function main() {
  const server = http.createServer((request, response) => response.end());
  await once(server.listen(0, host), 'listening');
  const { port } = server.address();
  const buffer = (socket) => socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor;

  const [response] = await once(http.get({ host, port, agent: false }), 'response');
  const socket = net.connect(port, host);
  await once(socket, 'connect');
  for (const tuned of [response.socket, socket]) {
    assert.ok(published.includes(tuned));
    assert.strictEqual(buffer(tuned), 30_000);
    assert.strictEqual(tuned.getsockopt(IPPROTO_IP, IP_TTL), 41);
    assert.notStrictEqual(tuned.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    tuned.destroy();
  }
  server.close();
  server.closeAllConnections();

  if (!common.isWindows) {
    const local = net.createServer((connection) => connection.destroy());
    await once(local.listen(common.PIPE), 'listening');
    const client = net.connect(common.PIPE);
    await once(client, 'connect');
    assert.strictEqual(buffer(client), 30_000);
    client.destroy();
    local.close();
  }

  // Not all lines publish these.
  const udp = dgram.createSocket('udp4');
  udp.bindSync({ address: host });
  if (published.includes(udp))
    assert.strictEqual(udp.getsockopt(IPPROTO_IP, IP_TTL), 41);
  udp.close();
}
main().then(common.mustCall());
