'use strict';

// Values that setKeepAlive() sets before there is a connection are applied once
// there is one. An initial delay alone comes with the default interval and
// count.

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

let left = 0;
const servers = [];

function begin() {
  left++;
}

function end(socket) {
  socket.destroy();
  if (--left === 0) {
    for (const server of servers)
      server.close();
  }
}

function listen(options, onconnection, callback) {
  const server = net.createServer(options, onconnection);
  servers.push(server);
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    callback(server.address().port);
  }));
}

function drain(connection) {
  connection.on('error', () => {});
  connection.resume();
}

begin();
listen({}, drain, (port) => {
  const fresh = net.connect(port, '127.0.0.1', common.mustCall(() => {
    clients(port, values(fresh));
    end(fresh);
  }));
});

function clients(port, system) {
  const options = { port, host: '127.0.0.1' };

  // Before connect().
  const calls = [
    [[[true, 5000]], true, [5, 1, 10]],
    [[[true, 5000, 3000, 4]], true, [5, 3, 4]],
    [[[{ enable: true, initialDelay: 5000, interval: 3000, count: 4 }]],
     true, [5, 3, 4]],
    [[[{ enable: true, initialDelay: 5000, count: 4 }]], true, [5, 1, 4]],
    // The last call wins.
    [[[true, 9000, 9000, 9], [true, 5000, 3000, 4]], true, [5, 3, 4]],
    [[[true, 5000, 3000, 4], [true, 5000, 6000, 4]], true, [5, 6, 4]],
    [[[true, 5000, 3000, 4], [true, 5000, 3000, 7]], true, [5, 3, 7]],
    [[[true, 5000, 3000, 4], [true, 5000]], true, [5, 3, 4]],
    [[[true, 5000, 3000, 4], [true]], true, [5, 3, 4]],
    [[[true, 5000, 3000, 4], [true, 6000, 0, 0]], true, [6, 3, 4]],
    [[[true, 5000, 3000, 4], [false, 9000, 9000, 9], [true]], true, [5, 3, 4]],
    [[[false], [true, 5000, 3000, 4]], true, [5, 3, 4]],
    [[[false]], false, system],
    [[[]], false, system],
  ];
  for (const [list, on, expected] of calls) {
    begin();
    const socket = new net.Socket();
    for (const args of list)
      assert.strictEqual(socket.setKeepAlive(...args), socket);
    socket.connect(options, common.mustCall(() => {
      assert.strictEqual(isOn(socket), on);
      assert.deepStrictEqual(values(socket), expected);
      // Values remembered from before must not affect later calls.
      socket.setKeepAlive(false);
      assert.strictEqual(isOn(socket), false);
      socket.setKeepAlive(true, 8000, 7000, 6);
      assert.strictEqual(isOn(socket), true);
      assert.deepStrictEqual(values(socket), [8, 7, 6]);
      end(socket);
    }));
  }

  // Turned off again before connect().
  {
    begin();
    const socket = new net.Socket();
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.setKeepAlive(false);
    socket.connect(options, common.mustCall(() => {
      assert.strictEqual(isOn(socket), false);
      end(socket);
    }));
  }

  // While connecting, a socket has a handle, but no descriptor.
  for (const args of [[true], [true, 0], [{ enable: true }]]) {
    begin();
    const socket = net.connect(options, common.mustCall(() => {
      assert.strictEqual(isOn(socket), true);
      assert.deepStrictEqual(values(socket), system);
      end(socket);
    }));
    socket.setKeepAlive(...args);
  }

  // After connect(), while the connection or the lookup is pending.
  for (const lookup of [undefined, common.mustCall((host, options, callback) => {
    setImmediate(() => {
      if (options.all)
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else
        callback(null, '127.0.0.1', 4);
    });
  })]) {
    begin();
    const socket = net.connect({
      port,
      host: lookup ? 'name.invalid' : '127.0.0.1',
      lookup,
    });
    assert.strictEqual(socket.setKeepAlive(true, 5000, 3000, 4), socket);
    socket.on('connect', common.mustCall(() => {
      assert.strictEqual(isOn(socket), true);
      assert.deepStrictEqual(values(socket), [5, 3, 4]);
      end(socket);
    }));
  }

  // Options of net.connect().
  const connects = [
    [{ keepAlive: true, keepAliveInitialDelay: 5000 }, true, [5, 1, 10]],
    [{ keepAlive: true, keepAliveInitialDelay: 5999 }, true, [5, 1, 10]],
    [{ keepAlive: true }, true, system],
    [{ keepAlive: true, keepAliveInitialDelay: 0 }, true, system],
    [{ keepAlive: true, keepAliveInitialDelay: -1 }, true, system],
    [{ keepAlive: false, keepAliveInitialDelay: 5000 }, false, system],
    [{}, false, system],
  ];
  for (const [keepAlive, on, expected] of connects) {
    begin();
    const socket = net.connect({ ...options, ...keepAlive }, common.mustCall(
      () => {
        assert.strictEqual(isOn(socket), on);
        assert.deepStrictEqual(values(socket), expected);
        socket.setKeepAlive(true, 5000, 3000, 4);
        assert.strictEqual(isOn(socket), true);
        assert.deepStrictEqual(values(socket), [5, 3, 4]);
        socket.setKeepAlive(true, 6000);
        assert.deepStrictEqual(values(socket), [6, 3, 4]);
        socket.setKeepAlive(false);
        assert.strictEqual(isOn(socket), false);
        end(socket);
      }));
  }
  // Options of new net.Socket(), followed by a call.
  {
    begin();
    const socket = new net.Socket({
      keepAlive: true,
      keepAliveInitialDelay: 9000,
    });
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.connect(options, common.mustCall(() => {
      assert.strictEqual(isOn(socket), true);
      assert.deepStrictEqual(values(socket), [5, 3, 4]);
      end(socket);
    }));
  }

  // Options of net.createServer().
  const accepts = [
    [{ keepAlive: true, keepAliveInitialDelay: 5000 }, true, [5, 1, 10]],
    [{ keepAlive: true, keepAliveInitialDelay: 5999 }, true, [5, 1, 10]],
    [{ keepAlive: true, keepAliveInitialDelay: 0 }, true, system],
    [{ keepAlive: true }, true, system],
    [{ keepAlive: false, keepAliveInitialDelay: 5000 }, false, system],
  ];
  for (const [keepAlive, on, expected] of accepts) {
    begin();
    listen(keepAlive, common.mustCall((connection) => {
      assert.strictEqual(isOn(connection), on);
      assert.deepStrictEqual(values(connection), expected);
      // The connection can change what the server set.
      connection.setKeepAlive(true, 5000, 3000, 4);
      assert.strictEqual(isOn(connection), true);
      assert.deepStrictEqual(values(connection), [5, 3, 4]);
      connection.setKeepAlive(true, 6000);
      assert.deepStrictEqual(values(connection), [6, 3, 4]);
      connection.setKeepAlive(false);
      assert.strictEqual(isOn(connection), false);
      end(connection);
    }), (port) => {
      net.connect(port, '127.0.0.1').resume();
    });
  }
  // The connection can first turn off what the server set.
  begin();
  listen({ keepAlive: true, keepAliveInitialDelay: 5000 }, common.mustCall(
    (connection) => {
      assert.strictEqual(isOn(connection), true);
      connection.setKeepAlive(false);
      assert.strictEqual(isOn(connection), false);
      assert.deepStrictEqual(values(connection), [5, 1, 10]);
      end(connection);
    }), (port) => {
    net.connect(port, '127.0.0.1').resume();
  });
}
