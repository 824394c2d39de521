'use strict';

// Exports of net can be imported by name, and reflect replaced values.

const common = require('../common');
const assert = require('assert');
const { syncBuiltinESMExports } = require('module');
const net = require('net');

const names = ['constants', 'structs'];

(async () => {
  const imported = await import('node:net');
  for (const name of names) {
    assert.strictEqual(imported[name], net[name]);
    assert.strictEqual(imported.default[name], net[name]);
  }

  // Importers share them and cannot change them.
  assert.throws(() => imported.constants.SOL_SOCKET = 0, TypeError);
  assert.throws(() => delete imported.structs.linger, TypeError);

  const { constants } = net;
  const replaced = {};
  net.constants = replaced;
  assert.strictEqual(imported.constants, constants);
  syncBuiltinESMExports();
  assert.strictEqual(imported.constants, replaced);
})().then(common.mustCall());
