'use strict';

// Uses undici as published on npm. A custom connector, passed as `connect`,
// creates connections from bound sockets; the built-in connector passes options
// that are set before connect(2) to net.connect().

const assert = require('node:assert');
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { Agent, buildConnector, Client, fetch, request } = require('undici');

const host = '127.0.0.1';
const { IPPROTO_TCP, TCP_USER_TIMEOUT } = net.constants;

/** Responds with the hash, the size and the source of what it was sent. */
async function serve(t) {
  const bound = new net.BoundHandle({ host });
  const { port } = bound.address();
  const server = http.createServer(async (incoming, response) => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of incoming) {
      hash.update(chunk);
      size += chunk.length;
    }
    response.end(JSON.stringify({ from: incoming.socket.remotePort, size, hash: hash.digest('hex') }));
  });
  server.listen(bound);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${host}:${port}`;
}

/**
 * Returns a connector whose connections use new bound sockets; their ports are
 * added to `ports`.
 */
const boundConnector = (ports) => ({ hostname, port }, callback) => {
  const handle = new net.BoundHandle({ host });
  ports.push(handle.address().port);
  const socket = net.connect({ handle, host: hostname, port }, () => callback(null, socket));
  socket.once('error', callback);
};

test('a client connects from the port that it was given, and stays on it', async (t) => {
  const origin = await serve(t);
  const ports = [];
  const client = new Client(origin, { connect: boundConnector(ports) });
  t.after(() => client.close());
  const data = Buffer.alloc(1 << 20, 'undici');
  const hash = createHash('sha256').update(data).digest('hex');
  for (let count = 0; count < 3; count++) {
    const { statusCode, body } = await client.request({ path: '/', method: 'POST', body: data });
    assert.strictEqual(statusCode, 200);
    assert.deepStrictEqual(await body.json(), { from: ports[0], size: data.length, hash });
  }
  assert.strictEqual(ports.length, 1);
});

test('fetch() has a bound socket for each connection of an agent', async (t) => {
  const origin = await serve(t);
  const ports = [];
  const dispatcher = new Agent({ connect: boundConnector(ports) });
  t.after(() => dispatcher.close());
  const answers = await Promise.all([1, 2, 3].map(async () => (await fetch(origin, { dispatcher })).json()));
  assert.strictEqual(ports.length, 3);
  assert.deepStrictEqual(new Set(answers.map(({ from }) => from)), new Set(ports));
});

test('its own connector sets options before it connects', async (t) => {
  const origin = await serve(t);
  const values = [];
  const connector = buildConnector({ socketOptions: [[IPPROTO_TCP, TCP_USER_TIMEOUT, 9000]] });
  const dispatcher = new Agent({
    connect: (options, callback) => connector(options, (error, socket) => {
      if (!error) values.push(socket.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT));
      callback(error, socket);
    }),
  });
  t.after(() => dispatcher.close());
  const { statusCode, body } = await request(origin, { dispatcher });
  assert.strictEqual(statusCode, 200);
  await body.json();
  assert.deepStrictEqual(values, [9000]);
});

test('an option that the system refuses fails the request', async (t) => {
  const origin = await serve(t);
  const dispatcher = new Agent({ connect: { socketOptions: [[IPPROTO_TCP, 9999, 1]] } });
  t.after(() => dispatcher.destroy());
  await assert.rejects(request(origin, { dispatcher }), { code: 'ENOPROTOOPT', syscall: 'setsockopt' });
});
