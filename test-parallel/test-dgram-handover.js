'use strict';

const common = require('../common');
if (common.isWindows)
  common.skip('Windows duplicates no datagram sockets');

const assert = require('assert');
const { spawnSync } = require('child_process');
const dgram = require('dgram');

// Either copy receives what is sent to the address, which is free once both are
// closed.
{
  const first = dgram.createSocket('udp4');
  const address = first.bindSync({ address: '127.0.0.1' });
  const second = first.clone();
  assert(second instanceof dgram.Socket);
  assert.deepStrictEqual(second.address(), address);
  assert.notStrictEqual(second.fd(), first.fd());
  first.on('message', common.mustNotCall());
  first.close();
  const sender = dgram.createSocket('udp4');
  sender.send('for the copy', address.port, '127.0.0.1');
  second.on('message', common.mustCall((message) => {
    assert.strictEqual(message.toString(), 'for the copy');
    second.close();
    sender.close();
    const third = dgram.createSocket('udp4');
    assert.deepStrictEqual(third.bindSync(address), address);
    third.close();
  }));
  second.on('listening', common.mustCall());
}

// A copy of a connected socket is connected.
{
  const peer = dgram.createSocket('udp4');
  const { port } = peer.bindSync({ address: '127.0.0.1' });
  const first = dgram.createSocket('udp4');
  first.connectSync(port);
  const second = first.clone();
  assert.deepStrictEqual(second.remoteAddress(), first.remoteAddress());
  for (const socket of [peer, first, second])
    socket.close();
}

// A copy copes with what the first one has asked the system for.
if (common.isLinux) {
  const free = dgram.createSocket('udp4');
  const { port: nobody } = free.bindSync({ address: '127.0.0.1' });
  free.close();
  const first = dgram.createSocket({ type: 'udp4', receiveInfo: ['errors', 'segmentSize'] });
  const { port } = first.bindSync({ address: '127.0.0.1' });
  const second = first.clone();
  first.close();
  const data = Buffer.alloc(3000, 'x');
  const known = ['address', 'family', 'port', 'size'];
  let length = 0;
  second.on('messageError', common.mustNotCall());
  second.on('message', common.mustCall((message, rinfo) => {
    assert.strictEqual(message.length, 1000);
    assert.deepStrictEqual(Object.keys(rinfo), known);
    length += message.length;
    if (length < data.length)
      return;
    // The error that comes back is no error of the copy.
    second.send('lost', nobody, '127.0.0.1', common.mustSucceed());
    setTimeout(() => second.close(), 50);
  }, 3));
  second.send(data, { port, address: '127.0.0.1', segmentSize: 1000 }, common.mustSucceed());
}

// A child process inherits the descriptor.
{
  const socket = dgram.createSocket('udp4');
  const { port } = socket.bindSync({ address: '127.0.0.1' });
  const code = `
    const socket = require('dgram').createSocket('udp4');
    console.log(socket.bindSync({ fd: 3 }).port);
    socket.close();
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', socket.fd()],
  });
  assert.strictEqual(stderr, '');
  assert.strictEqual(status, 0);
  assert.strictEqual(Number(stdout), port);
  socket.close();
}

// There is nothing to hand over before the socket is bound, and after it is closed.
{
  const socket = dgram.createSocket('udp4');
  for (const method of ['clone', 'fd'])
    assert.throws(() => socket[method](), { code: 'ERR_INVALID_STATE' });
  socket.close();
  for (const method of ['clone', 'fd'])
    assert.throws(() => socket[method](), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
}
