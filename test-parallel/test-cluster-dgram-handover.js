'use strict';

// A worker can transfer the socket that it shares with others. The primary
// process closes it when no worker has it any more.

const common = require('../common');
if (common.isWindows)
  common.skip('Windows duplicates no datagram sockets');
if (process.versions.node.startsWith('20.'))
  common.skip('only native objects are transferred');

const assert = require('assert');
const cluster = require('cluster');
const dgram = require('dgram');
const { MessageChannel, receiveMessageOnPort } = require('worker_threads');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('exit', common.mustCall((code, signal) => {
    assert.strictEqual(signal, null);
    assert.strictEqual(code, 0);
  }));
  return;
}

const { port1, port2 } = new MessageChannel();
const socket = dgram.createSocket('udp4');
socket.bind(0, '127.0.0.1', common.mustCall(() => {
  const { port } = socket.address();
  port1.postMessage(socket, [socket]);
  const { message } = receiveMessageOnPort(port2);
  assert.strictEqual(message.address().port, port);
  message.close();
  port1.close();
  let left = 500;
  // The primary process is told by a message.
  const bindAgain = () => {
    const next = dgram.createSocket('udp4');
    next.on('error', (error) => {
      assert.strictEqual(error.code, 'EADDRINUSE');
      assert.notStrictEqual(--left, 0);
      next.close(() => setTimeout(bindAgain, 10));
    });
    next.bind({ port, address: '127.0.0.1', exclusive: true }, common.mustCallAtLeast(() => {
      next.close();
      process.disconnect();
    }, 0));
  };
  bindAgain();
}));
socket.on('close', common.mustCall());
