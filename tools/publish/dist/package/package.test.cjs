'use strict';

const assert = require('node:assert');
const net = require('node:net');
const test = require('node:test');
const greeting = require('greeting');

test('a dependency that npm has installed is found', () => assert.strictEqual(greeting('port'), 'hello port'));

test('the proposals are there', () => {
  const bound = new net.BoundHandle({ host: '127.0.0.1', port: 0 });
  assert.ok(bound.address().port > 0);
  bound.close();
});
