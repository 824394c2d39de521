'use strict';

// A handle that was closed or adopted cannot be used anymore.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED', name: 'Error' };
const tcp = () => used(new net.BoundSocket({ host: '127.0.0.1' }));
const pipe = () => used(new net.BoundSocket({ path: common.PIPE }));

// The handle works first, so that later failures are due to its state.
function used(bound) {
  assert.ok(bound.address());
  assert.ok(common.isWindows ? bound.fd() === -1 : bound.fd() > 2);
  return bound;
}

// Neither its methods work, nor can anything adopt it.
function consumed(bound, isPipe) {
  for (let i = 0; i < 2; i++) {
    assert.throws(() => bound.address(), gone);
    assert.throws(() => bound.fd(), gone);
    assert.throws(() => bound.close(), gone);
    if (Symbol.dispose)
      assert.strictEqual(bound[Symbol.dispose](), undefined);
    assert.strictEqual(bound.isPipe, isPipe);
  }
  const server = net.createServer();
  server.on('error', common.mustNotCall());
  server.on('listening', common.mustNotCall());
  assert.throws(() => server.listen(bound), gone);
  assert.throws(() => server.listen(bound, 5), gone);
  assert.throws(() => server.listen(bound, common.mustNotCall()), gone);
  assert.throws(() => server.listen({ handle: bound }), gone);
  assert.throws(() => http.createServer().listen(bound), gone);
  assert.strictEqual(server.listening, false);
  assert.throws(() => new net.Socket({ handle: bound }), gone);
  const target = { handle: bound, host: '127.0.0.1', port: 1 };
  assert.throws(() => net.connect(target), gone);
  assert.throws(() => net.createConnection(target), gone);
  if (isPipe)
    assert.throws(() => net.connect({ handle: bound, path: 'x' }), gone);
}

const adopters = [
  (bound) => net.createServer().listen(bound),
  (bound) => net.createServer().listen(bound, 1),
  (bound) => net.createServer().listen({ handle: bound }),
  (bound) => http.createServer().listen(bound),
];

for (const [make, isPipe] of [[tcp, false], [pipe, true]]) {
  // Closed.
  {
    const bound = make();
    assert.strictEqual(bound.isPipe, isPipe);
    assert.strictEqual(bound.close(), undefined);
    consumed(bound, isPipe);
  }
  // Disposed of.
  if (Symbol.dispose) {
    const bound = make();
    assert.strictEqual(bound[Symbol.dispose](), undefined);
    consumed(bound, isPipe);
  }
}

// Adopted by a server, from the time that listen() returns until after the
// server is closed.
for (const adopt of adopters) {
  const bound = tcp();
  const expected = bound.address();
  const server = adopt(bound);
  consumed(bound, false);
  assert.deepStrictEqual(server.address(), expected);
  server.on('listening', common.mustCall(() => {
    consumed(bound, false);
    assert.deepStrictEqual(server.address(), expected);
    server.close(common.mustCall(() => consumed(bound, false)));
  }));
}
{
  const bound = pipe();
  const server = adopters[0](bound);
  consumed(bound, true);
  server.on('listening', common.mustCall(() => {
    consumed(bound, true);
    server.close(common.mustCall(() => consumed(bound, true)));
  }));
}

// Adopting the handle is sufficient, even if the socket never connects.
{
  const bound = tcp();
  const socket = new net.Socket({ handle: bound });
  consumed(bound, false);
  assert.strictEqual(socket.destroyed, false);
  socket.on('close', common.mustCall(() => consumed(bound, false)));
  socket.destroy();
}

// A server that is already listening does not adopt a handle.
{
  const server = net.createServer();
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const bound = tcp();
    const refused = { code: 'ERR_SERVER_ALREADY_LISTEN' };
    assert.throws(() => server.listen(bound), refused);
    assert.throws(() => server.listen({ handle: bound }), refused);
    assert.ok(bound.address().port > 0);
    bound.close();
    server.close();
  }));
}

// A failed attempt with a handle that was closed leaves the server usable.
{
  const server = net.createServer();
  const closed = tcp();
  closed.close();
  assert.throws(() => server.listen(closed), gone);
  const bound = tcp();
  const { port } = bound.address();
  server.listen(bound, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    server.close();
  }));
}
