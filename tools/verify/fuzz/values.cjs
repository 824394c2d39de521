'use strict';

// Values that no careful program would pass.

const dgram = require('node:dgram');
const net = require('node:net');
const { inspect } = require('node:util');
const vm = require('node:vm');

/** What hostile getters, traps and conversions throw. */
class Hostility extends Error {
  name = 'Hostility';
}

const KINDS = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array, Float32Array, Float64Array, globalThis.Float16Array, DataView,
].filter(Boolean);

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 20, 36, 128, 1024];

const NUMBERS = [
  0, -0, 1, -1, 2, 3, 4, 6, 16, 17, 41, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
  2 ** 32, -0x80000000, -0x80000001, 2 ** 53, -(2 ** 53), 0.5, -1.5, 1e300, 5e-324,
  NaN, Infinity, -Infinity,
];

const STRINGS = [
  '', 'a', '0', '1e3', '0x10', '-1', ' 1', '65536', '\0', 'a\0b', '\0a', '\ud800', '\udc00\ud800', 'é', '\u{10ffff}',
  'lo', 'reno', 'reuseport', 'true', '127.0.0.1', '127.0.0.1\0', '127.0.0.2', '::1', '::', '::ffff:127.0.0.1',
  'fe80::1%lo', '::1%nothing', '0.0.0.0', '255.255.255.255', '1.2.3', 'localhost', '__proto__', 'constructor',
];

const LONG = 'x'.repeat(2 ** 20);

/** What a trap of a proxy may do, for the traps that our code can trigger. */
const TRAPS = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'set', 'defineProperty'];

const realm = vm.createContext({});
const elsewhere = (code) => vm.runInContext(code, realm);

/** What the second realm makes. */
const FOREIGN = [
  '({})', '[]', '[1, 2, 3]', 'new Uint8Array(8)', 'new DataView(new ArrayBuffer(4))', 'new Error("foreign")',
  'Object.create(null)', '(function () {})', 'Symbol("foreign")', 'new Proxy([], {})', 'new Number(1)', 'globalThis',
];

/** @returns {ArrayBufferView} A view of some kind over `buffer`. */
function viewOf(random, buffer, offset = 0, length = undefined) {
  const Kind = random.pick(KINDS);
  const unit = Kind.BYTES_PER_ELEMENT ?? 1;
  const from = offset - offset % unit;
  if (length === undefined && buffer.byteLength - from >= unit && (buffer.resizable || buffer.growable))
    return new Kind(buffer, from);
  const most = Math.floor((buffer.byteLength - from) / unit);
  return new Kind(buffer, from, Math.max(0, Math.min(most, Math.floor((length ?? buffer.byteLength) / unit))));
}

function filled(random, buffer) {
  new Uint8Array(buffer).fill(random.pick([0, 1, 0x7f, 0xff]));
  return buffer;
}

