'use strict';

// Tests in which states net.Socket and net.Server have a system socket, and
// which errors are thrown in the other states.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { SOL_SOCKET, SO_KEEPALIVE, SO_TYPE } = net.constants;

function refuses(object, code) {
  for (const [method, ...args] of [['setsockopt', 1],
                                   ['setsockopt', 'text'],
                                   ['setsockopt', new Uint8Array(4)],
                                   ['getsockopt'],
                                   ['getsockopt', 4]]) {
    assert.throws(() => object[method](SOL_SOCKET, SO_KEEPALIVE, ...args), {
      code,
      name: 'Error',
    });
  }
}

function works(object) {
  assert.strictEqual(object.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1), object);
  assert.notStrictEqual(object.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  assert.strictEqual(object.setsockopt(SOL_SOCKET, SO_KEEPALIVE, false),
                     object);
  assert.strictEqual(object.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  assert.strictEqual(object.getsockopt(SOL_SOCKET, SO_TYPE, 4).length, 4);
}

// Sockets that were never connected.
{
  const socket = new net.Socket();
  socket.destroy();
  refuses(socket, 'ERR_SOCKET_CLOSED');
  socket.on('close', common.mustCall(() => {
    refuses(socket, 'ERR_SOCKET_CLOSED');
  }));
}

// Servers that never listened.
{
  const server = net.createServer();
  refuses(server, 'ERR_SERVER_NOT_RUNNING');
  server.close(common.mustCall(() => {
    refuses(server, 'ERR_SERVER_NOT_RUNNING');
  }));
  refuses(server, 'ERR_SERVER_NOT_RUNNING');
}

// Starts listening once the host is resolved.
{
  const server = net.createServer();
  server.listen({
    host: 'localhost',
    port: 0,
  }, common.mustCall(() => {
    works(server);
    server.close();
    refuses(server, 'ERR_SERVER_NOT_RUNNING');
  }));
  refuses(server, 'ERR_SERVER_NOT_RUNNING');
}

const server = net.createServer({
  allowHalfOpen: true,
}, common.mustCall((connection) => {
  works(connection);

  // A closed server has no socket, although its connections stay open.
  server.close(common.mustCall(() => {
    refuses(server, 'ERR_SERVER_NOT_RUNNING');
  }));
  refuses(server, 'ERR_SERVER_NOT_RUNNING');

  connection.resume();
  connection.on('end', common.mustCall(() => {
    // Half-closed by the peer.
    works(connection);
    connection.end('bye');
    // Half-closed by both ends, but not by the system yet.
    works(connection);
    connection.on('close', common.mustCall(() => {
      refuses(connection, 'ERR_SOCKET_CLOSED');
    }));
  }));
}));

server.listen(0, '127.0.0.1', common.mustCall(() => {
  works(server);

  const client = new net.Socket({ allowHalfOpen: true });
  client.connect({
    host: 'name.invalid',
    port: server.address().port,
    lookup: common.mustCall((host, options, callback) => {
      setImmediate(common.mustCall(() => {
        if (options.all)
          callback(null, [{ address: '127.0.0.1', family: 4 }]);
        else
          callback(null, '127.0.0.1', 4);
      }));
    }),
  });
  assert.strictEqual(client.connecting, true);

  client.on('connect', common.mustCall(() => {
    works(client);
    client.end();
    works(client);
  }));
  client.on('data', common.mustCall(() => works(client)));
  client.on('end', common.mustCall(() => client.destroy()));
  client.on('close', common.mustCall(() => {
    refuses(client, 'ERR_SOCKET_CLOSED');
  }));
}));

// Without a host, there is nothing to look up.
{
  const anywhere = net.createServer();
  anywhere.listen(0);
  works(anywhere);
  anywhere.close();
  refuses(anywhere, 'ERR_SERVER_NOT_RUNNING');
}
