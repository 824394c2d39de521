'use strict';

// Uses fastify as published on npm, on sockets that were bound before it was
// created. It gets them through the options that it passes to server.listen(),
// or from its server factory.

const assert = require('node:assert');
const { existsSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { Agent, request } = require('undici');
const fastify = require('fastify');

const host = '127.0.0.1';
const { SOL_SOCKET, SO_RCVBUF, IPPROTO_TCP, TCP_MAXSEG } = net.constants;

function appOf(name, options) {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 4 << 20, ...options });
  app.get('/name', async () => ({ name }));
  app.post('/echo', async ({ body, socket }) => ({ size: body.text.length, text: body.text, local: socket.localPort }));
  return app;
}

async function nameAt(port, dispatcher) {
  const { statusCode, body } = await request(`http://${host}:${port}/name`, { dispatcher });
  assert.strictEqual(statusCode, 200);
  return (await body.json()).name;
}

test('fastify.listen({ handle }) serves the port that was known before', async (t) => {
  const bound = new net.BoundHandle({ host, exclusive: true });
  const { port } = bound.address();
  const app = appOf('bound');
  t.after(() => app.close());
  await app.listen({ handle: bound, host });
  assert.strictEqual(app.server.address().port, port);
  assert.throws(() => bound.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  assert.strictEqual(await nameAt(port), 'bound');

  const text = 'x'.repeat(1 << 20);
  const { statusCode, body } = await request(`http://${host}:${port}/echo`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }),
  });
  assert.strictEqual(statusCode, 200);
  assert.deepStrictEqual(await body.json(), { size: text.length, text, local: port });
});

test('its server factory hands out a server that adopts one', async (t) => {
  const bound = new net.BoundHandle({ host });
  const { port } = bound.address();
  const app = appOf('factory', {
    serverFactory: (handler) => http.createServer(handler),
  });
  // fastify does not close a server that it was not told to listen with.
  t.after(() => app.server.close());
  await app.ready();
  await new Promise((resolve) => app.server.listen(bound, resolve));
  assert.strictEqual(await nameAt(port), 'factory');
});

test('a bound path is served, and deleted by close()', async (t) => {
  const file = path.join(os.tmpdir(), `downstream-${process.pid}.sock`);
  const bound = new net.BoundHandle({ path: file });
  const app = appOf('path');
  await app.listen({ handle: bound, host });
  assert.strictEqual(existsSync(file), true);
  const dispatcher = new Agent({ connect: { socketPath: file } });
  t.after(() => dispatcher.close());
  assert.strictEqual(await nameAt(80, dispatcher), 'path');
  await app.close();
  assert.strictEqual(existsSync(file), false);
});

test('one app takes over from another, and nobody is refused', async (t) => {
  const bound = new net.BoundHandle({ host });
  const { port } = bound.address();
  const old = appOf('old');
  const next = appOf('next');
  t.after(() => next.close());
  const spare = bound.clone();
  await old.listen({ handle: bound, host });
  const names = [];
  // Use a connection per request; otherwise the old app would get all of them.
  const dispatcher = new Agent({ pipelining: 0 });
  t.after(() => dispatcher.close());
  for (let count = 0; count < 40; count++) {
    if (count === 20) await next.listen({ handle: spare, host });
    names.push(nameAt(port, dispatcher));
    if (count === 20) await old.close();
    await names.at(-1);
  }
  const answers = await Promise.all(names);
  assert.strictEqual(answers[0], 'old');
  assert.deepStrictEqual(new Set(answers.slice(21)), new Set(['next']));
});

test('options are set before it binds, and on what it accepts', async (t) => {
  let seen;
  const app = appOf('options', {
    http: { acceptedSocketOptions: [[SOL_SOCKET, SO_RCVBUF, 40_000]] },
  });
  app.get('/options', async ({ socket }) => {
    seen = socket.getsockopt(SOL_SOCKET, SO_RCVBUF);
    return {};
  });
  t.after(() => app.close());
  await app.listen({ port: 0, host, socketOptions: [[IPPROTO_TCP, TCP_MAXSEG, 800]] });
  assert.strictEqual(app.server.getsockopt(IPPROTO_TCP, TCP_MAXSEG), 800);
  const { statusCode, body } = await request(`http://${host}:${app.server.address().port}/options`);
  assert.strictEqual(statusCode, 200);
  assert.deepStrictEqual(await body.json(), {});
  assert.strictEqual(seen, 80_000); // Linux doubles the requested size.
});
