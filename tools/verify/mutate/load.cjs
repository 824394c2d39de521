'use strict';

// Loads every public builtin. Those that begin with an underscore are loaded by the others.

const { builtinModules } = require('node:module');

for (const id of builtinModules.filter((name) => !name.startsWith('_'))) require(id);
