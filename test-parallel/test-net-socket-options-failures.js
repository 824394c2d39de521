'use strict';

// An option that fails in the middle of a list ends the attempt. The error
// tells which one it was, and no descriptors or paths are leaked, however often
// it fails.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF, TCP_NODELAY } =
  net.constants;

const host = '127.0.0.1';
const good = [SOL_SOCKET, SO_RCVBUF, 20_000];
const bad = [IPPROTO_TCP, 9999, 1];
const turn = () => new Promise((resolve) => setImmediate(resolve));
const count = () => common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
const thrown = (call) => {
  try {
    call();
  } catch (err) {
    return err;
  }
};

// Checks that an emitter emits a single error and nothing else.
const never = common.mustNotCall('emitted more than an error');
function failed(emitter) {
  for (const event of ['connect', 'ready', 'listening', 'connection'])
    emitter.on(event, never);
  return new Promise((resolve) => {
    emitter.once('error', (err) => {
      emitter.on('error', never);
      resolve(err);
    });
  });
}

async function connectFails(options) {
  const socket = net.connect(options);
  const err = await failed(socket);
  assert.strictEqual(socket.destroyed, true);
  if (!socket.closed) {
    const [hadError] = await once(socket, 'close');
    assert.strictEqual(hadError, true);
  }
  return err;
}

async function listenFails(options) {
  const server = net.createServer().listen(options);
  const err = await failed(server);
  assert.strictEqual(server.listening, false);
  if (options.path === undefined)
    assert.strictEqual(server.address(), null);
  return err;
}

// Makes connect() try each of the addresses.
const lookup = (addresses) => (name, options, callback) =>
  callback(null, addresses.map((address) => ({ address, family: net.isIP(address) })));
const several = (...addresses) => ({
  host: 'name.invalid',
  autoSelectFamily: true,
  lookup: lookup(addresses),
});

const server = net.createServer(common.mustNotCall());
let port;

// Each function makes one attempt with the list, and returns the error.
const entries = {
  'BoundSocket': (socketOptions) =>
    thrown(() => new net.BoundSocket({ host, socketOptions })),
  'connect': (socketOptions) => connectFails({ host, port, socketOptions }),
  'connect, localAddress': (socketOptions) =>
    connectFails({ host, port, localAddress: host, socketOptions }),
  'connect, one address': (socketOptions) =>
    connectFails({ ...several(host), port, socketOptions }),
  'connect, several addresses': async (socketOptions) => {
    const err = await connectFails({
      ...several(host, '127.0.0.2', '127.0.0.3'), port, socketOptions,
    });
    assert.strictEqual(err.constructor, AggregateError);
    assert.strictEqual(err.errors.length, 3);
    assert.strictEqual(err.code, err.errors[0].code);
    assert.strictEqual(err.errors[1].index, err.errors[0].index);
    return err.errors[2];
  },
  'connect, BoundSocket': (socketOptions) =>
    connectFails({ host, port, handle: new net.BoundSocket({ host }), socketOptions }),
  'listen': (socketOptions) => listenFails({ host, port: 0, socketOptions }),
  'listen, any address': (socketOptions) => listenFails({ port: 0, socketOptions }),
  'listen, BoundSocket': (socketOptions) =>
    listenFails({ handle: new net.BoundSocket({ host }), socketOptions }),
};

const file = path.relative(process.cwd(), tmpdir.resolve('s'));
if (!common.isWindows) {
  Object.assign(entries, {
    'BoundSocket, path': (socketOptions) =>
      thrown(() => new net.BoundSocket({ path: file, socketOptions })),
    'connect, path': (socketOptions) => connectFails({ path: file, socketOptions }),
    'listen, path': (socketOptions) => listenFails({ path: file, socketOptions }),
  });
}

function check(err, { code, index, level, optname, names }) {
  assert.ok(err instanceof Error, util.inspect(err));
  assert.strictEqual(err.name, 'Error');
  assert.strictEqual(err.syscall, 'setsockopt', err.stack);
  if (code !== undefined)
    assert.strictEqual(err.code, code, err.stack);
  assert.strictEqual(util.getSystemErrorName(err.errno), err.code);
  assert.deepStrictEqual(
    { index: err.index, level: err.level, optname: err.optname },
    { index, level, optname });
  assert.strictEqual(
    err.message, `setsockopt ${err.code} socketOptions[${index}] (${names})`);
}

