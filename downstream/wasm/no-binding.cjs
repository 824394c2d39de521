'use strict';

// Loaded with --require. Nothing may request the handles that Node.js is built
// on, by any of the names under which programs can find them.

const REFUSED = new Set(['tcp_wrap', 'udp_wrap', 'pipe_wrap']);

for (const name of ['binding', '_linkedBinding']) {
  const original = process[name];
  const value = (module) => {
    if (REFUSED.has(module)) throw new Error(`process.${name}('${module}') is refused here`);
    return original.call(process, module);
  };
  Object.defineProperty(process, name, { value, writable: false, configurable: false });
}
