'use strict';

// Exports of net can be imported by name, and reflect replaced values.

const common = require('../common');
const assert = require('assert');
const { syncBuiltinESMExports } = require('module');
const net = require('net');

const names = ['BoundSocket', 'constants', 'structs'];

(async () => {
  const imported = await import('node:net');
  for (const name of names) {
    assert.strictEqual(imported[name], net[name]);
    assert.strictEqual(imported.default[name], net[name]);
  }

  const { BoundSocket } = net;
  class Replaced extends BoundSocket {}
  net.BoundSocket = Replaced;
  assert.strictEqual(imported.BoundSocket, BoundSocket);
  syncBuiltinESMExports();
  assert.strictEqual(imported.BoundSocket, Replaced);
  assert.strictEqual(imported.BoundSocket, BoundSocket);

  // Importers share the constants and cannot change them.
  assert.throws(() => imported.constants.SOL_SOCKET = 0, TypeError);
  assert.throws(() => delete imported.structs.linger, TypeError);
})().then(common.mustCall());
