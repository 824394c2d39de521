/**
 * User code may replace the language's builtins at any time. lib/ keeps working because
 * it takes them from `primordials`, which were copied before any user code ran.
 */

/** Builtins that are used under their own name: Array, ArrayIsArray, ... */
const PLAIN = [
  'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array',
  'BigUint64Array', 'Boolean', 'DataView', 'Date', 'Error', 'EvalError',
  'Float32Array', 'Float64Array', 'Function', 'Int16Array', 'Int32Array',
  'Int8Array', 'JSON', 'Math', 'Number', 'Object', 'Promise', 'Proxy',
  'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'String', 'Symbol',
  'SyntaxError', 'TypeError', 'URIError', 'Uint16Array', 'Uint32Array',
  'Uint8Array', 'Uint8ClampedArray', 'decodeURI', 'decodeURIComponent',
  'encodeURI', 'encodeURIComponent', 'escape', 'eval', 'unescape',
];

/** Classes whose primordial has a null prototype and a different name. */
const SAFE = ['FinalizationRegistry', 'Map', 'Set', 'WeakMap', 'WeakRef', 'WeakSet'];

/** Functions that primordials only have as members of Number. */
const OF_NUMBER = ['isFinite', 'isNaN', 'parseFloat', 'parseInt'];

const capital = (name) => name[0].toUpperCase() + name.slice(1);

const GLOBALS = new Map([
  ...PLAIN.map((name) => [name, name]),
  ...SAFE.map((name) => [name, `Safe${name}`]),
  ...OF_NUMBER.map((name) => [name, `Number${capital(name)}`]),
]);

/** Properties that are read in place because users may set them. */
const SHARED = new Map([
  ['Error', new Set(['prepareStackTrace', 'stackTraceLimit'])],
]);

/**
 * Methods that are practically unique to the named builtins. Those that other objects in
 * lib/ have as well (slice, concat, get, set, at, join, ...) are left out: without types,
 * a report would be a guess.
 */
const METHODS = new Map(Object.entries({
  Array: [
    'every', 'filter', 'findIndex', 'findLast', 'findLastIndex', 'flatMap', 'forEach',
    'map', 'push', 'reduce', 'reduceRight', 'some', 'splice', 'unshift',
  ],
  Date: ['getTime', 'toISOString'],
  Object: ['hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable'],
  String: [
    'charAt', 'charCodeAt', 'codePointAt', 'endsWith', 'localeCompare', 'matchAll', 'padEnd',
    'padStart', 'replace', 'replaceAll', 'split', 'startsWith', 'substring', 'toLowerCase',
    'toUpperCase', 'trim', 'trimEnd', 'trimStart',
  ],
}).flatMap(([owner, names]) => names.map((name) => [name, [owner]])));
for (const name of ['includes', 'indexOf', 'lastIndexOf']) METHODS.set(name, ['Array', 'String']);

/** The name of a member expression's property, if it is in the source. */
function propertyOf(member) {
  if (!member.computed && member.property.type === 'Identifier') return member.property.name;
  const { value } = member.property;
  return typeof value === 'string' ? value : undefined;
}

/** The primordial to use for a global: ArrayIsArray for Array.isArray. */
function primordialFor(identifier) {
  const own = GLOBALS.get(identifier.name);
  let primordial = identifier.name;
  let node = identifier;
  while (node.parent.type === 'MemberExpression' && node.parent.object === node) {
    const property = propertyOf(node.parent);
    if (property === undefined) break;
    primordial += capital(property);
    node = node.parent;
  }
  return node === identifier ? own : primordial;
}

/** @type {import('eslint').Rule.RuleModule} */
export default {
  meta: {
    type: 'problem',
    docs: { description: 'take builtins from primordials' },
    schema: [],
    messages: {
      global: 'Use `const { {{primordial}} } = primordials` instead of the global {{name}}.',
      method: 'Use {{primordial}}() of primordials instead of the method {{name}}().',
    },
  },
  create(context) {
    function check({ identifier }) {
      const { name, parent } = identifier;
      if (parent.type === 'MemberExpression' && parent.object === identifier &&
          SHARED.get(name)?.has(propertyOf(parent))) return;
      const primordial = primordialFor(identifier);
      context.report({ node: identifier, messageId: 'global', data: { name, primordial } });
    }

    return {
      'Program:exit'(node) {
        const scope = context.sourceCode.getScope(node);
        let top = scope;
        while (top.upper !== null) top = top.upper;
        for (const name of GLOBALS.keys()) {
          const variable = top.set.get(name);
          if (variable?.defs.length === 0) variable.references.forEach(check);
        }
        top.through.filter(({ identifier }) => GLOBALS.has(identifier.name)).forEach(check);
      },

      CallExpression(node) {
        const { callee } = node;
        if (callee.type !== 'MemberExpression' || callee.property.type === 'PrivateIdentifier') return;
        // Classes in lib/ call their own methods, which may have any name.
        if (callee.object.type === 'ThisExpression' || callee.object.type === 'Super') return;
        const name = propertyOf(callee);
        const owners = METHODS.get(name);
        if (owners === undefined) return;
        const primordial = owners.map((owner) => `${owner}Prototype${capital(name)}`).join('() or ');
        context.report({ node: callee.property, messageId: 'method', data: { name, primordial } });
      },
    };
  },
};
