'use strict';

// Bound sockets can be created in other contexts and transferred from there,
// and one that cannot be received is closed.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const vm = require('vm');
const {
  MessageChannel,
  moveMessagePortToContext,
  receiveMessageOnPort,
} = require('worker_threads');

const host = '127.0.0.1';
const context = vm.createContext({ net, host });

// Created in the other context, using a class from there.
{
  const bound = vm.runInContext(
    'new (class extends net.BoundSocket {})({ host, shared: true })', context);
  assert.ok(bound instanceof net.BoundSocket);
  const address = bound.address();
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(bound, [bound]);
  assert.throws(() => bound.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  const { message } = receiveMessageOnPort(port2);
  assert.deepStrictEqual(message.address(), address);
  message.close();
  port1.close();
}

// Another context cannot receive objects of Node.js.
{
  const { port1, port2 } = new MessageChannel();
  const moved = moveMessagePortToContext(port2, context);
  const bound = new net.BoundSocket({ host });
  const { port } = bound.address();
  moved.onmessage = common.mustNotCall();
  moved.onmessageerror = common.mustCall(({ data }) => {
    assert.strictEqual(data.code, 'ERR_MESSAGE_TARGET_CONTEXT_UNAVAILABLE');
    port1.close();
    // The address is free.
    setImmediate(common.mustCall(() => {
      new net.BoundSocket({ host, port, exclusive: true }).close();
    }));
  });
  port1.postMessage(bound, [bound]);
  assert.throws(() => bound.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  moved.start();
}
