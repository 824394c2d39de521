'use strict';

// A BoundSocket has options before there is a server or a connection, and
// passes them on to what adopts it.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const tmpdir = require('../common/tmpdir');

const { SOL_SOCKET, SO_KEEPALIVE, SO_RCVBUF, SO_TYPE } = net.constants;


function refuses(bound) {
  for (const [method, ...args] of [['setsockopt', 1],
                                   ['setsockopt', Buffer.alloc(4)],
                                   ['getsockopt'],
                                   ['getsockopt', 4]]) {
    assert.throws(() => bound[method](SOL_SOCKET, SO_KEEPALIVE, ...args), {
      code: 'ERR_SOCKET_HANDLE_ADOPTED',
      name: 'Error',
    });
  }
}

// Closed.
{
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  assert.strictEqual(bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1), bound);
  assert.notStrictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  bound.close();
  refuses(bound);
}
if (Symbol.dispose) {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  bound[Symbol.dispose]();
  refuses(bound);
}

// Adopted by a server.
const bound = new net.BoundSocket({ host: '127.0.0.1' });
const before = bound.getsockopt(SOL_SOCKET, SO_RCVBUF);
bound.setsockopt(SOL_SOCKET, SO_RCVBUF, 16384);
const size = bound.getsockopt(SOL_SOCKET, SO_RCVBUF);
assert.notStrictEqual(size, before);
bound.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);

const server = net.createServer(common.mustCall((connection) => {
  connection.end();
  server.close();
}));
server.listen(bound, common.mustCall(() => {
  refuses(bound);
  assert.strictEqual(server.getsockopt(SOL_SOCKET, SO_RCVBUF), size);
  assert.notStrictEqual(server.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);

  // Adopted by a client.
  const source = new net.BoundSocket({ host: '127.0.0.1' });
  source.setsockopt(SOL_SOCKET, SO_RCVBUF, 16384);
  const client = new net.Socket({ handle: source });
  refuses(source);
  // The client has a socket from the start.
  assert.strictEqual(client.getsockopt(SOL_SOCKET, SO_RCVBUF), size);
  client.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
  client.connect(server.address().port, '127.0.0.1', common.mustCall(() => {
    assert.strictEqual(client.getsockopt(SOL_SOCKET, SO_RCVBUF), size);
    assert.notStrictEqual(client.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
    client.resume();
  }));
}));
refuses(bound);

// A path.
if (!common.isWindows) {
  tmpdir.refresh();
  const pipe = new net.BoundSocket({ path: common.PIPE });
  const stream = pipe.getsockopt(SOL_SOCKET, SO_TYPE);
  assert.strictEqual(pipe.setsockopt(SOL_SOCKET, SO_RCVBUF, 16384), pipe);
  const pipeSize = pipe.getsockopt(SOL_SOCKET, SO_RCVBUF);

  const pipeServer = net.createServer(common.mustNotCall());
  pipeServer.listen(pipe, common.mustCall(() => {
    refuses(pipe);
    assert.strictEqual(pipeServer.getsockopt(SOL_SOCKET, SO_RCVBUF), pipeSize);
    assert.strictEqual(pipeServer.getsockopt(SOL_SOCKET, SO_TYPE), stream);
    pipeServer.close();
    assert.throws(() => pipeServer.getsockopt(SOL_SOCKET, SO_TYPE),
                  { code: 'ERR_SERVER_NOT_RUNNING' });

    const other = new net.BoundSocket({ path: `${common.PIPE}2` });
    other.close();
    refuses(other);
  }));
}
