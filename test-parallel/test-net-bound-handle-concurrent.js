'use strict';

// Two handles can be bound to the same port until one of them listens.

const common = require('../common');
const assert = require('assert');
const net = require('net');

if (common.isWindows)
  common.skip('bind() is exclusive in another way');

function two() {
  const first = new net.BoundSocket({ host: '127.0.0.1' });
  const { port } = first.address();
  let second;
  try {
    second = new net.BoundSocket({ host: '127.0.0.1', port });
  } catch (err) {
    // This is how other systems behave.
    first.close();
    assert.strictEqual(err.code, 'EADDRINUSE');
    assert.ok(!common.isLinux);
    common.skip('no two sockets bind one port here');
  }
  assert.strictEqual(second.address().port, port);
  return { first, second, port };
}

function loses(server, port, winner) {
  server.on('listening', common.mustNotCall());
  server.on('connection', common.mustNotCall());
  server.on('error', common.mustCall((err) => {
    assert.strictEqual(err.code, 'EADDRINUSE');
    assert.strictEqual(err.syscall, 'listen');
    assert.strictEqual(server.listening, false);
    assert.strictEqual(winner.listening, true);
    assert.strictEqual(winner.address().port, port);
    setImmediate(common.mustCall(() => {
      assert.strictEqual(server.address(), null);

      // The winner still receives connections.
      winner.on('connection', common.mustCall((connection) => {
        connection.end();
        winner.close();
      }));
      net.connect(port, '127.0.0.1').resume();
    }));
  }));
}

// In the same tick.
{
  const { first, second, port } = two();
  const winner = net.createServer().listen(first);
  const loser = net.createServer();
  loses(loser, port, winner);
  // The error is not thrown.
  assert.strictEqual(loser.listen(second), loser);
  assert.throws(() => second.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
}

// After the first one emitted 'listening'. The order of bind() does not matter.
{
  const { first, second, port } = two();
  const winner = net.createServer();
  winner.listen(second, common.mustCall(() => {
    assert.throws(() => new net.BoundSocket({ host: '127.0.0.1', port }),
                  { code: 'EADDRINUSE', syscall: 'bind' });
    const loser = net.createServer();
    loses(loser, port, winner);
    loser.listen({ handle: first }, common.mustNotCall());
  }));
}

// The loser can try again with another handle.
{
  const { first, second } = two();
  const winner = net.createServer().listen(first);
  const server = net.createServer();
  server.once('error', common.mustCall((err) => {
    assert.strictEqual(err.code, 'EADDRINUSE');
    setImmediate(common.mustCall(() => {
      const third = new net.BoundSocket({ host: '127.0.0.1' });
      const { port } = third.address();
      server.listen(third, common.mustCall(() => {
        assert.strictEqual(server.address().port, port);
        server.close();
        winner.close();
      }));
    }));
  }));
  server.listen(second);
}

// A closed handle does not block others.
{
  const { first, second, port } = two();
  first.close();
  const server = net.createServer();
  server.listen(second, common.mustCall(() => {
    assert.strictEqual(server.address().port, port);
    server.close();
  }));
}

// An ordinary listen() on the port fails in the same way.
{
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const { port } = bound.address();
  const winner = net.createServer().listen(bound, common.mustCall(() => {
    const loser = net.createServer();
    loser.on('error', common.mustCall((err) => {
      assert.strictEqual(err.code, 'EADDRINUSE');
      winner.close();
    }));
    loser.listen(port, '127.0.0.1', common.mustNotCall());
  }));
}
