'use strict';

const { appendFileSync } = require('node:fs');

// An official binary lacks our C++ that gives bindings these names, and nothing replaces
// it. Its use by a program is only recorded.

/**
 * Records each use of methods and objects that bindings lack. A method still reads as
 * undefined. An object is an empty one, as builtins pass it on during their evaluation.
 * @param {(name: string) => object} internalBinding
 * @param {{ methods: string[], objects: string[] }} names
 * @param {string} log The file that gets one line per use.
 */
function noteUses(internalBinding, { methods, objects }, log) {
  const note = (name) => appendFileSync(log, `${name}\n`);
  const classes = [['tcp_wrap', 'TCP'], ['pipe_wrap', 'Pipe'], ['udp_wrap', 'UDP']];
  for (const { prototype } of classes.map(([binding, name]) => internalBinding(binding)[name])) {
    for (const name of methods.filter((method) => !(method in prototype))) {
      Object.defineProperty(prototype, name, {
        configurable: true,
        get() {
          note(name);
          return undefined;
        },
        set(value) { Object.defineProperty(this, name, { configurable: true, value, writable: true }); },
      });
    }
  }
  const binding = internalBinding('tcp_wrap');
  for (const name of objects.filter((object) => !(object in binding))) {
    const traps = Object.entries(Object.getOwnPropertyDescriptors(Reflect))
      .filter(([, { value }]) => typeof value === 'function')
      .map(([key, { value: operation }]) => [key, (...args) => {
        note(name);
        return operation(...args);
      }]);
    binding[name] = new Proxy({}, Object.fromEntries(traps));
  }
}

module.exports = { noteUses };
