// Flags: --expose-internals
'use strict';

// Native objects that belong to a bound socket appear in heap snapshots by
// name.

require('../common');
const assert = require('assert');
const net = require('net');
const { MessageChannel } = require('worker_threads');
const { internalBinding } = require('internal/test/binding');

const { buildEmbedderGraph } = internalBinding('heap_utils');
const host = '127.0.0.1';

function count(name) {
  const nodes = buildEmbedderGraph().filter((node) => node.name === `Node / ${name}`);
  assert.ok(nodes.every(({ size }) => size > 0));
  return nodes.length;
}

assert.strictEqual(count('BoundHandleClaim'), 0);
const bound = new net.BoundHandle({ host, shared: true });
const clone = bound.clone();
assert.strictEqual(count('BoundHandleClaim'), 2);

// A bound socket in transit.
const { port1, port2 } = new MessageChannel();
const sent = new net.BoundHandle({ host });
port1.postMessage(sent, [sent]);
assert.strictEqual(count('BoundHandleClaimTransferData'), 1);
assert.notStrictEqual(port2, undefined);

port1.close();
clone.close();
bound.close();
