'use strict';

// A request that is queued in an agent keeps its own handle.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

const host = '127.0.0.1';

const server = http.createServer((request, response) => {
  if (request.url !== '/keep')
    response.setHeader('Connection', 'close');
  response.end(String(request.socket.remotePort));
});

function bind() {
  const handle = new net.BoundSocket({ host });
  return { handle, local: handle.address().port };
}

/** Resolves to the client port that the server saw. */
function get(options) {
  return new Promise((resolve, reject) => {
    http.get({ host, port: server.address().port, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk) => text += chunk);
      response.on('end', () => resolve(Number(text)));
    }).on('error', reject);
  });
}

async function main() {
  const agent = new http.Agent({ maxSockets: 1 });
  const first = bind();
  const second = bind();
  const lost = bind();
  const answers = [
    get({ agent, handle: first.handle }),
    get({ agent, handle: second.handle }),
    get({ agent, handle: lost.handle }),
    get({ agent }),
  ];
  // The handle is not adopted while the request waits. If it is closed by then,
  // only that request gets an 'error'.
  assert.strictEqual(second.handle.address().port, second.local);
  lost.handle.close();
  assert.strictEqual(await answers[0], first.local);
  assert.strictEqual(await answers[1], second.local);
  await assert.rejects(answers[2], { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  // The request behind it is served.
  assert.ok(await answers[3] > 0);
  const { local } = lost;
  agent.destroy();

  // Nor is it adopted if the request is destroyed meanwhile.
  {
    const agent = new http.Agent({ maxSockets: 1 });
    const { handle, local } = bind();
    const controller = new AbortController();
    const before = get({ agent });
    const destroyed = get({ agent, handle, signal: controller.signal });
    const after = get({ agent });
    controller.abort();
    await assert.rejects(destroyed, { code: 'ABORT_ERR' });
    assert.ok(await before > 0);
    assert.ok(await after > 0);
    assert.strictEqual(handle.address().port, local);
    handle.close();
    agent.destroy();
  }

  // createConnection() may provide the connection later.
  const later = new http.Agent();
  const createConnection = (options, callback) => {
    setImmediate(() => callback(null, net.connect(options)));
  };
  const third = bind();
  assert.strictEqual(
    await get({ agent: later, createConnection, handle: third.handle }),
    third.local);
  later.destroy();
  assert.notStrictEqual(local, third.local);

  // An idle connection, which such a request cannot use, does not hold it up.
  for (const origin of [{}, { family: 4 }]) {
    const full = new http.Agent({ keepAlive: true, maxTotalSockets: 1 });
    await get({ agent: full, path: '/keep', ...origin });
    await new Promise(setImmediate);
    assert.strictEqual(Object.keys(full.freeSockets).length, 1);
    const fourth = bind();
    assert.strictEqual(await get({ agent: full, handle: fourth.handle }), fourth.local);
    full.destroy();
  }

  // Nor does one that becomes idle while it waits.
  const busy = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const fifth = bind();
  const [, port] = await Promise.all([
    get({ agent: busy, path: '/keep' }), get({ agent: busy, handle: fifth.handle }),
  ]);
  assert.strictEqual(port, fifth.local);
  busy.destroy();
  server.close();
  server.closeAllConnections();
}

// Idle connections stay.
server.keepAliveTimeout = 0;
server.listen(0, host, common.mustCall(() => main().then(common.mustCall())));
