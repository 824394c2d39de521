'use strict';

// The methods also work if command-line flags remove features of JavaScript.

const common = require('../common');
const assert = require('assert');
const { spawn } = require('child_process');
const dgram = require('dgram');
const net = require('net');
const { MessageChannel, receiveMessageOnPort } = require('worker_threads');

const { SOL_SOCKET, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF } = net.constants;
const { linger } = net.structs;
const host = '127.0.0.1';
const socketOptions = [[SOL_SOCKET, SO_RCVBUF, 20_000]];

function useSynchronously() {
  for (const options of [{}, { exclusive: true }, { shared: true }, { socketOptions }]) {
    const bound = new net.BoundSocket({ host, ...options });
    bound.setsockopt(SOL_SOCKET, SO_LINGER, linger.encode({ onoff: true, linger: 3 }));
    const value = bound.getsockopt(SOL_SOCKET, SO_LINGER, linger.size);
    assert.strictEqual(linger.decode(value).linger, 3);
    assert.throws(() => bound.setsockopt(SOL_SOCKET, 0x7ffe, 1), { code: 'ENOPROTOOPT' });
    const clone = bound.clone();
    assert.deepStrictEqual(clone.address(), bound.address());
    clone.close();

    const { port1, port2 } = new MessageChannel();
    port1.postMessage(bound, [bound]);
    const { message } = receiveMessageOnPort(port2);
    assert.strictEqual(message.address().address, host);
    message.close();
    port1.close();
  }
  assert.throws(() => new net.BoundSocket({ host: 'localhost' }),
                { code: 'ERR_INVALID_ARG_VALUE' });

  const socket = dgram.createSocket({ type: 'udp4', socketOptions });
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 30_000);
  const { port } = socket.bindSync({ address: host, exclusive: true });
  socket.connectSync(port, host);
  socket.close();
}

function connect() {
  const server = net.createServer({
    acceptedSocketOptions: [[SOL_SOCKET, SO_KEEPALIVE, 1]],
  }, common.mustCall((connection) => {
    assert.notStrictEqual(connection.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
    connection.end();
  }, 2));
  server.listen(new net.BoundSocket({ host, shared: true }), common.mustCall(() => {
    const { port } = server.address();
    const connections = [
      { handle: new net.BoundSocket({ host }) },
      { socketOptions },
    ].map((options) => net.connect({ host, port, ...options }));
    let open = connections.length;
    for (const connection of connections) {
      connection.setKeepAlive(true, 1000, 1, 3);
      connection.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
      connection.resume().on('close', common.mustCall(() => {
        if (--open === 0)
          server.close();
      }));
    }
  }));
}

if (process.argv[2] === 'child') {
  useSynchronously();
  connect();
  return;
}

for (const flags of [
  ['--frozen-intrinsics'],
  ['--disallow-code-generation-from-strings', '--disable-proto=delete', '--no-addons'],
  ['--disable-proto=throw', '--pending-deprecation', '--throw-deprecation'],
  ['--jitless'],
  ['--no-node-snapshot', '--verify-base-objects'],
]) {
  const child = spawn(process.execPath, [...flags, '--no-warnings', __filename, 'child'],
                      { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => output += chunk);
  child.on('close', common.mustCall((code, signal) => {
    assert.strictEqual(signal, null);
    assert.strictEqual(code, 0, `${flags}: ${output}`);
  }));
}
