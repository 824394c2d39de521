'use strict';

// acceptedSocketOptions are set when 'connection' is emitted, for every kind of
// server.

const common = require('../common');
const assert = require('assert');
const fixtures = require('../common/fixtures');
const http = require('http');
const net = require('net');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, IP_TTL, SO_KEEPALIVE, SO_SNDBUF,
        TCP_NODELAY } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const acceptedSocketOptions = [
  [SOL_SOCKET, SO_SNDBUF, 40_000],
  [SOL_SOCKET, SO_SNDBUF, new Int32Array([20_000])],
  [SOL_SOCKET, SO_KEEPALIVE, true],
  [IPPROTO_IP, IP_TTL, 41],
];
const options = { acceptedSocketOptions };

function check(socket) {
  assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF), 20_000 * factor);
  assert.notStrictEqual(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 41);
}

// Calls `visit` to connect, and checks each socket when the server gets it.
async function run(server, times, visit, listening = { host, port: 0 }) {
  server.prependListener('connection', common.mustCall(check, times));
  server.on('drop', common.mustNotCall());
  server.listen(listening);
  await once(server, 'listening');
  for (let i = 0; i < times; i++)
    await visit(server.address().port);
  server.close();
  server.closeAllConnections?.();
  await once(server, 'close');
}

async function visitNet(port) {
  const socket = net.connect(port, host);
  await once(socket, 'connect');
  // The option is not set on the client.
  assert.notStrictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 41);
  socket.end();
  await once(socket.resume(), 'close');
}

const end = (connection) => connection.end().resume();

async function main() {
  await run(net.createServer(options, end), 3, visitNet);
  await run(new net.Server(options, end), 1, visitNet);
  await run(net.createServer({ ...options, pauseOnConnect: true }, end), 1, visitNet);
  await run(net.createServer(options, end), 1, visitNet,
            { handle: new net.BoundSocket({ host }) });

  // It overrides the corresponding option of Node.js.
  {
    const server = net.createServer({
      noDelay: true,
      acceptedSocketOptions: [[IPPROTO_TCP, TCP_NODELAY, 0],
                              ...acceptedSocketOptions],
    }, end);
    await run(server, 1, visitNet);
  }

  await run(http.createServer(options, (request, response) => {
    check(request.socket);
    response.end();
  }), 2, async (port) => {
    const [response] = await once(http.get({ host, port, agent: false }), 'response');
    response.resume();
    await once(response, 'end');
  });

  if (!common.isWindows) {
    const server = net.createServer({
      acceptedSocketOptions: [[SOL_SOCKET, SO_SNDBUF, 20_000]],
    }, common.mustCall((connection) => {
      assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_SNDBUF),
                         20_000 * factor);
      connection.end();
    }));
    server.listen(common.PIPE);
    await once(server, 'listening');
    await once(net.connect(common.PIPE).resume(), 'close');
    server.close();
  }

  // The list is empty or missing.
  for (const acceptedSocketOptions of [undefined, []]) {
    const server = net.createServer({ acceptedSocketOptions }, (connection) => {
      assert.notStrictEqual(connection.getsockopt(IPPROTO_IP, IP_TTL), 41);
      connection.end();
    });
    server.listen(0, host);
    await once(server, 'listening');
    await visitNet(server.address().port);
    server.close();
  }

  // A socket that a program passes to the 'connection' event was not accepted.
  {
    const server = net.createServer(options, common.mustCall((connection) => {
      assert.strictEqual(connection, mine);
    }));
    const mine = new net.Socket();
    server.emit('connection', mine);
  }

  if (!common.hasCrypto)
    return;
  const http2 = require('http2');
  const https = require('https');
  const tls = require('tls');
  const secure = {
    ...options,
    key: fixtures.readKey('agent1-key.pem'),
    cert: fixtures.readKey('agent1-cert.pem'),
  };
  const rejectUnauthorized = false;

  await run(tls.createServer(secure, (connection) => {
    check(connection);
    connection.end();
  }), 2, (port) => once(tls.connect({ host, port, rejectUnauthorized }).resume(), 'close'));

  await run(https.createServer(secure, (request, response) => {
    check(request.socket);
    response.end();
  }), 2, async (port) => {
    const request = https.get({ host, port, agent: false, rejectUnauthorized });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
  });

  for (const [scheme, create] of [
    ['http', () => http2.createServer(options)],
    ['https', () => http2.createSecureServer(secure)],
  ]) {
    const server = create();
    server.on('stream', (stream) => {
      stream.respond();
      stream.end();
    });
    await run(server, 2, async (port) => {
      const session = http2.connect(`${scheme}://${host}:${port}`, { rejectUnauthorized });
      const stream = session.request();
      stream.resume();
      await once(stream, 'close');
      session.close();
      await once(session, 'close');
    });
  }

  // Invalid options are rejected by the call itself.
  for (const create of [
    (options) => http.createServer(options),
    (options) => https.createServer({ ...secure, ...options }),
    (options) => tls.createServer({ ...secure, ...options }),
    (options) => http2.createServer(options),
    (options) => http2.createSecureServer({ ...secure, ...options }),
  ]) {
    assert.throws(() => create({ acceptedSocketOptions: {} }),
                  { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(
      () => create({ acceptedSocketOptions: [[1, 1, 1], ['', 1, 1]] }),
      { code: 'ERR_INVALID_ARG_TYPE',
        message: /"options\.acceptedSocketOptions\[1\]\[0\]"/ });
  }
}

main().then(common.mustCall());
