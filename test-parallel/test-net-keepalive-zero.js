'use strict';

// A delay, interval or count of zero or less leaves that value unchanged. The
// others are still set.

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

const tests = [];

// Starting with the system defaults.
for (const no of [0, -0, -1, -1000, -5000]) {
  tests.push((socket, [idle, interval, count]) => {
    socket.setKeepAlive(true, 5000, no, no);
    assert.deepStrictEqual(values(socket), [5, interval, count]);
  }, (socket, [idle]) => {
    socket.setKeepAlive(true, no, 3000, 4);
    assert.deepStrictEqual(values(socket), [idle, 3, 4]);
  }, (socket, [idle, interval]) => {
    socket.setKeepAlive(true, 5000, no, 4);
    assert.deepStrictEqual(values(socket), [5, interval, 4]);
  }, (socket, [idle, interval, count]) => {
    socket.setKeepAlive(true, 5000, 3000, no);
    assert.deepStrictEqual(values(socket), [5, 3, count]);
  }, (socket, [idle, interval, count]) => {
    socket.setKeepAlive(true, no, 3000, no);
    assert.deepStrictEqual(values(socket), [idle, 3, count]);
  }, (socket, [idle, interval]) => {
    socket.setKeepAlive(true, no, no, 4);
    assert.deepStrictEqual(values(socket), [idle, interval, 4]);
  }, (socket, system) => {
    socket.setKeepAlive(true, no, no, no);
    assert.deepStrictEqual(values(socket), system);
  }, (socket, [idle, interval, count]) => {
    // As options.
    socket.setKeepAlive({ enable: true, initialDelay: 5000, interval: no,
                          count: no });
    assert.deepStrictEqual(values(socket), [5, interval, count]);
    socket.setKeepAlive({ enable: true, initialDelay: no, interval: 3000,
                          count: no });
    assert.deepStrictEqual(values(socket), [5, 3, count]);
    socket.setKeepAlive({ enable: true, initialDelay: no, interval: no,
                          count: 4 });
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
  }, (socket) => {
    // Starting with other values.
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.setKeepAlive(true, no, 6000, 7);
    assert.deepStrictEqual(values(socket), [5, 6, 7]);
    socket.setKeepAlive(true, 8000, no, 9);
    assert.deepStrictEqual(values(socket), [8, 6, 9]);
    socket.setKeepAlive(true, 9000, 2000, no);
    assert.deepStrictEqual(values(socket), [9, 2, 9]);
    socket.setKeepAlive(true, no, no, no);
    assert.deepStrictEqual(values(socket), [9, 2, 9]);
    // Turned off and on again.
    socket.setKeepAlive(false);
    assert.strictEqual(isOn(socket), false);
    socket.setKeepAlive(true, no, no, 3);
    assert.deepStrictEqual(values(socket), [9, 2, 3]);
    // Set using setsockopt().
    socket.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 11);
    socket.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 12);
    socket.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 13);
    socket.setKeepAlive(true, no, no, 5);
    assert.deepStrictEqual(values(socket), [11, 12, 5]);
  });
}

// These only turn it on.
for (const args of [[true], [true, 0], [{ enable: true }],
                    [{ enable: true, initialDelay: 0 }]]) {
  tests.push((socket, system) => {
    socket.setKeepAlive(...args);
    assert.deepStrictEqual(values(socket), system);
  }, (socket) => {
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.setKeepAlive(...args);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.setKeepAlive(false);
    assert.strictEqual(isOn(socket), false);
    socket.setKeepAlive(...args);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
  });
}

// Less than a second is zero seconds.
tests.push((socket, [idle]) => {
  socket.setKeepAlive(true, 999, 3000, 4);
  assert.deepStrictEqual(values(socket), [idle, 3, 4]);
}, (socket, [idle, interval]) => {
  socket.setKeepAlive(true, 5000, 999, 4);
  assert.deepStrictEqual(values(socket), [5, interval, 4]);
});

// The same before connect(), starting with the system defaults.
const early = [
  [[true, 5000, 0, 0], ([idle, interval, count]) => [5, interval, count]],
  [[true, 0, 3000, 4], ([idle]) => [idle, 3, 4]],
  [[true, 5000, 0, 4], ([idle, interval]) => [5, interval, 4]],
  [[true, 5000, 3000, -1], ([idle, interval, count]) => [5, 3, count]],
  [[true], (system) => system],
  [[true, 0], (system) => system],
  [[{ enable: true }], (system) => system],
  [[{ enable: true, initialDelay: 0, interval: 3000, count: 4 }],
   ([idle]) => [idle, 3, 4]],
];

// Those that specify an interval or a count.
const tuned = early.filter(([args]) => args.length > 2 || args[0].count);

let left = tests.length + early.length + tuned.length;
function done(socket) {
  socket.destroy();
  if (--left === 0)
    server.close();
}

const server = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.resume();
});
server.listen(0, '127.0.0.1', common.mustCall(() => {
  const { port } = server.address();
  const fresh = net.connect(port, '127.0.0.1', common.mustCall(() => {
    const system = values(fresh);
    fresh.destroy();
    // They must be distinguishable from the values that the tests set.
    for (const value of system)
      assert.ok(value > 0);

    for (const test of tests) {
      const socket = net.connect(port, '127.0.0.1', common.mustCall(() => {
        assert.deepStrictEqual(values(socket), system);
        assert.strictEqual(isOn(socket), false);
        test(socket, system);
        assert.strictEqual(isOn(socket), true);
        done(socket);
      }));
    }
    for (const [args, expected] of early) {
      const socket = new net.Socket();
      assert.strictEqual(socket.setKeepAlive(...args), socket);
      socket.connect(port, '127.0.0.1', common.mustCall(() => {
        assert.strictEqual(isOn(socket), true);
        assert.deepStrictEqual(values(socket), expected(system));
        done(socket);
      }));
    }
    // While connecting, a socket has a handle, but no descriptor.
    for (const [args, expected] of tuned) {
      const connecting = net.connect(port, '127.0.0.1', common.mustCall(() => {
        assert.deepStrictEqual(values(connecting), expected(system));
        done(connecting);
      }));
      connecting.setKeepAlive(...args);
    }
  }));
}));