// The number of attempts, which takes a second or less, and the time after
// which a slower machine has done enough of them.
const times = 10_000;
const enough = common.platformTimeout(6_000);
// The number of parallel attempts, unless they are synchronous.
const together = 100;

async function main() {
  server.listen(0, host);
  await once(server, 'listening');
  ({ port } = server.address());

  for (const [entry, attempt] of Object.entries(entries)) {
    const isPipe = entry.endsWith('path');

    // What the error reports for various options.
    for (const [list, expected] of [
      [[good, bad, good], {
        // For sockets other than TCP, the error for an unknown TCP option
        // varies.
        code: isPipe ? undefined : 'ENOPROTOOPT',
        index: 1,
        level: IPPROTO_TCP,
        optname: 9999,
        names: 'IPPROTO_TCP, 9999',
      }],
      [[bad], {
        index: 0,
        level: IPPROTO_TCP,
        optname: 9999,
        names: 'IPPROTO_TCP, 9999',
      }],
      // The first failure is reported.
      [[good, good, [SOL_SOCKET, 9998, 'text'], bad], {
        index: 2,
        level: SOL_SOCKET,
        optname: 9998,
        names: 'SOL_SOCKET, 9998',
      }],
      [[good, [12345, -6, Buffer.alloc(4)]], {
        index: 1,
        level: 12345,
        optname: -6,
        names: '12345, -6',
      }],
      [[good, [SOL_SOCKET, SO_LINGER, Buffer.alloc(1)]], {
        index: 1,
        level: SOL_SOCKET,
        optname: SO_LINGER,
        names: 'SOL_SOCKET, SO_LINGER',
      }],
      // Numbers that have a different meaning at another level.
      ...(isPipe ? [] : [[[[IPPROTO_TCP, TCP_NODELAY, Buffer.alloc(1)]], {
        index: 0,
        level: IPPROTO_TCP,
        optname: TCP_NODELAY,
        names: 'IPPROTO_TCP, TCP_NODELAY',
      }]]),
      [[good, [SOL_SOCKET, SO_KEEPALIVE, Buffer.alloc(1)]], {
        code: common.isWindows ? undefined : 'EINVAL',
        index: 1,
        level: SOL_SOCKET,
        optname: SO_KEEPALIVE,
        names: 'SOL_SOCKET, SO_KEEPALIVE',
      }],
    ]) {
      check(await attempt(list), expected);
    }
    // A value that holds pointers, which setsockopt() refuses as well.
    if (common.isLinux) {
      const SO_ATTACH_FILTER = 26;
      const err = await attempt([good, [SOL_SOCKET, SO_ATTACH_FILTER, Buffer.alloc(16)]]);
      assert.strictEqual(err.code, 'ERR_SOCKET_OPTION_REFUSED');
      assert.match(err.message, /'options\.socketOptions\[1\]\[1\]'/);
      assert.deepStrictEqual(
        { index: err.index, level: err.level, optname: err.optname },
        { index: 1, level: SOL_SOCKET, optname: SO_ATTACH_FILTER });
    }

    if (!common.isLinux)
      continue;
    await turn();
    const before = count();
    const end = Date.now() + enough;
    for (let done = 0; done < times && Date.now() < end;) {
      const attempts = [];
      for (let i = 0; i < together; i++, done++)
        attempts.push(attempt([good, bad, good]));
      for (const err of await Promise.all(attempts)) {
        if (err.index !== 1 || err.level !== IPPROTO_TCP || err.optname !== 9999)
          assert.fail(`${entry}: ${err.stack}`);
      }
      await turn();
      if (done % 1000 === 0)
        assert.strictEqual(count(), before, `${entry}: ${done}`);
    }
    await turn();
    assert.strictEqual(count(), before, entry);
    assert.deepStrictEqual(fs.readdirSync(tmpdir.path), [], entry);
  }

  // An invalid list is refused immediately, and the bound socket stays where it
  // was.
  await turn();
  const before = count();
  for (let i = 0; i < 20; i++) {
    const handle = new net.BoundSocket({ host });
    assert.throws(() => net.connect({ host, port, handle, socketOptions: 1 }),
                  { code: 'ERR_INVALID_ARG_TYPE' });
    handle.close();
  }
  await turn();
  assert.strictEqual(count(), before);

  server.close();
}

main().then(common.mustCall());
