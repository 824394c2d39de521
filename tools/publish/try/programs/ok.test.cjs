'use strict';

const assert = require('node:assert');
const net = require('node:net');
const test = require('node:test');

test('a bound socket has a port', () => {
  const bound = new net.BoundHandle();
  assert.ok(bound.address().port > 0);
  bound.close();
});
