'use strict';

// Uses ws as published on npm, on a server that adopted a bound socket, and as
// a client that did: its options are passed to net.connect().

const assert = require('node:assert');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { WebSocket, WebSocketServer } = require('ws');

const host = '127.0.0.1';
const { IPPROTO_TCP, TCP_USER_TIMEOUT } = net.constants;

/** An echo server on a socket that was bound before the server existed. */
async function serve(t) {
  const bound = new net.BoundHandle({ host, exclusive: true });
  const { port } = bound.address();
  const server = http.createServer();
  const sockets = new WebSocketServer({ server });
  const peers = [];
  sockets.on('connection', (socket, { socket: { remotePort } }) => {
    peers.push(remotePort);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.listen(bound);
  await once(server, 'listening');
  t.after(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  return { port, peers };
}

async function echo(socket, data) {
  socket.send(data);
  const [answer, isBinary] = await once(socket, 'message');
  return isBinary ? answer : answer.toString();
}

test('text and a megabyte of data come back', async (t) => {
  const { port } = await serve(t);
  const socket = new WebSocket(`ws://${host}:${port}/`);
  await once(socket, 'open');
  assert.strictEqual(await echo(socket, 'grüße'), 'grüße');
  const data = randomBytes(1 << 20);
  assert.ok(data.equals(await echo(socket, data)));
  socket.close();
  await once(socket, 'close');
});

test('a client connects from the port that it was given', async (t) => {
  const { port, peers } = await serve(t);
  const source = new net.BoundHandle({ host });
  const { port: from } = source.address();
  const socket = new WebSocket(`ws://${host}:${port}/`, { handle: source });
  await once(socket, 'open');
  assert.deepStrictEqual(peers, [from]);
  assert.throws(() => source.close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  assert.strictEqual(await echo(socket, 'from there'), 'from there');
  socket.close();
  await once(socket, 'close');
});

test('options are set before it connects', async (t) => {
  const { port } = await serve(t);
  const socket = new WebSocket(`ws://${host}:${port}/`, { socketOptions: [[IPPROTO_TCP, TCP_USER_TIMEOUT, 7000]] });
  const [[{ socket: connection }]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
  assert.strictEqual(connection.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
  socket.close();
  await once(socket, 'close');
});
