'use strict';

// Exports of net can be imported by name, and reflect replaced values.

const common = require('../common');
const assert = require('assert');
const { syncBuiltinESMExports } = require('module');
const net = require('net');

const names = ['BoundHandle', 'BoundSocket', 'constants', 'structs'];

(async () => {
  const imported = await import('node:net');
  for (const name of names) {
    assert.strictEqual(imported[name], net[name]);
    assert.strictEqual(imported.default[name], net[name]);
  }

  const { BoundHandle } = net;
  class Replaced extends BoundHandle {}
  net.BoundHandle = Replaced;
  assert.strictEqual(imported.BoundHandle, BoundHandle);
  syncBuiltinESMExports();
  assert.strictEqual(imported.BoundHandle, Replaced);
  assert.strictEqual(imported.BoundSocket, BoundHandle);

  // Importers share the constants and cannot change them.
  assert.throws(() => imported.constants.SOL_SOCKET = 0, TypeError);
  assert.throws(() => delete imported.structs.linger, TypeError);
})().then(common.mustCall());
