// Flags: --expose-internals
'use strict';

// Native objects that belong to a bound socket appear in heap snapshots by
// name.

require('../common');
const assert = require('assert');
const net = require('net');
const { MessageChannel, receiveMessageOnPort } = require('worker_threads');
const { internalBinding } = require('internal/test/binding');

const { buildEmbedderGraph } = internalBinding('heap_utils');
const host = '127.0.0.1';

function count(name) {
  const nodes = buildEmbedderGraph().filter((node) => node.name === `Node / ${name}`);
  assert.ok(nodes.every(({ size }) => size > 0));
  return nodes.length;
}

// A bound socket in transit.
assert.strictEqual(count('BoundHandleTransit'), 0);
const { port1, port2 } = new MessageChannel();
const sent = new net.BoundSocket({ host });
port1.postMessage(sent, [sent]);
assert.strictEqual(count('BoundHandleTransitTransferData'), 1);
const { message } = receiveMessageOnPort(port2);
assert.ok(count('BoundHandleTransit') > 0);

port1.close();
message.close();
