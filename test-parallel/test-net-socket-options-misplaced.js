'use strict';

// Options in the wrong call are refused, not ignored. Those of the constructor
// of net.Socket are for each of its connections.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const http = require('http');
const net = require('net');
const { once } = require('events');

const { IPPROTO_IP, SOL_SOCKET, IP_TTL, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const list = [[SOL_SOCKET, SO_RCVBUF, 20_000]];
const servers = [net.createServer, http.createServer];
if (common.hasCrypto) {
  servers.push(require('https').createServer, require('tls').createServer,
               require('http2').createServer, require('http2').createSecureServer);
}

function refuses(call, name, where) {
  assert.throws(() => call({ [name]: list }), (err) => {
    assert.strictEqual(err.code, 'ERR_INVALID_ARG_VALUE', err.stack);
    assert.ok(err.message.includes(`options.${name}`), err.message);
    assert.ok(err.message.includes(`is an option of ${where}`), err.message);
    return true;
  });
  for (const absent of [undefined, null])
    call({ [name]: absent });
}

for (const create of servers)
  refuses((options) => create(options), 'socketOptions', 'server.listen()');
for (const call of [
  (options) => net.createServer().listen({ port: 0, host, ...options }).close(),
  (options) => net.connect({ port: 9, host, ...options }).on('error', () => {}).destroy(),
  (options) => new net.Socket().connect({ port: 9, host, ...options }).on('error', () => {}).destroy(),
  (options) => new net.Socket(options).destroy(),
  (options) => new net.BoundSocket({ host, ...options }).close(),
]) {
  refuses(call, 'acceptedSocketOptions', 'net.createServer()');
}
for (const [name, where] of [['socketOptions', 'dgram.createSocket()'],
                             ['acceptedSocketOptions', 'net.createServer()']]) {
  refuses((options) => {
    const socket = dgram.createSocket('udp4');
    try {
      assert.ok(socket.bindSync({ address: host, ...options }).port > 0);
    } catch (err) {
      // It is not bound, and not about to be.
      assert.ok(socket.bindSync({ address: host }).port > 0);
      throw err;
    } finally {
      socket.close();
    }
  }, name, where);
  refuses((options) => {
    const socket = dgram.createSocket('udp4');
    try {
      socket.bind({ address: host, ...options });
    } catch (err) {
      assert.ok(socket.bindSync({ address: host }).port > 0);
      throw err;
    } finally {
      socket.close();
    }
  }, name, where);
}
if (common.hasCrypto) {
  const tls = require('tls');
  // The socket was made before, without them.
  for (const make of [() => new net.Socket(), () => new (require('stream').PassThrough)()]) {
    refuses((options) => {
      const socket = make();
      tls.connect({ socket, ...options }).on('error', () => {}).destroy();
      socket.destroy();
    }, 'socketOptions', 'connect()');
    refuses((options) => new tls.TLSSocket(make(), options).destroy(), 'socketOptions', 'connect()');
  }
  refuses((options) => new tls.TLSSocket(undefined, options).destroy(), 'socketOptions', 'connect()');
  refuses((options) => tls.connect({ socket: new net.Socket(), ...options }).on('error', () => {}).destroy(),
          'acceptedSocketOptions', 'net.createServer()');
}
for (const wrong of ['text', {}, [1]])
  assert.throws(() => new net.Socket({ socketOptions: wrong }), { code: 'ERR_INVALID_ARG_TYPE' });

async function main() {
  const server = net.createServer((connection) => connection.resume());
  await once(server.listen(0, host), 'listening');
  const { port } = server.address();
  const own = [[IPPROTO_IP, IP_TTL, 41]];
  const socket = new net.Socket({ socketOptions: own });
  own[0][2] = 99;
  // Options of connect() take their place.
  for (const [socketOptions, expected] of [[undefined, 41], [[[IPPROTO_IP, IP_TTL, 42]], 42],
                                           [null, 41]]) {
    socket.connect({ port, host, socketOptions });
    await once(socket, 'connect');
    assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), expected);
    await once(socket.resume().end(), 'close');
  }
  server.close();
}
main().then(common.mustCall());
