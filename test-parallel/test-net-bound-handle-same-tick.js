'use strict';

// Tests what is known, and what has happened, by the time a call returns.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const make = (host = '127.0.0.1') => new net.BoundSocket({ host });
const server = net.createServer();
server.on('connection', (connection) => connection.resume().end());

let left = 0;
function done() {
  if (--left === 0)
    server.close();
}

const bound = make();
const { port } = bound.address();
server.listen(bound);

// A client can connect in the same tick in which the server started listening,
// and its local address is known when connect() returns.
for (const connect of [
  (handle) => new net.Socket({ handle }).connect(port, '127.0.0.1'),
  (handle) => new net.Socket({ handle }).connect({ port, host: '127.0.0.1' }),
  (handle) => net.connect({ handle, port, host: '127.0.0.1' }),
]) {
  left++;
  const handle = make();
  const local = handle.address();
  const socket = connect(handle);
  assert.strictEqual(socket.connecting, true);
  assert.strictEqual(socket.pending, true);
  assert.strictEqual(socket.localAddress, '127.0.0.1');
  assert.strictEqual(socket.localPort, local.port);
  assert.strictEqual(socket.localFamily, 'IPv4');
  assert.deepStrictEqual(socket.address(), local);
  // The event is emitted later nevertheless.
  socket.on('connect', common.mustCall(() => {
    assert.strictEqual(socket.connecting, false);
    assert.strictEqual(socket.localPort, local.port);
  }));
  socket.on('close', common.mustCall(done)).resume();
}

// A wildcard address is already replaced, since connect(2) has been called.
{
  left++;
  const handle = new net.BoundSocket();
  const local = handle.address();
  const socket = net.connect({ handle, port, host: '127.0.0.1' });
  assert.strictEqual(socket.localAddress, '127.0.0.1');
  assert.strictEqual(socket.localPort, local.port);
  socket.on('close', common.mustCall(done)).resume();
}

// Data that is written in the same tick arrives.
{
  const handle = make();
  const local = handle.address().port;
  left++;
  server.on('connection', (connection) => {
    if (connection.remotePort !== local)
      return;
    let text = '';
    connection.on('data', (chunk) => text += chunk);
    connection.on('end', common.mustCall(() => {
      assert.strictEqual(text, 'one two three');
      done();
    }));
  });
  const socket = net.connect({ handle, port, host: '127.0.0.1' });
  socket.write('one ');
  socket.write('two ');
  socket.end('three');
  socket.resume();
}

// The kernel knows about a failure immediately, but the program learns about it
// later.
{
  left++;
  const silent = make();
  const target = { port: silent.address().port, host: '127.0.0.1' };
  const handle = make();
  const socket = new net.Socket({ handle });
  const order = ['called'];
  // It is not too late to add a listener after the call.
  socket.connect(target);
  order.push('returned');
  assert.strictEqual(socket.destroyed, false);
  socket.on('error', common.mustCall((err) => {
    order.push('error');
    assert.strictEqual(err.code, 'ECONNREFUSED');
  }));
  socket.on('connect', common.mustNotCall());
  socket.on('close', common.mustCall(() => {
    assert.deepStrictEqual(order, ['called', 'returned', 'error']);
    silent.close();
    done();
  }));
}

// Destroyed in the same tick as connect(): 'close' is the only event.
{
  left++;
  const handle = make();
  const local = handle.address().port;
  const socket = net.connect({ handle, port, host: '127.0.0.1' });
  socket.on('connect', common.mustNotCall());
  socket.on('error', common.mustNotCall());
  socket.on('close', common.mustCall((hadError) => {
    assert.strictEqual(hadError, false);
    done();
  }));
  assert.strictEqual(socket.localPort, local);
  socket.destroy();
  assert.strictEqual(socket.destroyed, true);
}

// Closed in the same tick as listen(): the port is free immediately.
{
  const handle = make();
  const { port } = handle.address();
  const early = net.createServer();
  early.on('error', common.mustNotCall());
  early.on('close', common.mustCall());
  early.listen(handle);
  assert.strictEqual(early.listening, true);
  assert.strictEqual(early.address().port, port);
  early.close();
  assert.strictEqual(early.listening, false);
  assert.strictEqual(early.address(), null);
  setImmediate(common.mustCall(() => {
    new net.BoundSocket({ host: '127.0.0.1', port }).close();
  }));
}

// The port of a closed handle is also free, without waiting for the event loop.
{
  const first = make();
  const { port } = first.address();
  first.close();
  for (let i = 0; i < 3; i++) {
    const again = new net.BoundSocket({ host: '127.0.0.1', port });
    assert.strictEqual(again.address().port, port);
    again.close();
  }
}

// Handles that exist at the same time have different ports.
{
  const handles = Array.from({ length: 50 }, () => make());
  const ports = handles.map((handle) => handle.address().port);
  assert.strictEqual(new Set(ports).size, 50);
  handles.forEach((handle) => handle.close());
}
