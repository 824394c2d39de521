'use strict';

// Uses `using` if the language supports it, and its equivalent otherwise.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

assert.strictEqual(typeof Symbol.dispose, 'symbol');
assert.strictEqual(typeof net.BoundSocket.prototype[Symbol.dispose],
                   'function');

function parses(source) {
  try {
    return new Function(source);
  } catch (err) {
    assert.ok(err instanceof SyntaxError);
  }
}

// Binds, runs the body with the handle, and disposes of the handle.
const scope =
  parses('{ using bound = null; }') ?
    new Function('make', 'body', '{ using bound = make(); body(bound); }') :
    (make, body) => {
      const bound = make();
      const dispose = bound[Symbol.dispose];
      try {
        body(bound);
      } finally {
        dispose.call(bound);
      }
    };

const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };
const tcp = () => new net.BoundSocket({ host: '127.0.0.1' });
const pipe = () => new net.BoundSocket({ path: common.PIPE });
const count = () =>
  common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
// The first socket may open descriptors that stay open.
tcp().close();
const before = count();

for (const make of [tcp, pipe]) {
  // The handle is closed at the end of the scope.
  let kept;
  scope(make, (bound) => {
    kept = bound;
    assert.ok(bound.address());
  });
  assert.throws(() => kept.address(), gone);
  assert.throws(() => kept.close(), gone);
  kept[Symbol.dispose]();
  kept[Symbol.dispose]();

  // It is also closed by an error, which is propagated unchanged.
  const mine = new Error('mine');
  assert.throws(() => scope(make, (bound) => {
    kept = bound;
    throw mine;
  }), (err) => err === mine);
  assert.throws(() => kept.address(), gone);

  // The program may already have closed it.
  scope(make, (bound) => {
    kept = bound;
    bound.close();
  });
  assert.throws(() => kept.address(), gone);
}

// The port or path is free again.
{
  let port;
  scope(tcp, (bound) => ({ port } = bound.address()));
  new net.BoundSocket({ host: '127.0.0.1', port }).close();
}
if (!common.isWindows)
  assert.strictEqual(fs.existsSync(common.PIPE), false);

// If the constructor throws, there is nothing to dispose of.
assert.throws(() => scope(() => new net.BoundSocket({ host: 'localhost' }),
                          common.mustNotCall()),
              { code: 'ERR_INVALID_ARG_VALUE' });

setImmediate(common.mustCall(() => {
  assert.strictEqual(count(), before);

  // A handle that was adopted stays open.
  const server = net.createServer(common.mustCall((connection) => {
    connection.end();
    server.close();
  }));
  let socket;
  scope(tcp, (bound) => {
    const { port } = bound.address();
    server.listen(bound);
    scope(tcp, (source) => {
      const local = source.address().port;
      socket = net.connect({ handle: source, host: '127.0.0.1', port });
      assert.strictEqual(socket.localPort, local);
    });
  });
  assert.strictEqual(server.listening, true);
  assert.strictEqual(socket.destroyed, false);
  socket.on('connect', common.mustCall()).resume();

  if (!common.isWindows) {
    const named = net.createServer();
    scope(pipe, (bound) => named.listen(bound));
    assert.ok(fs.existsSync(common.PIPE));
    named.close();
  }
}));
