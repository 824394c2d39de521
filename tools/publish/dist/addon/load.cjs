'use strict';

// Prints the results of both addons.
const { add } = require('./build/Release/by_node_api.node');
const { versions } = require('./build/Release/by_v8.node');

console.log(JSON.stringify([add(40, 2), ...versions()]));
