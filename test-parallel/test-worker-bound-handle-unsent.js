'use strict';

// A bound socket belongs to one thread. If sending is refused, it stays there.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { MessageChannel } = require('worker_threads');

if ('clone' in net.BoundSocket.prototype)
  common.skip('another proposal makes bound sockets transferable');

const { port1, port2 } = new MessageChannel();
const bound = new net.BoundSocket({ host: '127.0.0.1' });
assert.throws(() => port1.postMessage(bound, [bound]), {
  name: /^(DataCloneError|TypeError)$/,
});
assert.ok(bound.address().port > 0);
bound.close();
port1.close();
port2.close();