/** Views whose bytes change, or are not what they seem to be. */
const views = {
  'view': (random) => viewOf(random, filled(random, new ArrayBuffer(random.pick(SIZES)))),
  'view with an offset': (random) => viewOf(random, filled(random, new ArrayBuffer(64)), 8, random.pick(SIZES.slice(0, 9))),
  'Buffer': (random) => Buffer.alloc(random.pick(SIZES), random.below(256)),
  'Buffer of the pool': (random) => Buffer.from('abcdefgh'.slice(0, random.below(9))),
  'shared view': (random) => viewOf(random, filled(random, new SharedArrayBuffer(random.pick(SIZES)))),
  'growable shared view': (random) => {
    const buffer = new SharedArrayBuffer(8, { maxByteLength: 64 });
    const view = viewOf(random, buffer);
    if (random.chance(0.5)) buffer.grow(32);
    return view;
  },
  'resizable view': (random) => viewOf(random, new ArrayBuffer(16, { maxByteLength: 64 }), 0, random.pick([undefined, 8])),
  'view out of bounds': (random) => {
    const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
    const view = viewOf(random, buffer, 8, random.pick([undefined, 8]));
    buffer.resize(random.pick([0, 4, 8]));
    return view;
  },
  'view that came back into bounds': (random) => {
    const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
    const view = viewOf(random, buffer, 8, 8);
    buffer.resize(0);
    buffer.resize(64);
    return view;
  },
  'detached view': (random) => {
    const buffer = new ArrayBuffer(random.pick(SIZES));
    const view = viewOf(random, buffer);
    structuredClone(buffer, { transfer: [buffer] });
    return view;
  },
  'view of WebAssembly memory': (random) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
    const view = viewOf(random, memory.buffer, 0, 16);
    if (random.chance(0.5)) memory.grow(1);
    return view;
  },
  'view that lies': (random) => {
    const view = new Uint8Array(8);
    for (const name of ['buffer', 'byteLength', 'byteOffset', 'length', Symbol.toStringTag])
      Object.defineProperty(view, name, { value: random.pick([undefined, -1, 2 ** 40, 'DataView', {}]) });
    return view;
  },
  'view of a class of its own': () => new (class extends Uint8Array {
    get byteLength() { return 2 ** 40; }
    static get [Symbol.species]() { throw new Hostility(); }
  })(4),
  'what only inherits from a view': () => Object.create(new Uint8Array(4)),
  'proxy of a view': () => new Proxy(new Uint8Array(4), {}),
};

/** Objects that run our code when they are examined. `harm` closes the object of the call. */
const active = {
  'getters that throw': () => new Proxy({}, { get() { throw new Hostility(); } }),
  'traps that throw': (random) => {
    const trap = random.pick(TRAPS);
    return new Proxy(random.pick([{}, [], () => {}]), { [trap]() { throw new Hostility(); } });
  },
  'traps that harm': (random, harm) => {
    const trap = random.pick(TRAPS);
    return new Proxy(random.pick([{}, [], [[]], { host: '127.0.0.1' }]), {
      [trap](...args) {
        harm();
        return Reflect[trap](...args);
      },
    });
  },
  'conversion that throws': () => ({ [Symbol.toPrimitive]() { throw new Hostility(); } }),
  'conversion that harms': (random, harm) => ({
    valueOf() {
      harm();
      return 1;
    },
    toString() {
      harm();
      return '1';
    },
  }),
  'conversion to nothing': () => ({ valueOf: undefined, toString: undefined }),
  'toJSON that harms': (random, harm) => ({
    toJSON() {
      harm();
      return 1;
    },
  }),
  'constructor that throws': () => ({ get constructor() { throw new Hostility(); } }),
  'tag that throws': () => ({ get [Symbol.toStringTag]() { throw new Hostility(); } }),
};

/** Objects that are not what they seem. */
const strange = {
  'revoked proxy': (random) => {
    const { proxy, revoke } = Proxy.revocable(random.pick([{}, [], () => {}]), {});
    revoke();
    return proxy;
  },
  'array-like that lies': (random) => ({ length: random.pick([-1, 3, 2 ** 32, NaN, '3', 1n]), 0: 1, 1: 2, 2: 3 }),
  'array that lies': (random) => {
    const length = random.pick([-1, 0, 3, 1000, NaN, 1.5, '3', undefined]);
    return new Proxy([], { get: (target, key) => (key === 'length' ? length : target[key]) });
  },
  'array with holes': () => [, 1, , 2], // eslint-disable-line no-sparse-arrays
  'array that is frozen': () => Object.freeze([Object.freeze([1, 2, 3])]),
  'object of another realm': (random) => elsewhere(random.pick(FOREIGN)),
  'wrapped primitive': (random) => Object(random.pick([1, 'a', true, 1n, Symbol('wrapped')])),
  'what only inherits from a bound socket': () => Object.create(net.BoundHandle.prototype),
  'what inherits from a socket': () => Object.create(net.Socket.prototype),
  'proxy of the class': () => new Proxy(net.BoundHandle, {}),
  'closed bound socket': () => {
    const bound = new net.BoundHandle({ host: '127.0.0.1' });
    bound.close();
    return bound;
  },
  'socket': () => new net.Socket(),
  'server': () => net.createServer(),
  'class': () => class {},
  'function': () => () => {},
  'async function': () => async () => {},
  'dgram module': () => dgram,
  'date': () => new Date(NaN),
  'map': () => new Map([['host', '::1']]),
  'promise': () => Promise.resolve(1),
  'error': () => new Error('a value'),
  'arguments': () => (function() { return arguments; })(1, 2, 3),
  'null prototype': () => Object.create(null),
  'empty object': () => ({}),
  'empty array': () => [],
  'buffer without a view': () => new ArrayBuffer(8),
  'symbol': () => Symbol('value'),
  'well-known symbol': () => Symbol.iterator,
  'BigInt': (random) => random.pick([0n, 1n, -1n, 2n ** 64n]),
};

