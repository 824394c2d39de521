'use strict';

// setKeepAlive() sets the delay, the interval and the count of the probes.

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

assert.strictEqual(net.Socket.prototype.setKeepAlive.length, 4);
assert.strictEqual(new net.Socket().setKeepAlive.length, 4);

// Each test is called with a new socket that has the system defaults.
const tests = [
  function defaults(socket, system) {
    assert.strictEqual(isOn(socket), false);
    assert.strictEqual(socket.setKeepAlive(true, 5000), socket);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 1, 10]);
    // Other sockets are unaffected.
    assert.deepStrictEqual(values(socket.other), system);
    assert.strictEqual(isOn(socket.other), false);
  },

  function positional(socket) {
    assert.strictEqual(socket.setKeepAlive(true, 5000, 3000, 4), socket);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    // What is absent stays.
    socket.setKeepAlive(true, 5000, 6000);
    assert.deepStrictEqual(values(socket), [5, 6, 4]);
    socket.setKeepAlive(true, 5000, undefined, 7);
    assert.deepStrictEqual(values(socket), [5, 6, 7]);
    socket.setKeepAlive(true, 6000, null, null);
    assert.deepStrictEqual(values(socket), [6, 6, 7]);
    socket.setKeepAlive(true, null, 2000, undefined);
    assert.deepStrictEqual(values(socket), [6, 2, 7]);
  },

  function onlyInterval(socket) {
    socket.setKeepAlive(true, 5000, 3000);
    assert.deepStrictEqual(values(socket), [5, 3, 10]);
  },

  function onlyCount(socket) {
    socket.setKeepAlive(true, 5000, undefined, 4);
    assert.deepStrictEqual(values(socket), [5, 1, 4]);
    socket.setKeepAlive(true, 6000, undefined, undefined);
    assert.deepStrictEqual(values(socket), [6, 1, 4]);
  },

  function options(socket) {
    assert.strictEqual(socket.setKeepAlive({
      enable: true,
      initialDelay: 5000,
      interval: 3000,
      count: 4,
    }), socket);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.setKeepAlive({ enable: true, initialDelay: 5000, interval: 2000 });
    assert.deepStrictEqual(values(socket), [5, 2, 4]);
    socket.setKeepAlive({ enable: true, interval: null, count: 7 });
    assert.deepStrictEqual(values(socket), [5, 2, 7]);
    socket.setKeepAlive({ enable: true, initialDelay: 6000 });
    assert.deepStrictEqual(values(socket), [6, 2, 7]);
    // Inherited properties count, unknown ones and further arguments do not.
    socket.setKeepAlive(Object.freeze(Object.create({
      enable: true,
      initialDelay: 7000,
      interval: 8000,
      count: 9,
      delay: 1000,
    })), 1000, 1000, 1);
    assert.deepStrictEqual(values(socket), [7, 8, 9]);
    socket.setKeepAlive({ enable: false });
    assert.strictEqual(isOn(socket), false);
  },

  function same(socket) {
    // The two forms can be mixed.
    socket.setKeepAlive(true, 5000, 3000, 4);
    socket.setKeepAlive({ enable: true, initialDelay: 8000 });
    assert.deepStrictEqual(values(socket), [8, 3, 4]);
    socket.setKeepAlive(true, 5000, 3000, 4);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
  },

  function notEnabled(socket, system) {
    for (const args of [[], [undefined], [null], [false], [{}],
                        [{ enable: undefined }], [{ initialDelay: 5000 }],
                        [{ interval: 3000, count: 4 }],
                        [false, 5000, 3000, 4],
                        [undefined, 5000, 3000, 4],
                        [{ enable: false, initialDelay: 5000, interval: 3000,
                           count: 4 }]]) {
      assert.strictEqual(socket.setKeepAlive(...args), socket);
      assert.strictEqual(isOn(socket), false);
      assert.deepStrictEqual(values(socket), system);
    }
  },

  function oneAtATime(socket) {
    // Change only one value at a time.
    for (const args of [[true, 5000, 3000, 4],
                        [true, 5000, 6000, 4],
                        [true, 5000, 6000, 7],
                        [true, 8000, 6000, 7],
                        [true, 8000, 6000, 6],
                        [true, 8000, 5000, 6]]) {
      socket.setKeepAlive(...args);
      assert.strictEqual(isOn(socket), true);
      assert.deepStrictEqual(values(socket),
                             [args[1] / 1000, args[2] / 1000, args[3]]);
    }
    for (const [interval, count] of [[2000, 3], [4000, 3], [4000, 5]]) {
      socket.setKeepAlive({ enable: true, initialDelay: 9000, interval, count });
      assert.deepStrictEqual(values(socket), [9, interval / 1000, count]);
    }
  },

  function off(socket) {
    socket.setKeepAlive(true, 5000, 3000, 4);
    for (const args of [[false], [], [{ enable: false }], [{}], [false, 9000],
                        [false, 9000, 9000, 9]]) {
      assert.strictEqual(socket.setKeepAlive(...args), socket);
      assert.strictEqual(isOn(socket), false);
      // The values are kept for when it is turned on again.
      assert.deepStrictEqual(values(socket), [5, 3, 4]);
      // The same values as before still turn it on, because it is off now.
      socket.setKeepAlive(true, 5000, 3000, 4);
      assert.strictEqual(isOn(socket), true);
      assert.deepStrictEqual(values(socket), [5, 3, 4]);
    }
    // Values beside false are not.
    socket.setKeepAlive(false, 9000, 9000, 9);
    socket.setKeepAlive(true);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.setKeepAlive(false);
    socket.setKeepAlive(true, 5000, 3000, 6);
    assert.strictEqual(isOn(socket), true);
    assert.deepStrictEqual(values(socket), [5, 3, 6]);
  },

  function seconds(socket) {
    // Milliseconds are rounded down to seconds.
    socket.setKeepAlive(true, 5999, 3001, 4);
    assert.deepStrictEqual(values(socket), [5, 3, 4]);
    socket.setKeepAlive(true, 1000, 1999, 4);
    assert.deepStrictEqual(values(socket), [1, 1, 4]);
  },
];

// The system defaults are those of an untouched socket. The tests run on both
// ends of a connection.
let accepted = 0;
const server = net.createServer(common.mustCall((connection) => {
  run(connection, tests[accepted++ >> 1]);
  if (accepted === tests.length * 2)
    server.close();
}, tests.length * 2));
let system;

function run(socket, test) {
  system ??= values(socket);
  assert.deepStrictEqual(values(socket), system);
  socket.other = new net.Socket().setKeepAlive(false);
  socket.other.connect(untouched.address().port, '127.0.0.1');
  socket.other.on('connect', common.mustCall(() => {
    try {
      test(socket, system);
      assert.deepStrictEqual(values(socket.other), system);
    } finally {
      socket.other.destroy();
      socket.destroy();
      if (--left === 0)
        untouched.close();
    }
  }));
}

let left = tests.length * 3;
const untouched = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.resume();
});
untouched.listen(0, '127.0.0.1', common.mustCall(() => {
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    for (let i = 0; i < tests.length * 2; i++)
      net.connect(server.address().port, '127.0.0.1').resume();
    for (const test of tests) {
      const socket = net.connect(untouched.address().port, '127.0.0.1');
      socket.on('connect', common.mustCall(() => run(socket, test)));
    }
  }));
}));
