'use strict';

// With `exclusive`, bindSync() and bind() prevent others from binding the
// address.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { spawnSync } = require('child_process');

const { SOL_SOCKET, SO_REUSEADDR } = net.constants;
const address = '127.0.0.1';

// Starts a process that would share the port if it could.
function rival(port) {
  const program = `
    const socket = require('dgram').createSocket({ type: 'udp4', reuseAddr: true });
    try {
      socket.bindSync({ address: '${address}', port: ${port} });
      console.log('bound');
    } catch (err) {
      console.log(err.code);
    }
    socket.close();`;
  return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout.trim();
}

function assertTaken(port) {
  assert.strictEqual(rival(port), 'EADDRINUSE');
  for (const options of [{ exclusive: true }, {}]) {
    const socket = dgram.createSocket('udp4');
    assert.throws(() => socket.bindSync({ address, port, ...options }),
                  { code: 'EADDRINUSE', syscall: 'bind', address, port });
    // The socket can be bound to another port.
    assert.ok(socket.bindSync({ address, ...options }).port > 0);
    socket.close();
  }
}

// An address of the other family is invalid, as it is for an ordinary bind.
for (const [type, other] of [['udp4', '::1'], ['udp6', address]]) {
  for (const exclusive of [false, true]) {
    const socket = dgram.createSocket(type);
    assert.throws(() => socket.bindSync({ address: other, exclusive }),
                  { code: 'EINVAL', syscall: 'bind', address: other });
    socket.close();
  }
}

{
  const socket = dgram.createSocket('udp4');
  const { port } = socket.bindSync({ address, exclusive: true });
  assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  assertTaken(port);
  socket.on('message', common.mustCall((message) => {
    assert.strictEqual(`${message}`, 'hello');
    socket.close();
    assert.strictEqual(rival(port), 'bound');
  }));
  const sender = dgram.createSocket('udp4');
  sender.send('hello', port, address, common.mustCall(() => sender.close()));
}

// The existing option of bind() for clusters has the same effect.
{
  const socket = dgram.createSocket('udp4');
  socket.bind({ address, exclusive: true }, common.mustCall(() => {
    assertTaken(socket.address().port);
    socket.close();
  }));
}

if (common.hasIPv6) {
  const only = dgram.createSocket({ type: 'udp6', ipv6Only: true });
  const { address: any, port } = only.bindSync({ exclusive: true });
  assert.strictEqual(any, '::');
  const four = dgram.createSocket('udp4');
  four.bindSync({ port, exclusive: true });
  four.close();
  // The handle knows its family.
  only.setTTL(7);
  const { IPPROTO_IPV6, IPV6_UNICAST_HOPS } = net.constants;
  assert.strictEqual(only.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS), 7);
  only.close();
}

const sharing = [{ reuseAddr: true }];
if (parseInt(process.versions.node) >= 22)
  sharing.push({ reusePort: true });
for (const options of sharing) {
  const socket = dgram.createSocket({ type: 'udp4', ...options });
  assert.throws(() => socket.bindSync({ address, exclusive: true }),
                { code: 'ERR_INVALID_ARG_VALUE', message: /reuseAddr or reusePort/ });
  socket.close();
}
{
  const socket = dgram.createSocket('udp4');
  for (const exclusive of ['yes', 1, {}])
    assert.throws(() => socket.bindSync({ exclusive }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => socket.bindSync({ address: 'localhost', exclusive: true }),
                { code: 'ERR_INVALID_ARG_VALUE' });
  socket.bindSync({ address, exclusive: true });
  assert.throws(() => socket.bindSync({ address, exclusive: true }),
                { code: 'ERR_SOCKET_ALREADY_BOUND' });
  socket.close();
  assert.throws(() => socket.bindSync({ exclusive: true }),
                { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
}
