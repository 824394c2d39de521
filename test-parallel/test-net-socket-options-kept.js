'use strict';

// Options that setsockopt() sets on a socket without a descriptor are recorded
// and set once there is one.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const {
  IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, IP_TTL, SO_KEEPALIVE, SO_LINGER,
  SO_RCVBUF, SO_SNDBUF, TCP_NODELAY,
} = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const noSocket = { code: 'ERR_INVALID_STATE', name: 'Error' };
const closed = { code: 'ERR_SOCKET_CLOSED', name: 'Error' };
const buffer = (socket) => socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor;
const ttl = (socket) => socket.getsockopt(IPPROTO_IP, IP_TTL);

// Only options that were kept can be read.
function unreadable(socket, expected = noSocket) {
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE), expected);
  assert.throws(() => socket.getsockopt(SOL_SOCKET, SO_LINGER, 8), expected);
}

// The call itself still checks the arguments.
function checksArguments(socket) {
  for (const [level, optname, value, code] of [
    [undefined, SO_RCVBUF, 1, 'ERR_INVALID_ARG_TYPE'],
    [SOL_SOCKET, undefined, 1, 'ERR_INVALID_ARG_TYPE'],
    [SOL_SOCKET, SO_RCVBUF, undefined, 'ERR_INVALID_ARG_TYPE'],
    [SOL_SOCKET, SO_RCVBUF, {}, 'ERR_INVALID_ARG_TYPE'],
    [SOL_SOCKET, SO_RCVBUF, 0.5, 'ERR_OUT_OF_RANGE'],
    [SOL_SOCKET, 2 ** 31, 1, 'ERR_OUT_OF_RANGE'],
    [SOL_SOCKET, SO_RCVBUF, 'a\0', 'ERR_INVALID_ARG_VALUE'],
  ]) {
    assert.throws(() => socket.setsockopt(level, optname, value), (err) => {
      assert.strictEqual(err.code, code, err.stack);
      // The error does not refer to a list.
      assert.doesNotMatch(err.message, /socketOptions/);
      return true;
    });
  }
}

// Returns a lookup function that waits until found() is called.
function slowLookup(...addresses) {
  let found;
  const asked = new Promise((resolve) => found = resolve);
  return {
    async lookup(name, options, callback) {
      await asked;
      if (options.all)
        callback(null, addresses.map((address) => ({ address, family: 4 })));
      else
        callback(null, addresses[0], 4);
    },
    found,
  };
}

async function done(socket) {
  socket.destroy();
  if (!socket.closed)
    await once(socket, 'close');
  unreadable(socket, closed);
  assert.throws(() => socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 1), closed);
}

