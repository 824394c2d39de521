'use strict';

// What a program sets by setsockopt(), socketOptions, or acceptedSocketOptions
// is not replaced by noDelay and the keep-alive options, nor by their defaults.
// Of calls, the last one counts.

const common = require('../common');
const assert = require('assert');
const fixtures = require('../common/fixtures');
const http = require('http');
const net = require('net');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL, TCP_NODELAY,
} = net.constants;
if (TCP_KEEPIDLE === undefined || TCP_KEEPINTVL === undefined ||
    TCP_KEEPCNT === undefined) {
  common.skip('no constants for the keep-alive options');
}

const isOn = (socket) => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
const hasNoDelay = (socket) => socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0;
const values = (socket) => [
  hasNoDelay(socket), isOn(socket),
  ...[TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]
    .map((name) => socket.getsockopt(IPPROTO_TCP, name)),
];

const host = '127.0.0.1';
const key = common.hasCrypto && fixtures.readKey('agent1-key.pem');
const cert = common.hasCrypto && fixtures.readKey('agent1-cert.pem');
const named = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 9000,
  keepAliveInterval: 2000,
  keepAliveCount: 3,
};
const zero = Buffer.alloc(4);

// Other options leave no trace.
{
  const socket = new net.Socket();
  const keys = Reflect.ownKeys(socket).length;
  socket.setsockopt(SOL_SOCKET, net.constants.SO_RCVBUF, 8192);
  socket.setsockopt(SOL_SOCKET, net.constants.SO_SNDBUF, 8192);
  // What is kept until there is a socket.
  assert.strictEqual(Reflect.ownKeys(socket).length, keys + 1);
}
const lists = [
  [[], [true, true, 9, 2, 3]],
  [[[IPPROTO_TCP, TCP_NODELAY, 0]], [false, true, 9, 2, 3]],
  [[[IPPROTO_TCP, TCP_NODELAY, zero]], [false, true, 9, 2, 3]],
  [[[IPPROTO_TCP, TCP_NODELAY, false]], [false, true, 9, 2, 3]],
  [[[IPPROTO_TCP, TCP_NODELAY, 1]], [true, true, 9, 2, 3]],
  [[[SOL_SOCKET, SO_KEEPALIVE, 1]], [true, true, 9, 2, 3]],
  [[[IPPROTO_TCP, TCP_KEEPIDLE, 77]], [true, true, 77, 2, 3]],
  [[[IPPROTO_TCP, TCP_KEEPINTVL, 33]], [true, true, 9, 33, 3]],
  [[[IPPROTO_TCP, TCP_KEEPCNT, 4]], [true, true, 9, 2, 4]],
  [[[IPPROTO_TCP, TCP_NODELAY, 0], [IPPROTO_TCP, TCP_KEEPIDLE, 77],
    [IPPROTO_TCP, TCP_KEEPINTVL, 33], [IPPROTO_TCP, TCP_KEEPCNT, 4]],
   [false, true, 77, 33, 4]],
];

const once = (emitter, name) => new Promise((resolve) => {
  emitter.once(name, resolve);
});

async function listen(server, options) {
  server.listen({ port: 0, host, ...options });
  await once(server, 'listening');
  return server.address().port;
}

async function connected(socket) {
  await once(socket, 'connect');
  const result = values(socket);
  socket.destroy();
  return result;
}

// The values of a connection that a server accepts.
async function accepted(server, options, prepare) {
  const port = await listen(server, options);
  prepare?.(server);
  server.on('tlsClientError', () => {});
  const client = net.connect(port, host);
  client.on('error', () => {});
  const connection = await once(server, 'connection');
  const result = values(connection);
  connection.destroy();
  client.destroy();
  server.close();
  return result;
}

function createServers(options) {
  const servers = [net.createServer(options), http.createServer(options)];
  if (common.hasCrypto) {
    const secure = { ...options, key, cert };
    servers.push(
      require('tls').createServer(secure),
      require('https').createServer(secure),
      require('http2').createServer(options),
      require('http2').createSecureServer(secure));
  }
  return servers;
}

