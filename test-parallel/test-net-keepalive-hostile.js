'use strict';

// Calls setKeepAlive() on objects without keep-alive, and with options that
// have side effects.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL,
} = net.constants;
if (TCP_KEEPIDLE === undefined || TCP_KEEPINTVL === undefined ||
    TCP_KEEPCNT === undefined) {
  common.skip('no constants for the keep-alive options');
}

const isOn = (socket) => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
const values = (socket) => [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]
  .map((name) => socket.getsockopt(IPPROTO_TCP, name));

const names = ['enable', 'initialDelay', 'interval', 'count'];
const options = { enable: true, initialDelay: 5000, interval: 3000, count: 4 };
const calls = [[], [true], [false], [true, 5000], [true, 5000, 3000, 4],
               [true, 0, 3000, 4], [true, 5000, 0, 0], [options], [{}],
               [null]];

function ignores(socket) {
  for (const args of calls)
    assert.strictEqual(socket.setKeepAlive(...args), socket);
}

// Sockets that are not connected, or no longer connected.
{
  const socket = new net.Socket();
  ignores(socket);
  socket.destroy();
  ignores(socket);
  socket.on('close', common.mustCall(() => ignores(socket)));
}

// Pipes.
{
  const tmpdir = require('../common/tmpdir');
  tmpdir.refresh();
  const server = net.createServer(common.mustCall((connection) => {
    ignores(connection);
    connection.end('text');
    ignores(connection);
    connection.resume();
    connection.on('close', common.mustCall(() => ignores(connection)));
    server.close();
  }));
  server.listen(common.PIPE, common.mustCall(() => {
    const socket = new net.Socket();
    ignores(socket);
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.connect(common.PIPE, common.mustCall(() => ignores(socket)));
    ignores(socket);
    socket.on('data', common.mustCall((data) => {
      assert.strictEqual(data.toString(), 'text');
      ignores(socket);
      socket.end();
    }));
    socket.on('close', common.mustCall(() => ignores(socket)));
  }));
}

const server = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.resume();
});
server.listen(0, '127.0.0.1', common.mustCall(async () => {
  const { port } = server.address();
  const connect = () => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', common.mustCall(() => {
      resolve(socket);
    }));
  });

  // Closed by this end.
  {
    const socket = await connect();
    socket.end();
    socket.setKeepAlive(true, 5000, 3000, 4);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    await new Promise((resolve) => socket.on('close', resolve));
    ignores(socket);
  }
  {
    const socket = await connect();
    socket.destroy();
    ignores(socket);
    assert.strictEqual(socket.destroyed, true);
  }

  // A getter that throws.
  for (const name of names) {
    const error = new Error(name);
    const hostile = { ...options, get [name]() { throw error; } };
    const propagates = (socket) => {
      assert.throws(() => socket.setKeepAlive(hostile),
                    (thrown) => thrown === error);
    };
    const socket = await connect();
    const before = values(socket);
    propagates(socket);
    assert.strictEqual(isOn(socket), false);
    assert.deepStrictEqual(values(socket), before);
    socket.setKeepAlive(options);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    propagates(socket);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.destroy();

    const early = new net.Socket();
    propagates(early);
    early.setKeepAlive(options);
    propagates(early);
    early.connect(port, '127.0.0.1');
    await new Promise((resolve) => early.on('connect', resolve));
    assert.strictEqual(isOn(early), true);
    assert.deepStrictEqual(values(early), [5, 3, 4]);
    early.destroy();
  }

  // A getter that destroys or resets the socket, or closes its handle.
  for (const name of names) {
    for (const end of [(socket) => socket.destroy(),
                       (socket) => socket.resetAndDestroy(),
                       (socket) => socket._handle.close()]) {
      const socket = await connect();
      let ended = false;
      const hostile = {
        ...options,
        get [name]() {
          if (!ended)
            end(socket);
          ended = true;
          return options[name];
        },
      };
      let result = socket;
      try {
        result = socket.setKeepAlive(hostile);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
      assert.strictEqual(result, socket);
      assert.strictEqual(ended, true);
      socket.destroy();
      ignores(socket);
    }
  }

  // A value that destroys the socket when it is converted to a number. Not
  // every option is necessarily converted.
  for (const name of names.slice(1)) {
    const socket = await connect();
    const hostile = { ...options, [name]: {
      valueOf() {
        socket.destroy();
        return options[name];
      },
    } };
    let result = socket;
    try {
      result = socket.setKeepAlive(hostile);
    } catch (error) {
      assert.ok(error instanceof Error);
    }
    assert.strictEqual(result, socket);
    socket.destroy();
    ignores(socket);
  }

  // A getter that calls setKeepAlive() itself.
  {
    const socket = await connect();
    socket.setKeepAlive({
      ...options,
      get count() {
        socket.setKeepAlive(true, 9000, 8000, 7);
        return 4;
      },
    });
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.destroy();
  }

  // All options are read, in any order.
  {
    const socket = await connect();
    const read = new Set();
    socket.setKeepAlive(new Proxy(options, {
      get(target, name) {
        read.add(name);
        return target[name];
      },
    }));
    for (const name of names)
      assert.ok(read.has(name), name);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.destroy();
  }

  // A third-party handle without the method.
  {
    const socket = await connect();
    socket._handle.setKeepAlive = undefined;
    ignores(socket);
    assert.strictEqual(isOn(socket), false);
    socket.destroy();
  }
  server.close();
}));
