'use strict';

// Options of the socket below a TLS connection, set by a list or recorded until
// the socket exists.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const fixtures = require('../common/fixtures');
const https = require('https');
const net = require('net');
const tls = require('tls');
const { once } = require('events');

const { IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, IP_TTL, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const noSocket = { code: 'ERR_INVALID_STATE' };
const buffer = (socket) => socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor;
const small = [SOL_SOCKET, SO_RCVBUF, 20_000];
const large = [SOL_SOCKET, SO_RCVBUF, 40_000];
const bad = [IPPROTO_TCP, 9999, 1];

const credentials = {
  key: fixtures.readKey('agent1-key.pem'),
  cert: fixtures.readKey('agent1-cert.pem'),
};

// A name that is resolved late enough.
const name = {
  host: 'name.invalid',
  lookup: (name, options, callback) => {
    setTimeout(() => options.all ?
      callback(null, [{ address: host, family: 4 }]) :
      callback(null, host, 4), 10);
  },
};

async function main() {
  const server = tls.createServer(credentials, (connection) => {
    connection.end('hello').on('error', () => {});
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address();
  const options = { host, port, rejectUnauthorized: false };

  async function check(socket, size, ttl) {
    await once(socket, 'secureConnect');
    assert.strictEqual(buffer(socket), size);
    if (ttl !== undefined)
      assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), ttl);
    assert.strictEqual(`${Buffer.concat(await socket.toArray())}`, 'hello');
  }

  // A list.
  for (const more of [{}, { ...name, autoSelectFamily: true },
                      { ...name, autoSelectFamily: false },
                      { handle: new net.BoundSocket({ host }) }]) {
    await check(tls.connect({ ...options, ...more, socketOptions: [small] }), 20_000);
  }
  await assert.rejects(
    once(tls.connect({ ...options, socketOptions: [small, bad] }), 'secureConnect'),
    { code: 'ENOPROTOOPT', syscall: 'setsockopt', index: 1, level: IPPROTO_TCP,
      optname: 9999 });
  assert.throws(() => tls.connect({ ...options, socketOptions: 3 }),
                { code: 'ERR_INVALID_ARG_TYPE' });

  // Calls.
  for (const more of [{}, { ...name, autoSelectFamily: true },
                      { ...name, autoSelectFamily: false }]) {
    const socket = tls.connect({ ...options, ...more, socketOptions: [large] });
    assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_RCVBUF), noSocket);
    assert.strictEqual(socket.setsockopt(...small), socket);
    socket.setsockopt(IPPROTO_IP, IP_TTL, 41);
    await check(socket, 20_000, 41);
  }
  await assert.rejects(
    once(tls.connect(options).setsockopt(...bad), 'secureConnect'),
    { code: 'ENOPROTOOPT', syscall: 'setsockopt', index: undefined,
      level: IPPROTO_TCP, optname: 9999 });

  // The underlying socket does not know its address yet. Both share their
  // options.
  {
    const below = net.connect({ port, ...name, autoSelectFamily: false });
    below.setsockopt(...large);
    const socket = tls.connect({ ...options, socket: below });
    assert.throws(() => socket.getsockopt(IPPROTO_IP, IP_TTL), noSocket);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF), large[2]);
    socket.setsockopt(...small);
    below.setsockopt(IPPROTO_IP, IP_TTL, 42);
    await check(socket, 20_000, 42);
  }
  server.close();

  // The socket below HTTPS, with an agent of its own and with the global one.
  const web = https.createServer(credentials, (request, response) => {
    response.end('hello');
  });
  web.listen(0, host);
  await once(web, 'listening');
  const target = { ...options, port: web.address().port };
  for (const more of [{ agent: false }, {}, { agent: new https.Agent({ keepAlive: true }) }]) {
    const request = https.get({ ...target, ...more, socketOptions: [small] });
    const [response] = await once(request, 'response');
    assert.strictEqual(buffer(request.socket), 20_000);
    response.resume();
    await once(response, 'end');
    // The TLS session may be reused, but the socket is a different one.
    const second = https.get({ ...target, ...more, socketOptions: [large] });
    const [answer] = await once(second, 'response');
    assert.strictEqual(buffer(second.socket), 40_000);
    answer.resume();
    await once(answer, 'end');
    await assert.rejects(
      once(https.get({ ...target, ...more, socketOptions: [bad] }), 'response'),
      { code: 'ENOPROTOOPT', syscall: 'setsockopt', index: 0 });
    if (more.agent)
      more.agent.destroy();
  }
  https.globalAgent.destroy();
  web.close();
  web.closeAllConnections();
}

main().then(common.mustCall());
