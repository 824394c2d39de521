'use strict';

// Lists and the bytes in them are copied by the call that they are passed to:
// later changes have no effect, regardless of when the list is applied.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_TCP, SOL_SOCKET, SO_RCVBUF, SO_SNDBUF } = net.constants;

const host = '127.0.0.1';

// Requests buffers of 20,000 and 30,000 bytes. spoil() changes that.
function make() {
  const bytes = new Int32Array([20_000]);
  const buffer = Buffer.from(new Int32Array([30_000]).buffer);
  const list = [[SOL_SOCKET, SO_RCVBUF, bytes], [SOL_SOCKET, SO_SNDBUF, buffer]];
  return {
    list,
    spoil() {
      buffer.fill(0x11);
      list[0][2] = 'not a number';
      list[1] = null;
      list.push([IPPROTO_TCP, 9999, 1]);
      bytes[0] = 40_000;
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    },
  };
}

// Linux doubles them.
const factor = common.isLinux ? 2 : 1;

function check(object) {
  assert.strictEqual(object.getsockopt(SOL_SOCKET, SO_RCVBUF), 20_000 * factor);
  assert.strictEqual(object.getsockopt(SOL_SOCKET, SO_SNDBUF), 30_000 * factor);
}

// Resolves the host name after everything else is done.
function lookup(hostname, options, callback) {
  setTimeout(() => {
    if (options.all)
      callback(null, [{ address: host, family: 4 }]);
    else
      callback(null, host, 4);
  }, 10);
}

const { list: accepted, spoil: spoilAccepted } = make();
const server = net.createServer({
  acceptedSocketOptions: accepted,
}, common.mustCall((connection) => {
  check(connection);
  connection.resume().end();
}, 4));
spoilAccepted();

const { list: listening, spoil: spoilListening } = make();
server.listen({
  // Resolved by the system.
  host: 'localhost',
  port: 0,
  socketOptions: listening,
}, common.mustCall(() => {
  check(server);
  server.close(common.mustCall(() => {
    const { list, spoil } = make();
    server.listen({ host, port: 0, socketOptions: list },
                  common.mustCall(connect));
    spoil();
  }));
}));
spoilListening();

function connect() {
  check(server);
  const { port } = server.address();
  let left = 4;

  for (const options of [
    { host, port },
    { host: 'name.invalid', port, lookup, autoSelectFamily: false },
    { host: 'name.invalid', port, lookup, autoSelectFamily: true },
    { host, port, handle: new net.BoundSocket({ host }) },
  ]) {
    const { list, spoil } = make();
    const socket = net.connect({ ...options, socketOptions: list });
    spoil();
    socket.on('connect', common.mustCall(() => check(socket)));
    socket.resume().on('close', common.mustCall(() => {
      if (--left === 0)
        server.close();
    }));
  }
}

for (const bind of [
  (socket) => socket.bind(0, host),
  (socket) => socket.bind(0, 'localhost'),
  (socket) => socket.bindSync({ address: host }),
  (socket) => socket.send('text', 9, host),
  (socket) => socket.connect(9, host),
  (socket) => socket.connectSync(9, host),
]) {
  const { list, spoil } = make();
  const socket = dgram.createSocket({ type: 'udp4', socketOptions: list });
  spoil();
  socket.on('listening', common.mustCall(() => {
    check(socket);
    setImmediate(() => socket.close());
  }));
  bind(socket);
}

// They are read once.
{
  let reads = 0;
  const option = [SOL_SOCKET, SO_RCVBUF, 20_000];
  Object.defineProperty(option, 2, { get: () => 20_000 + reads++ });
  net.connect({ host, port: 9, socketOptions: [option] }).on('error', () => {}).destroy();
  assert.strictEqual(reads, 1);
  // The constructor and connect() are two calls.
  const options = { host, port: 9, socketOptions: [option] };
  new net.Socket(options).on('error', () => {}).connect(options).destroy();
  assert.strictEqual(reads, 3);
}
