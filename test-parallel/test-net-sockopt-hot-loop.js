'use strict';

// Hot code is optimized, and its calls behave the same as before.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_LINGER, TCP_NODELAY } =
  net.constants;
const N = 30_000;

function values(object) {
  let wrong = 0;
  for (let i = 0; i < N; i++) {
    const on = i % 3 === 0;
    if (object.setsockopt(IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0) !== object)
      wrong++;
    if ((object.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0) !== on)
      wrong++;
  }
  return wrong;
}

// All types of values at the same call site.
function types(object) {
  const all = [[1, 1], [0, 0], [true, 1], [false, 0],
               [new Int32Array([1]), 1], [Buffer.alloc(4), 0],
               [2 ** 32 - 1, 1], [-0, 0], ['text', 1],
               [new DataView(new ArrayBuffer(4)), 0]];
  let wrong = 0;
  for (let i = 0; i < N; i++) {
    const [value, expected] = all[i % all.length];
    object.setsockopt(SOL_SOCKET, SO_KEEPALIVE, value);
    if ((object.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0) !== (expected !== 0))
      wrong++;
    if (i % 7 === 0 && object.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 4).length !== 4)
      wrong++;
  }
  return wrong;
}

function code(fn, ...args) {
  try {
    fn(...args);
  } catch (err) {
    return err.code;
  }
}

// Errors from the first call on, or only after many successful calls.
function errors(object) {
  let wrong = 0;
  for (let i = 0; i < N; i++) {
    let optname = SO_KEEPALIVE;
    let value = 1;
    let expected;
    if (i % 1000 === 999) {
      switch (i % 5000) {
        case 999: optname = 0x7ffe; expected = 'ENOPROTOOPT'; break;
        case 1999: value = 2 ** 32; expected = 'ERR_OUT_OF_RANGE'; break;
        case 2999: value = null; expected = 'ERR_INVALID_ARG_TYPE'; break;
        case 3999: optname = 0.5; expected = 'ERR_OUT_OF_RANGE'; break;
        default: value = 'a\0'; expected = 'ERR_INVALID_ARG_VALUE';
      }
    }
    const actual = code(() => object.setsockopt(SOL_SOCKET, optname, value));
    if (actual !== expected)
      wrong++;
  }
  for (let i = 0; i < N; i++) {
    const struct = i % 1000 === 999;
    const optname = struct ? SO_LINGER : SO_KEEPALIVE;
    if (code(() => object.getsockopt(SOL_SOCKET, optname)) !==
        (struct ? 'ERR_INVALID_ARG_VALUE' : undefined)) {
      wrong++;
    }
  }
  return wrong;
}

// The socket is closed halfway through.
function closing(object, close, expected) {
  const half = N / 2;
  let wrong = 0;
  for (let i = 0; i < N; i++) {
    if (i === half)
      close();
    let value;
    let err;
    try {
      object.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      value = object.getsockopt(IPPROTO_TCP, TCP_NODELAY);
    } catch (e) {
      err = e.code;
    }
    if (i < half ? !(value > 0) : (err !== expected || value !== undefined))
      wrong++;
  }
  return wrong;
}

Error.stackTraceLimit = 0;

const bound = new net.BoundSocket({ host: '127.0.0.1' });
assert.strictEqual(values(bound), 0);
assert.strictEqual(types(bound), 0);
assert.strictEqual(errors(bound), 0);
assert.strictEqual(closing(bound, () => bound.close(),
                           'ERR_SOCKET_HANDLE_ADOPTED'), 0);

const server = net.createServer((connection) => connection.resume());
server.listen(0, '127.0.0.1', common.mustCall(() => {
  assert.strictEqual(values(server), 0);
  const client = net.connect(server.address().port, '127.0.0.1');
  client.on('connect', common.mustCall(() => {
    assert.strictEqual(values(client), 0);
    assert.strictEqual(types(client), 0);
    assert.strictEqual(errors(client), 0);
    assert.strictEqual(closing(client, () => client.destroy(),
                               'ERR_SOCKET_CLOSED'), 0);
    assert.strictEqual(closing(server, () => server.close(),
                               'ERR_SERVER_NOT_RUNNING'), 0);
  }));
}));
