'use strict';

// An HTTP/2 session turns TCP_NODELAY on unless a program has turned it off.
// Its socket refuses setsockopt() for what setNoDelay() and setKeepAlive() set,
// as it refuses these, and accepts it for other options.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const { once } = require('events');
const fixtures = require('../common/fixtures');
const http2 = require('http2');
const net = require('net');
const { duplexPair } = require('stream');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_RCVBUF, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL, TCP_NODELAY,
} = net.constants;

const host = '127.0.0.1';
const key = fixtures.readKey('agent1-key.pem');
const cert = fixtures.readKey('agent1-cert.pem');
const off = [[IPPROTO_TCP, TCP_NODELAY, 0]];
const hasNoDelay = ({ socket }) =>
  socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0;

function refuses({ socket }) {
  for (const [level, optname] of [
    [IPPROTO_TCP, TCP_NODELAY],
    [SOL_SOCKET, SO_KEEPALIVE],
    [IPPROTO_TCP, TCP_KEEPIDLE],
    [IPPROTO_TCP, TCP_KEEPINTVL],
    [IPPROTO_TCP, TCP_KEEPCNT],
  ]) {
    if (optname === undefined)
      continue;
    const before = socket.getsockopt(level, optname);
    for (const value of [0, 1, Buffer.from([1, 0, 0, 0])]) {
      assert.throws(() => socket.setsockopt(level, optname, value),
                    { code: 'ERR_HTTP2_NO_SOCKET_MANIPULATION' });
    }
    assert.strictEqual(socket.getsockopt(level, optname), before);
  }
  for (const method of ['setNoDelay', 'setKeepAlive']) {
    assert.throws(() => socket[method](true),
                  { code: 'ERR_HTTP2_NO_SOCKET_MANIPULATION' });
  }
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 65_536);
  assert.ok(socket.getsockopt(SOL_SOCKET, SO_RCVBUF) >= 65_536);
  assert.throws(() => socket.setsockopt('x', TCP_NODELAY, 1),
                { code: 'ERR_INVALID_ARG_TYPE' });
}

// Each returns whether TCP_NODELAY is on at the client and at the server.
async function run(isSecure, serverOptions, clientOptions) {
  const server = isSecure ?
    http2.createSecureServer({ key, cert, ...serverOptions }) :
    http2.createServer(serverOptions);
  server.listen(0, host);
  await once(server, 'listening');
  const client = http2.connect(
    `${isSecure ? 'https' : 'http'}://${host}:${server.address().port}`,
    { rejectUnauthorized: false, ...clientOptions });
  client.on('error', common.mustNotCall());
  const [[session]] = await Promise.all([
    once(server, 'session'), once(client, 'connect'),
  ]);
  const result = [hasNoDelay(client), hasNoDelay(session)];
  refuses(client);
  refuses(session);
  const closed = once(server, 'close');
  client.close();
  server.close();
  await closed;
  return result;
}

async function main() {
  for (const isSecure of [false, true]) {
    for (const [server, client, expected] of [
      [{}, {}, [true, true]],
      [{ acceptedSocketOptions: off }, {}, [true, false]],
      [{}, { socketOptions: off }, [false, true]],
      [{ noDelay: false }, { noDelay: false }, [false, false]],
      [{ noDelay: true, acceptedSocketOptions: off },
       { noDelay: true, socketOptions: off }, [false, false]],
      [{ noDelay: null }, { noDelay: undefined }, [true, true]],
    ]) {
      assert.deepStrictEqual(await run(isSecure, server, client), expected);
    }
    // A socket that a program has made itself.
    const createConnection = ({ port }) => {
      const socket = net.connect(port, host);
      socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 0);
      return isSecure ?
        require('tls').connect({
          socket, rejectUnauthorized: false, ALPNProtocols: ['h2'],
        }) : socket;
    };
    assert.deepStrictEqual(
      await run(isSecure, {}, {
        createConnection: (url) => createConnection({ port: +url.port }),
      }), [false, true]);
  }

  // A stream that is not a socket.
  const [, side] = duplexPair();
  const session = http2.connect('http://localhost', {
    createConnection: () => side,
  });
  await once(session, 'connect');
  for (const [optname, code] of [[SO_KEEPALIVE, 'ERR_HTTP2_NO_SOCKET_MANIPULATION'],
                                 [SO_RCVBUF, 'ENOTSOCK']]) {
    assert.throws(() => session.socket.setsockopt(SOL_SOCKET, optname, 1), { code });
  }
  session.destroy();
}

main().then(common.mustCall());
