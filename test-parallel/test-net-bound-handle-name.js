'use strict';

// Both names refer to the same class.

require('../common');
const assert = require('assert');
const net = require('net');

assert.strictEqual(typeof net.BoundHandle, 'function');
assert.strictEqual(net.BoundHandle, net.BoundSocket);

const bound = new net.BoundHandle({ host: '127.0.0.1', port: 0 });
try {
  assert.ok(bound instanceof net.BoundSocket);
  assert.ok(bound.address().port > 0);
} finally {
  bound.close();
}
