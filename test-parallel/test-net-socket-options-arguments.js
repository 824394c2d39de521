'use strict';

// Tests which values of socketOptions and acceptedSocketOptions are accepted.
// The call itself throws, and leaves the object unchanged.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const http = require('http');
const net = require('net');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, SO_RCVBUF, TCP_NODELAY } =
  net.constants;

const host = '127.0.0.1';
const wrongType = { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' };
const wrongValue = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' };
const outOfRange = { code: 'ERR_OUT_OF_RANGE', name: 'RangeError' };

// Nothing listens here, since no connection is supposed to be made.
const nowhere = { host, port: 9 };
const ended = (emitter) => emitter.on('error', () => {}).destroy();

function listens(options) {
  const server = net.createServer().on('error', () => {});
  try {
    return server.listen(options);
  } finally {
    server.close();
  }
}

function listensBound(socketOptions) {
  const bound = new net.BoundSocket({ host });
  try {
    return listens({ handle: bound, socketOptions });
  } catch (err) {
    // The server did not adopt it.
    assert.ok(bound.address().port > 0);
    bound.close();
    throw err;
  }
}

const entries = {
  'BoundSocket': (socketOptions) =>
    new net.BoundSocket({ host, socketOptions }).close(),
  'connect': (socketOptions) =>
    ended(net.connect({ ...nowhere, socketOptions })),
  'connect, several addresses': (socketOptions) => ended(net.connect({
    host: 'name.invalid',
    port: 9,
    autoSelectFamily: true,
    lookup: () => {},
    socketOptions,
  })),
  'connect, path': (socketOptions) =>
    ended(net.connect({ path: `${common.PIPE}-none`, socketOptions })),
  'socket.connect': (socketOptions) =>
    ended(new net.Socket().connect({ ...nowhere, socketOptions })),
  'listen': (socketOptions) => listens({ host, port: 0, socketOptions }),
  'listen, name': (socketOptions) =>
    listens({ host: 'localhost', port: 0, socketOptions }),
  'listen, BoundSocket': listensBound,
  'dgram': (socketOptions) =>
    dgram.createSocket({ type: 'udp4', socketOptions }).close(),
  'http.request': (socketOptions) => {
    ended(http.request({ ...nowhere, agent: false, socketOptions }));
  },
  'createServer': (acceptedSocketOptions) =>
    net.createServer({ acceptedSocketOptions }),
  'http.createServer': (acceptedSocketOptions) =>
    http.createServer({ acceptedSocketOptions }),
};
if (!common.isWindows) {
  Object.assign(entries, {
    'BoundSocket, path': (socketOptions) =>
      new net.BoundSocket({ path: common.PIPE, socketOptions }).close(),
    'listen, path': (socketOptions) =>
      listens({ path: common.PIPE, socketOptions }),
  });
}

// Test all entry points with every kind of socket.
const good = [SOL_SOCKET, SO_RCVBUF, 20_000];
const name = (entry) => entry.endsWith('createServer') ?
  'acceptedSocketOptions' : 'socketOptions';

const notLists = [0, 1, true, false, '', 'text', 1n, Symbol('s'), {},
                  () => {}, { length: 0 }, new Set(), new Uint8Array(3),
                  Buffer.alloc(0), { [Symbol.iterator]: [][Symbol.iterator] }];
const notEntries = [undefined, null, 0, 'abc', 1n, Symbol('s'), {}, () => {},
                    { length: 3, 0: 1, 1: 1, 2: 1 }, new Set([1, 2, 3]),
                    new Int32Array(good)];
const notThree = [[], [SOL_SOCKET], [SOL_SOCKET, SO_KEEPALIVE],
                  [SOL_SOCKET, SO_KEEPALIVE, 1, 1], new Array(4)];
const notNumbers = [undefined, null, '1', '', true, false, 1n, Symbol('1'), {},
                    [], [1], () => 1, Buffer.alloc(4)];
const notInt32 = [NaN, Infinity, -Infinity, 0.5, 2 ** 31, -(2 ** 31) - 1,
                  2 ** 32];
const notValues = [undefined, null, 1n, Symbol('1'), {}, [], [1], () => 1,
                   new ArrayBuffer(4), new SharedArrayBuffer(4),
                   new Number(1)];
const notIntValues = [NaN, Infinity, -Infinity, 0.5, -(2 ** 31) - 1, 2 ** 32];

for (const [entry, use] of Object.entries(entries)) {
  const option = `options\\.${name(entry)}`;
  const refuses = (list, expected, place) => {
    assert.throws(() => use(list), (err) => {
      const what = `${entry}: ${err.stack}`;
      assert.ok([].concat(expected.code).includes(err.code), what);
      if (expected.name !== undefined)
        assert.strictEqual(err.name, expected.name, what);
      assert.match(err.message, new RegExp(`${option}${place}[\\s'".]`), what);
      return true;
    });
  };

  for (const list of [undefined, null])
    use(list);
  for (const list of notLists)
    refuses(list, wrongType, '');
  for (const [index, before] of [[0, []], [1, [good]], [2, [good, good]]]) {
    const at = (value) => [...before, value, good];
    const place = `\\[${index}\\]`;
    for (const value of notEntries)
      refuses(at(value), wrongType, place);
    for (const value of notThree)
      refuses(at(value), wrongValue, place);
    for (const [values, expected] of [[notNumbers, wrongType],
                                      [notInt32, outOfRange]]) {
      for (const value of values) {
        refuses(at([value, SO_KEEPALIVE, 1]), expected, `${place}\\[0\\]`);
        refuses(at([SOL_SOCKET, value, 1]), expected, `${place}\\[1\\]`);
      }
    }
    for (const value of notValues)
      refuses(at([SOL_SOCKET, SO_KEEPALIVE, value]), wrongType, `${place}\\[2\\]`);
    for (const value of notIntValues)
      refuses(at([SOL_SOCKET, SO_KEEPALIVE, value]), outOfRange, `${place}\\[2\\]`);
    for (const value of ['\0', 'a\0', 'a\0b'])
      refuses(at([SOL_SOCKET, SO_KEEPALIVE, value]), wrongValue, `${place}\\[2\\]`);
  }

  // Holes are not values.
  // eslint-disable-next-line no-sparse-arrays
  refuses([, good], wrongType, '\\[0\\]');
  // eslint-disable-next-line no-sparse-arrays
  refuses([good, [SOL_SOCKET, , 1]], wrongType, '\\[1\\]\\[1\\]');
  refuses(new Array(2), wrongType, '\\[0\\]');
  refuses([good, new Array(3)], wrongType, '\\[1\\]\\[0\\]');
  refuses(Object.assign([good], { length: 2 }), wrongType, '\\[1\\]');

  // A view whose buffer was detached.
  const view = new Uint8Array(4);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  refuses([good, [SOL_SOCKET, SO_KEEPALIVE, view]], wrongValue,
          '\\[1\\]\\[2\\]');

  // Valid lists. A list may be a subclass of Array.
  class List extends Array {}
  for (const list of [undefined, [], [good], [good, good],
                      Object.freeze([Object.freeze([...good])]),
                      List.from([List.from(good)]),
                      new Proxy([new Proxy([...good], {})], {}),
                      Object.assign([good], { more: 1 }),
                      Object.setPrototypeOf([good], null),
                      [[SOL_SOCKET, SO_RCVBUF, new Int32Array([20_000])]],
                      [[SOL_SOCKET, SO_RCVBUF, Buffer.alloc(4, 1)]],
                      [[SOL_SOCKET, SO_RCVBUF, 2 ** 31 - 1]],
                      [[SOL_SOCKET, SO_KEEPALIVE, true]],
                      [[SOL_SOCKET, SO_KEEPALIVE, -0]],
                      [[SOL_SOCKET, SO_KEEPALIVE, 2 ** 32 - 1]]]) {
    use(list);
  }
  // Missing elements are not looked up on Array.prototype.
  Array.prototype[0] = good;
  try {
    use([]);
    use(undefined);
  } finally {
    delete Array.prototype[0];
  }
}

// Inherited options count, including those of Object.prototype, as for all
// other options.
{
  const bound = new net.BoundSocket({
    __proto__: { socketOptions: [[IPPROTO_TCP, TCP_NODELAY, true]] },
    host,
  });
  assert.notStrictEqual(bound.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
  bound.close();
}

// For a descriptor, socket(2) and bind(2) were already called.
for (const list of [[good], [[SOL_SOCKET, SO_KEEPALIVE, 1], good]]) {
  const server = net.createServer();
  assert.throws(() => server.listen({ fd: 0, socketOptions: list }),
                wrongValue);
  assert.strictEqual(server.listening, false);
}

// A string can be long, and must end.
{
  const longest = 'a'.repeat(2 ** 20);
  const bind = (value) => new net.BoundSocket({
    host, socketOptions: [[SOL_SOCKET, SO_KEEPALIVE, value]],
  }).close();
  try {
    bind(longest);
  } catch (err) {
    assert.notStrictEqual(err.code, outOfRange.code);
  }
  assert.throws(() => bind(`${longest}a`), outOfRange);
}

// A server or a socket that refused a list can still be used without one.
{
  const server = net.createServer();
  assert.throws(() => server.listen({ host, port: 0, socketOptions: 3 }),
                wrongType);
  assert.strictEqual(server.listening, false);
  server.on('connection', common.mustCall((connection) => {
    connection.end();
    server.close();
  }));
  server.listen({ host, port: 0 }, common.mustCall(() => {
    const { port } = server.address();
    const socket = new net.Socket();
    socket.on('error', common.mustNotCall());
    assert.throws(() => socket.connect({ host, port, socketOptions: [3] }),
                  wrongType);
    assert.strictEqual(socket.destroyed, false);
    socket.connect({ host, port, socketOptions: [good] }).resume();
  }));
}
