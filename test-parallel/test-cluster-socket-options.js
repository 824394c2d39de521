'use strict';

// In a cluster worker, a socket that the primary creates or that is shared with
// other workers cannot be given options. The worker's own sockets can.

const common = require('../common');
const assert = require('assert');
const cluster = require('cluster');
const dgram = require('dgram');
const net = require('net');
const tmpdir = require('../common/tmpdir');
const { once } = require('events');

const { SOL_SOCKET, SO_RCVBUF, SO_SNDBUF } = net.constants;

const host = '127.0.0.1';
// The error says what is, for sockets of any kind, and how to go on.
const shared = {
  code: 'ERR_SOCKET_HANDLE_SHARED',
  name: 'Error',
  message: /^The socket is held by the cluster primary process.*`exclusive: true`/,
};
const factor = common.isLinux ? 2 : 1;

if (cluster.isPrimary) {
  // Run the policies one after the other, because the policy is read at the
  // first fork().
  if (process.argv[2] === undefined) {
    const { fork } = require('child_process');
    tmpdir.refresh();
    for (const policy of ['rr', 'none']) {
      fork(__filename, [policy]).on('exit', common.mustCall((code) => {
        assert.strictEqual(code, 0, policy);
      }));
    }
    return;
  }
  cluster.schedulingPolicy = process.argv[2] === 'rr' ? cluster.SCHED_RR :
    cluster.SCHED_NONE;
  cluster.setupPrimary({ args: [] });
  cluster.fork().on('exit', common.mustCall((code) => assert.strictEqual(code, 0)));
  return;
}

const socketOptions = [[SOL_SOCKET, SO_RCVBUF, 20_000]];
const acceptedSocketOptions = [[SOL_SOCKET, SO_SNDBUF, 20_000]];

function has(object, optname = SO_RCVBUF) {
  assert.strictEqual(object.getsockopt(SOL_SOCKET, optname), 20_000 * factor);
}

async function servers() {
  // Shared sockets.
  const server = net.createServer({ acceptedSocketOptions });
  for (const options of [{ host, port: 0 }, { port: 0 }, { path: common.PIPE },
                         { host, port: 0, exclusive: false }]) {
    assert.throws(() => server.listen({ ...options, socketOptions }), shared);
    assert.strictEqual(server.listening, false);
  }
  // Invalid options are reported first.
  assert.throws(() => server.listen({ host, port: 0, socketOptions: 3 }),
                { code: 'ERR_INVALID_ARG_TYPE' });

  // Accepted connections belong to the worker, even if another process accepted
  // them.
  server.listen({ host, port: 0 });
  await once(server, 'listening');
  const connection = once(server, 'connection');
  const client = net.connect({ host, port: server.address().port, socketOptions });
  const [accepted] = await connection;
  has(accepted, SO_SNDBUF);
  has(client);
  accepted.end();
  client.end();
  await once(client.resume(), 'close');
  server.close();
  await once(server, 'close');

  // If setting options on them fails, it is still reported.
  {
    const server = net.createServer({
      acceptedSocketOptions: [[SOL_SOCKET, 9999, 1]],
    });
    server.on('connection', common.mustNotCall());
    server.listen({ host, port: 0 });
    await once(server, 'listening');
    const drop = once(server, 'drop');
    const client = net.connect(server.address().port, host);
    client.on('error', () => {});
    const [{ error }] = await drop;
    assert.strictEqual(error.code, 'ENOPROTOOPT');
    assert.strictEqual(error.index, 0);
    if (!client.closed)
      await once(client.resume(), 'close');
    server.close();
    await once(server, 'close');
  }

  // Sockets of the worker itself.
  const own = [{ host, port: 0, exclusive: true },
               { host, port: 0, exclusive: true, backlog: 5 },
               { handle: new net.BoundSocket({ host, socketOptions: [] }) },
               { handle: new net.BoundSocket({ host }), exclusive: false }];
  if (!common.isWindows)
    own.push({ path: common.PIPE, exclusive: true });
  for (const options of own) {
    const server = net.createServer();
    server.listen({ ...options, socketOptions });
    await once(server, 'listening');
    has(server);
    server.close();
    await once(server, 'close');
  }
  // If reusePort makes the socket the worker's own, the options are set. If
  // reusePort is not supported, the options must not be silently ignored.
  if (common.isLinux) {
    const server = net.createServer();
    try {
      server.listen({ host, port: 0, reusePort: true, socketOptions });
      await once(server, 'listening');
      has(server);
    } catch (err) {
      assert.strictEqual(err.code, shared.code);
      // Of the supported lines, only v20.x lacks reusePort.
      assert.match(process.version, /^v20\./);
    }
    server.close();
  }
  const bound = new net.BoundSocket({ host, socketOptions });
  has(bound);
  bound.close();
}

async function datagrams() {
  const create = () => dgram.createSocket({ type: 'udp4', socketOptions });
  for (const options of [{ port: 0, address: host },
                         { port: 0, address: host, exclusive: false }]) {
    const socket = create();
    socket.on('listening', common.mustNotCall());
    const error = once(socket, 'error');
    socket.bind(options);
    const [{ code, message }] = await error;
    assert.strictEqual(code, shared.code);
    assert.match(message, shared.message);
    // What it says works.
    const listening = new Promise((resolve) => socket.removeAllListeners('listening').once('listening', resolve));
    socket.bind({ ...options, exclusive: true });
    await listening;
    has(socket);
    socket.close();
  }
  // Recorded calls require a socket of the worker itself as well.
  {
    const socket = dgram.createSocket('udp4').setsockopt(...socketOptions[0]);
    const error = once(socket, 'error');
    socket.bind(0, host);
    const [{ code, message }] = await error;
    assert.strictEqual(code, shared.code);
    assert.match(message, shared.message);
    socket.close();
  }
  for (const bind of [
    (socket) => socket.bind({ port: 0, address: host, exclusive: true }),
    (socket) => socket.bindSync({ address: host }),
    (socket) => socket.connectSync(9, host),
    (socket) => socket.connect(9, host),
    (socket) => socket.send('text', 9, host),
  ]) {
    const socket = create();
    const listening = once(socket, 'listening');
    bind(socket);
    await listening;
    has(socket);
    socket.close();
  }
}

(async () => {
  await servers();
  await datagrams();
  process.disconnect();
})().then(common.mustCall());