const plain = {
  'undefined': () => undefined,
  'null': () => null,
  'boolean': (random) => random.chance(0.5),
  'number': (random) => random.pick(NUMBERS),
  'string': (random) => random.pick(STRINGS),
  'long string': (random) => (random.chance(0.5) ? LONG : `${LONG}x`),
};

const all = Object.entries({ ...plain, ...views, ...strange, ...active });
// Copying its million properties takes long.
const viewEntries = Object.entries({ ...views, 'big view': () => new Uint8Array(2 ** 20 + 1) });

/** A value, and its name in the report of a call. */
const make = ([name, build], random, harm) => {
  const value = build(random, harm);
  return { value, text: name === 'number' || name === 'string' ? inspect(value) : name };
};

/**
 * @param {object} random
 * @param {() => void} harm Closes the object of the call.
 * @returns {{ value: any, text: string }}
 */
function hostile(random, harm) {
  const name = random.pick(all);
  // Long strings take the longest and reveal the least.
  return make(name[0] === 'long string' && random.chance(0.9) ? random.pick(all) : name, random, harm);
}

const LOOKALIKES = ['what only inherits from a bound socket', 'revoked proxy', 'undefined', 'null', 'closed bound socket'];
const lookalikes = all.filter(([name]) => LOOKALIKES.includes(name));

/** Something that may be mistaken for a bound socket, or nothing. */
const lookalike = (random) => make(random.pick(lookalikes), random);

const view = (random, harm) => make(random.pick(viewEntries), random, harm);

const TWICE = ['host', 'port', 'path', 'backlog', 'family', 'localAddress', 'localPort', 'timeout', 'signal'];

/**
 * The same fields in an object that behaves differently.
 * @param {object} fields
 * @returns {{ value: object, text: string }}
 */
function wrapped(fields, random, harm) {
  const names = Object.keys(fields);
  const wrappers = {
    'plain': () => fields,
    'frozen': () => Object.freeze(fields),
    'null prototype': () => Object.assign(Object.create(null), fields),
    'inherited': () => Object.create(fields),
    'class': () => Object.assign(new (class Options {})(), fields),
    'another realm': () => Object.assign(elsewhere('({})'), fields),
    'proxy': () => new Proxy(fields, {}),
    'getters': () => Object.defineProperties({}, Object.fromEntries(
      names.map((name) => [name, { enumerable: true, get: () => fields[name] }]))),
    'getter that harms': () => {
      const name = random.pick(names);
      const read = fields[name];
      return Object.defineProperty(fields, name, {
        enumerable: true,
        get() {
          harm();
          return read;
        },
      });
    },
    'getter that answers once': () => {
      const name = random.pick(names);
      // Node.js itself reads these more than once.
      if (TWICE.includes(name)) return fields;
      const read = fields[name];
      let asked = 0;
      return Object.defineProperty(fields, name, { enumerable: true, get: () => (asked++ === 0 ? read : undefined) });
    },
    'getter that throws': () => Object.defineProperty(fields, random.pick(names), {
      enumerable: true,
      get() { throw new Hostility(); },
    }),
  };
  const kinds = Object.keys(wrappers).slice(0, names.length === 0 ? -3 : undefined);
  const text = random.chance(0.5) ? 'plain' : random.pick(kinds);
  return { value: wrappers[text](), text };
}

module.exports = { Hostility, hostile, lookalike, view, wrapped };