const tests = {
  async 'before connect()'(port) {
    const socket = new net.Socket();
    unreadable(socket);
    checksArguments(socket);
    // The last call wins, and options can be repeated.
    assert.strictEqual(socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 50_000), socket);
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    unreadable(socket);
    socket.connect(port, host);
    await once(socket, 'connect');
    assert.strictEqual(buffer(socket), 20_000);
    assert.notStrictEqual(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    await done(socket);
  },

  async 'very many'(port) {
    const socketOptions = Array.from({ length: 50_000 }, (_, n) => [IPPROTO_IP, IP_TTL, 1 + n % 64]);
    const socket = net.connect({ port, host, socketOptions });
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    await once(socket, 'connect');
    assert.strictEqual(ttl(socket), 1 + 49_999 % 64);
    assert.strictEqual(buffer(socket), 20_000);
    await done(socket);
  },

  async 'after connect() in the same turn'(port) {
    const socket = net.connect(port, host).setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    await once(socket, 'connect');
    assert.strictEqual(buffer(socket), 20_000);
    await done(socket);
  },

  async 'while the host is looked up'(port) {
    for (const autoSelectFamily of [false, true]) {
      const { lookup, found } = slowLookup(host, '127.0.0.2');
      const socket = new net.Socket();
      socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
      socket.setsockopt(IPPROTO_IP, IP_TTL, 41);
      socket.connect({
        host: 'name.invalid',
        port,
        autoSelectFamily,
        lookup,
        socketOptions: [[SOL_SOCKET, SO_SNDBUF, 30_000], [IPPROTO_IP, IP_TTL, 40]],
      });
      assert.strictEqual(socket.connecting, true);
      unreadable(socket);
      checksArguments(socket);
      await new Promise((resolve) => setImmediate(resolve));
      unreadable(socket);
      assert.strictEqual(socket.setsockopt(IPPROTO_IP, IP_TTL, 42), socket);
      found();
      await once(socket, 'connect');
      // Options from the list are set first, followed by the calls in order.
      assert.strictEqual(ttl(socket), 42);
      assert.strictEqual(buffer(socket), 20_000);
      assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF) / factor, 30_000);
      await done(socket);
    }
  },

  async 'each address'(port) {
    if (!common.isLinux)
      return;
    // Nobody listens on the first two addresses.
    const { lookup, found } = slowLookup('127.0.0.2', '127.0.0.3', host);
    const socket = net.connect({
      host: 'name.invalid',
      port,
      autoSelectFamily: true,
      lookup,
    });
    const attempts = [];
    socket.on('connectionAttempt', (ip) => attempts.push(ip));
    socket.setsockopt(IPPROTO_IP, IP_TTL, 43);
    found();
    await once(socket, 'connect');
    assert.strictEqual(attempts.length, 3);
    assert.strictEqual(ttl(socket), 43);
    await done(socket);
  },

  async 'values are copied'(port) {
    const { lookup, found } = slowLookup(host);
    const bytes = new Int32Array([20_000]);
    const views = new Int32Array([7, 30_000]);
    const socket = new net.Socket();
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, bytes);
    socket.connect({ host: 'name.invalid', port, lookup, autoSelectFamily: false });
    socket.setsockopt(SOL_SOCKET, SO_SNDBUF, new DataView(views.buffer, 4, 4));
    bytes[0] = 60_000;
    views.fill(0);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    found();
    await once(socket, 'connect');
    assert.strictEqual(buffer(socket), 20_000);
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF) / factor, 30_000);
    await done(socket);
  },

  async 'a path'() {
    if (common.isWindows)
      return;
    const server = net.createServer().listen(common.PIPE);
    await once(server, 'listening');
    const socket = new net.Socket();
    socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000);
    socket.connect(common.PIPE);
    await once(socket, 'connect');
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_SNDBUF) / factor, 20_000);
    await done(socket);
    server.close();
  },

  // Options are recorded for every connection of the socket; those set while it
  // is connected only apply to that connection.
  async 'connecting again'(port) {
    const socket = new net.Socket();
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    const usual = new net.BoundSocket({ host });
    const usualTtl = usual.getsockopt(IPPROTO_IP, IP_TTL);
    usual.close();
    for (let i = 0; i < 3; i++) {
      socket.connect({
        host,
        port,
        // Only in the second round.
        socketOptions: i === 1 ? [[IPPROTO_TCP, TCP_NODELAY, 1]] : undefined,
      });
      await once(socket, 'connect');
      assert.strictEqual(buffer(socket), 20_000);
      assert.strictEqual(ttl(socket), usualTtl);
      assert.strictEqual(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0, i === 1);
      socket.setsockopt(IPPROTO_IP, IP_TTL, 45);
      await done(socket);
    }
  },

  // Options recorded for a failed attempt also apply to the next one.
  async 'connecting again after an error'(port) {
    const free = new net.BoundSocket({ host });
    const socket = new net.Socket();
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    socket.connect(free.address().port, host);
    await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
    free.close();
    if (!socket.closed)
      await once(socket, 'close');
    socket.connect(port, host);
    await once(socket, 'connect');
    assert.strictEqual(buffer(socket), 20_000);
    await done(socket);
  },

  async 'an error'(port) {
    const count = () => common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
    const before = count();
    for (const options of [{ host, port }, { host, port, localAddress: host },
                           { host: 'name.invalid',
                             port,
                             autoSelectFamily: true,
                             lookup: (name, options, callback) => {
                               callback(null, [{ address: host, family: 4 }]);
                             } }]) {
      const socket = new net.Socket();
      socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
      socket.setsockopt(IPPROTO_TCP, 9999, 1);
      socket.connect({
        ...options,
        socketOptions: [[SOL_SOCKET, SO_KEEPALIVE, 1]],
      });
      socket.on('connect', common.mustNotCall());
      await assert.rejects(once(socket, 'ready'), (err) => {
        assert.strictEqual(err.code, 'ENOPROTOOPT', err.stack);
        assert.strictEqual(err.syscall, 'setsockopt');
        assert.strictEqual(err.index, undefined);
        assert.strictEqual(err.level, IPPROTO_TCP);
        assert.strictEqual(err.optname, 9999);
        assert.match(err.message, /^setsockopt ENOPROTOOPT setsockopt\(\) \(IPPROTO_TCP, 9999\)$/);
        return true;
      });
      await done(socket);
      // The failed option was reported, and does not affect the next attempt.
      socket.removeAllListeners('connect');
      socket.connect(options);
      await once(socket, 'connect');
      assert.strictEqual(buffer(socket), 20_000);
      await done(socket);
    }
    // The server closes its ends of the connections later.
    for (let i = 0; i < 100 && count() > before; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(count() <= before);
  },

  // The recorded options apply to each address that is tried.
  async 'an error of each address'(port) {
    const { lookup, found } = slowLookup('127.0.0.2', host);
    const socket = net.connect({
      host: 'name.invalid',
      port,
      autoSelectFamily: true,
      lookup,
    });
    socket.setsockopt(IPPROTO_TCP, 9999, 1);
    found();
    await assert.rejects(once(socket, 'connect'), ({ code, errors }) => {
      assert.strictEqual(code, 'ENOPROTOOPT');
      assert.deepStrictEqual(errors.map(({ syscall, optname }) => [syscall, optname]),
                             [['setsockopt', 9999], ['setsockopt', 9999]]);
      return true;
    });
    await done(socket);
  },

  // A value that holds pointers, which setsockopt() refuses as well, either
  // immediately or when it would be set.
  async 'an error that is not of the system'(port) {
    if (!common.isLinux)
      return;
    const SO_ATTACH_FILTER = 26;
    for (const make of [() => net.connect(port, host), () => new net.Socket()]) {
      const socket = make();
      await assert.rejects(async () => {
        socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, Buffer.alloc(16));
        if (!socket.connecting)
          socket.connect(port, host);
        await once(socket, 'connect');
      }, { code: 'ERR_SOCKET_OPTION_REFUSED', message: /'optname'/ });
      await done(socket);
    }
  },

  async 'a socket that is never connected'() {
    const socket = new net.Socket();
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    await done(socket);
  },

  // Such a socket has a descriptor from the start.
  async 'a socket that adopted a BoundSocket'(port) {
    const socket = new net.Socket({ handle: new net.BoundSocket({ host }) });
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
    assert.strictEqual(buffer(socket), 20_000);
    assert.throws(() => socket.setsockopt(IPPROTO_TCP, 9999, 1),
                  { code: 'ENOPROTOOPT' });
    socket.connect(port, host);
    await once(socket, 'connect');
    assert.strictEqual(buffer(socket), 20_000);
    await done(socket);
  },

  // Servers do not record options.
  async 'servers'() {
    const server = net.createServer();
    assert.throws(() => server.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000),
                  { code: 'ERR_SERVER_NOT_RUNNING' });
  },
};

async function main() {
  const server = net.createServer((connection) => {
    connection.resume().on('error', () => {});
  });
  server.listen(0, host);
  await once(server, 'listening');
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(server.address().port);
    } catch (err) {
      err.message = `${name}: ${err.message}`;
      throw err;
    }
  }
  server.close();
}

main().then(common.mustCall());
