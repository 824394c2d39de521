// Flags: --expose-internals --allow-natives-syntax
'use strict';

// In optimized code, V8 may call the methods of the handles in a different way.
// They must behave the same, even after the handle was closed.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_LINGER, TCP_NODELAY } = net.constants;

const prepare = eval('(fn) => %PrepareFunctionForOptimization(fn)');
const optimize = eval('(fn) => %OptimizeFunctionOnNextCall(fn)');

const socketPrototype = net.Socket.prototype;

function outcome(fn, ...args) {
  try {
    return fn(...args);
  } catch (err) {
    return err.code;
  }
}

function run(object, close, gone) {
  // Use separate functions for each object, so that each sees only one type of
  // receiver.
  const set = new Function('o', 'level', 'name', 'value',
                           'return o.setsockopt(level, name, value);');
  const get = new Function('o', 'level', 'name',
                           'return o.getsockopt(level, name);');
  const bytes = new Function('o', 'level', 'name', 'length',
                             'return o.getsockopt(level, name, length);');
  const compiled = [set, get, bytes, object.setsockopt, object.getsockopt];

  function check(label) {
    for (const on of [1, 0, true, false, new Int32Array([1]),
                      Buffer.alloc(4)]) {
      const expected = typeof on === 'object' ? on[0] !== 0 : Boolean(on);
      assert.strictEqual(set(object, IPPROTO_TCP, TCP_NODELAY, on), object,
                         label);
      assert.strictEqual(get(object, IPPROTO_TCP, TCP_NODELAY) !== 0, expected,
                         label);
      assert.strictEqual(bytes(object, IPPROTO_TCP, TCP_NODELAY, 4).length, 4,
                         label);
    }
  }

  compiled.forEach(prepare);
  for (let i = 0; i < 100; i++)
    check('interpreted');
  compiled.forEach(optimize);
  for (let i = 0; i < 100; i++)
    check('optimized');

  assert.strictEqual(outcome(set, object, IPPROTO_TCP, 0x7ffe, 1),
                     'ENOPROTOOPT');
  assert.strictEqual(outcome(get, object, IPPROTO_TCP, 0x7ffe), 'ENOPROTOOPT');
  assert.strictEqual(outcome(get, object, SOL_SOCKET, SO_LINGER),
                     'ERR_INVALID_ARG_VALUE');
  assert.strictEqual(outcome(set, object, 0.5, 1, 1), 'ERR_OUT_OF_RANGE');
  check('after errors');
  compiled.forEach(prepare);
  check('prepared again');
  compiled.forEach(optimize);
  check('optimized again');

  close();
  for (let i = 0; i < 100; i++) {
    assert.strictEqual(outcome(set, object, IPPROTO_TCP, TCP_NODELAY, 1), gone);
    assert.strictEqual(outcome(get, object, IPPROTO_TCP, TCP_NODELAY), gone);
    assert.strictEqual(outcome(bytes, object, IPPROTO_TCP, TCP_NODELAY, 4),
                       gone);
  }
}

const bound = new net.BoundSocket({ host: '127.0.0.1' });
run(bound, () => bound.close(), 'ERR_SOCKET_HANDLE_ADOPTED');

// The handle itself, which is closed during a loop.
{
  const { internalBinding } = require('internal/test/binding');
  const { TCP, constants } = internalBinding('tcp_wrap');
  const { UDP } = internalBinding('udp_wrap');
  const handle = new TCP(constants.SOCKET);
  assert.strictEqual(handle.bind('127.0.0.1', 0), 0);
  const foreign = [new UDP(), {}, Object.create(handle)];

  const call = (receiver, level, name, value) =>
    handle.setSocketOption.call(receiver, level, name, value);
  const loop = (receiver, n) => {
    let result;
    for (let i = 0; i < n; i++)
      result = call(receiver, IPPROTO_TCP, TCP_NODELAY, 1);
    return result;
  };
  prepare(call);
  prepare(loop);
  const good = loop(handle, 1000);
  optimize(call);
  optimize(loop);
  assert.strictEqual(loop(handle, 50_000), good);

  // Objects that the code was not optimized for do not cause a crash.
  for (const receiver of foreign) {
    const result = outcome(loop, receiver, 100);
    assert.notStrictEqual(result, good);
  }
  handle.close();
  assert.notStrictEqual(outcome(loop, handle, 50_000), good);
  foreign[0].close();
}

const server = net.createServer((connection) => connection.resume());
server.listen(0, '127.0.0.1', common.mustCall(() => {
  const client = net.connect(server.address().port, '127.0.0.1');
  client.on('connect', common.mustCall(() => {
    assert.strictEqual(client.setsockopt, socketPrototype.setsockopt);
    run(client, () => client.destroy(), 'ERR_SOCKET_CLOSED');
    server.close();
  }));
}));