async function testServers() {
  for (const [acceptedSocketOptions, expected] of lists) {
    for (const server of createServers({ ...named, acceptedSocketOptions }))
      assert.deepStrictEqual(await accepted(server), expected);
  }
  // The default of http, https and http2.
  const acceptedSocketOptions = [[IPPROTO_TCP, TCP_NODELAY, 0]];
  for (const server of createServers({ acceptedSocketOptions }))
    assert.strictEqual((await accepted(server))[0], false);
  for (const server of createServers({ noDelay: false }))
    assert.strictEqual((await accepted(server))[0], false);

  // Systems differ in what a connection inherits from the listening socket.
  if (!common.isLinux)
    return;
  const socketOptions = [
    [IPPROTO_TCP, TCP_NODELAY, 0], [IPPROTO_TCP, TCP_KEEPIDLE, 77],
    [IPPROTO_TCP, TCP_KEEPINTVL, 33], [IPPROTO_TCP, TCP_KEEPCNT, 4],
  ];
  const expected = [false, true, 77, 33, 4];
  for (const server of createServers(named))
    assert.deepStrictEqual(await accepted(server, { socketOptions }), expected);
  for (const server of createServers(named)) {
    assert.deepStrictEqual(await accepted(server, {}, () => {
      for (const option of socketOptions)
        server.setsockopt(...option);
    }), expected);
  }
  for (const bound of [new net.BoundSocket({ host, socketOptions }),
                       new net.BoundSocket({ host })]) {
    for (const option of socketOptions)
      bound.setsockopt(...option);
    assert.deepStrictEqual(
      await accepted(net.createServer(named), { handle: bound }), expected);
  }
  // It is forgotten with the listening socket.
  const server = net.createServer(named);
  assert.deepStrictEqual(await accepted(server, { socketOptions }), expected);
  assert.deepStrictEqual(await accepted(server), [true, true, 9, 2, 3]);

  // Where servers and connections can be moved to another thread, they take it
  // along.
  if (Object.getOwnPropertySymbols(net.Server.prototype)
    .every(({ description }) => description !== 'messaging_transfer_symbol')) {
    return;
  }
  const port = await listen(server, { socketOptions });
  const moved = structuredClone(server, { transfer: [server] });
  const client = net.connect(port, host);
  const connection = await once(moved, 'connection');
  assert.deepStrictEqual(values(connection), expected);
  const other = structuredClone(connection, { transfer: [connection] });
  other.setKeepAlive(true, 8000);
  assert.deepStrictEqual(values(other), [false, true, 8, 33, 4]);
  other.destroy();
  client.destroy();
  moved.close();
}

async function testClients(to, system) {
  for (const [socketOptions, expected] of lists) {
    const options = { ...to, ...named, socketOptions };
    assert.deepStrictEqual(await connected(net.connect(options)), expected);
    const { noDelay, ...keepAlive } = options;
    assert.deepStrictEqual(
      await connected(new net.Socket({ noDelay }).connect(keepAlive)), expected);

    // Before connect().
    const socket = new net.Socket(named);
    for (const option of socketOptions)
      socket.setsockopt(...option);
    assert.deepStrictEqual(await connected(socket.connect(to)), expected);

    // While the lookup is pending, and while the connection is.
    for (const lookup of [undefined, (name, { all }, callback) => {
      setImmediate(() => {
        if (all)
          callback(null, [{ address: host, family: 4 }]);
        else
          callback(null, host, 4);
      });
    }]) {
      const socket = net.connect({
        ...to, ...named, lookup, host: lookup ? 'name.invalid' : host,
      });
      for (const option of socketOptions)
        socket.setsockopt(...option);
      assert.deepStrictEqual(await connected(socket), expected);
    }

    // On a bound socket.
    for (const early of [undefined, socketOptions]) {
      const bound = new net.BoundSocket({ host, socketOptions: early });
      for (const option of early === undefined ? socketOptions : [])
        bound.setsockopt(...option);
      assert.deepStrictEqual(
        await connected(net.connect({ ...to, ...named, handle: bound })),
        expected);
    }
  }

  // Turned off.
  const off = [[SOL_SOCKET, SO_KEEPALIVE, 0]];
  assert.strictEqual(
    (await connected(net.connect({ ...to, ...named, socketOptions: off })))[1],
    false);

  // The last call counts, before connecting and after.
  const setsockopt = (socket) => socket
    .setsockopt(IPPROTO_TCP, TCP_NODELAY, 0)
    .setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 77)
    .setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 33)
    .setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 4);
  const setByName = (socket) => socket
    .setNoDelay(true)
    .setKeepAlive(true, 5000, 6000, 7);
  for (const [calls, expected] of [
    [[setByName, setsockopt], [false, true, 77, 33, 4]],
    [[setsockopt, setByName], [true, true, 5, 6, 7]],
    [[setByName, setsockopt, setByName], [true, true, 5, 6, 7]],
    [[setsockopt, (socket) => socket.setKeepAlive(true, 5000)],
     [false, true, 5, 33, 4]],
    [[setsockopt, (socket) => socket.setKeepAlive(true)],
     [false, true, 77, 33, 4]],
    [[setsockopt, (socket) => socket.setKeepAlive(true, 5000, undefined, 7)],
     [false, true, 5, 33, 7]],
    [[(socket) => socket.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 33),
      (socket) => socket.setKeepAlive(true, 5000)], [false, true, 5, 33, 10]],
    [[(socket) => socket.setKeepAlive(true, 5000, 3000, 4),
      (socket) => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0)],
     [false, false]],
    [[(socket) => socket.setKeepAlive(true, 5000, 3000, 4),
      (socket) => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, zero),
      (socket) => socket.setKeepAlive(true, 5000, 3000, 4)],
     [false, true, 5, 3, 4]],
    [[(socket) => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)],
     [false, true, ...system]],
    [[(socket) => socket.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 33),
      (socket) => socket.setKeepAlive(true)],
     [false, true, system[0], 33, system[2]]],
    [[(socket) => socket.setKeepAlive(true, 0, 0)], [false, true, ...system]],
  ]) {
    const early = new net.Socket();
    for (const call of calls)
      call(early);
    assert.deepStrictEqual((await connected(early.connect(to))).slice(0, expected.length),
                           expected);
    const connecting = net.connect(to);
    for (const call of calls)
      call(connecting);
    assert.deepStrictEqual((await connected(connecting)).slice(0, expected.length),
                           expected);
    const late = net.connect(to);
    await once(late, 'connect');
    for (const call of calls)
      call(late);
    assert.deepStrictEqual(values(late).slice(0, expected.length), expected);
    late.destroy();
  }
}

