'use strict';

// A client can be given a function that returns the bound socket to connect
// from. It is called for each connection.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

const host = '127.0.0.1';
const ports = [];
const bind = () => {
  const bound = new net.BoundSocket({ host });
  ports.push(bound.address().port);
  return bound;
};

const server = net.createServer((peer) => peer.end(`${peer.remotePort}`));
server.listen(0, host, common.mustCall(() => {
  const { port } = server.address();

  // A socket that connects again.
  for (const make of [() => new net.Socket({ handle: bind }).connect(port, host),
                      () => net.connect({ handle: bind, host, port })]) {
    const seen = [];
    const socket = make();
    socket.on('data', (chunk) => {
      assert.strictEqual(socket.localPort, Number(chunk));
      assert.ok(ports.includes(socket.localPort));
      seen.push(socket.localPort);
    });
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(new Set(seen).size, seen.length);
      if (seen.length < 3)
        socket.connect(port, host);
      else
        done();
    }, 3));
  }

  // What the function throws or returns.
  const broken = new Error('no handle');
  assert.throws(() => net.connect({ handle() { throw broken; }, host, port }), broken);
  for (const wrong of [undefined, null, 1, {}, bind]) {
    assert.throws(() => net.connect({ handle: () => wrong, host, port }),
                  { code: 'ERR_INVALID_RETURN_VALUE' });
  }
  const closed = bind();
  closed.close();
  assert.throws(() => net.connect({ handle: () => closed, host, port }),
                { code: 'ERR_SOCKET_HANDLE_ADOPTED' });

  // Nobody else holds a socket that the function made for a call that throws.
  let made;
  assert.throws(() => net.connect({ handle: () => made = bind(), host, port: -1 }),
                { code: 'ERR_SOCKET_BAD_PORT' });
  assert.throws(() => made.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
}));

let left = 2;
function done() {
  if (--left === 0)
    server.close();
}

/** Resolves to the client port that the server saw. */
function get(client, options) {
  return new Promise((resolve, reject) => {
    client.get(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => text += chunk);
      response.on('end', () => setImmediate(resolve, Number(text)));
    }).on('error', reject);
  });
}

// An agent calls its function for each connection, not for each request.
async function check(client, server, options) {
  server.listen(0, host, common.mustCall(async () => {
    const to = { host, port: server.address().port, ...options };
    const agent = new client.Agent({ keepAlive: true, maxSockets: 2, handle: bind });
    const answers = await Promise.all([1, 2, 3, 4].map(() => get(client, { agent, ...to })));
    const distinct = new Set(answers);
    assert.strictEqual(distinct.size, 2);
    for (const port of distinct)
      assert.ok(ports.includes(port));
    agent.destroy();
    // That of a request is called for the request.
    const local = await get(client, { agent: false, handle: bind, ...to });
    assert.ok(ports.includes(local) && !distinct.has(local));
    server.close();
  }));
}

const answer = (request, response) => response.end(`${request.socket.remotePort}`);
check(http, http.createServer(answer), {}).then(common.mustCall());
if (common.hasCrypto) {
  const fixtures = require('../common/fixtures');
  const https = require('https');
  const identity = {
    key: fixtures.readKey('agent1-key.pem'),
    cert: fixtures.readKey('agent1-cert.pem'),
  };
  check(https, https.createServer(identity, answer), { rejectUnauthorized: false })
    .then(common.mustCall());
}
