'use strict';

// Evaluates every public builtin with the overlay, and everything in the overlay. Prints
// as JSON what was loaded or what failed.

const { writeSync } = require('node:fs');
const { builtinModules } = require('node:module');
const overlay = require('../../../addon/overlay.cjs');

// Some that begin with an underscore cannot be the first of a cycle, patched or not.
const entrances = builtinModules.filter((id) => !/^(_|internal\/)/.test(id));

overlay.missing = [];
let result;
for (const id of [...entrances, ...overlay.ids]) {
  try {
    require(id);
  } catch (error) {
    result ??= { failed: overlay.culprit ?? id, message: String(error) };
  }
}
// process.stdout would need net.
writeSync(1, JSON.stringify(result ?? { loaded: overlay.ids, missing: overlay.missing }));