// Agents, with their own defaults of noDelay and keepAliveMsecs.
async function testAgents([interval, count]) {
  const answer = (request, response) => response.end();
  const modules = [[http, http.createServer(answer)]];
  if (common.hasCrypto) {
    const https = require('https');
    modules.push([https, https.createServer({ key, cert }, answer)]);
  }
  for (const [{ Agent, get }, server] of modules) {
    const port = await listen(server);
    // Some lines do not pass noDelay on to TLS.
    let noDelay;
    for (const [socketOptions] of lists) {
      const options = { keepAlive: true, socketOptions, maxSockets: 1 };
      const named = (optname) =>
        socketOptions.findLast(([, name]) => name === optname)?.[2];
      const expected = [
        named(TCP_NODELAY) === undefined ? noDelay : named(TCP_NODELAY) === 1,
        true,
        named(TCP_KEEPIDLE) ?? 1,
        // These defaults come along with the delay.
        named(TCP_KEEPINTVL) ?? (named(TCP_KEEPIDLE) ? interval : 1),
        named(TCP_KEEPCNT) ?? (named(TCP_KEEPIDLE) ? count : 10),
      ];
      const agent = new Agent(options);
      // Used, idle, and used again.
      for (let i = 0; i < 2; i++) {
        const request = get({ port, host, agent, rejectUnauthorized: false });
        const response = await once(request, 'response');
        const { socket } = response;
        expected[0] ??= noDelay = hasNoDelay(socket);
        assert.strictEqual(request.reusedSocket, i === 1);
        assert.deepStrictEqual(values(socket), expected);
        response.resume();
        await once(response, 'end');
        await new Promise(setImmediate);
        assert.deepStrictEqual(values(socket), expected);
      }
      agent.destroy();
    }
    server.close();
  }
}

// Sockets that do not have these options treat them as any other.
{
  const socket = require('dgram').createSocket('udp4');
  socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 0);
  socket.close();
  const pipe = new net.Socket();
  pipe.setsockopt(IPPROTO_TCP, TCP_NODELAY, 0);
  pipe.on('error', common.mustCall());
  pipe.connect(common.PIPE);
  if (common.isLinux) {
    assert.throws(() => pipe.setsockopt(IPPROTO_TCP, TCP_NODELAY, 0),
                  { code: 'ENOTSUP', syscall: 'setsockopt' });
  }
}

// Programs may change the prototype of arrays.
async function testIteration() {
  const server = net.createServer();
  const port = await listen(server);
  server.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  const iterator = Object.getOwnPropertyDescriptor(Array.prototype, Symbol.iterator);
  delete Array.prototype[Symbol.iterator];
  const client = net.connect(port, host);
  server.on('connection', () => Object.defineProperty(Array.prototype, Symbol.iterator, iterator));
  const connection = await once(server, 'connection');
  assert(hasNoDelay(connection));
  connection.destroy();
  client.destroy();
  server.close();
}

async function main() {
  await testIteration();
  await testServers();
  const server = net.createServer((connection) => {
    connection.on('error', () => {});
    connection.resume();
  });
  const to = { port: await listen(server), host };
  const [, , ...system] = await connected(net.connect(to));
  await testClients(to, system);
  server.close();
  await testAgents(system.slice(1));
}

main().then(common.mustCall());
