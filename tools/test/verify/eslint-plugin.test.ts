import { ESLint, Linter } from 'eslint';
import t from 'tap';
import { root } from '../../core/paths.ts';
import plugin from '../../verify/eslint-plugin/index.js';

type RuleName = keyof typeof plugin.rules;

const linter = new Linter();

/** The findings of one rule in some code. */
function findings(rule: RuleName, code: string): readonly string[] {
  return linter.verify(code, [{
    plugins: { bindery: plugin },
    languageOptions: {
      sourceType: 'commonjs',
      globals: { primordials: 'readonly', internalBinding: 'readonly' },
    },
    rules: { [`bindery/${rule}`]: 'error' },
  }]).map(({ line, message }) => `${line}: ${message}`);
}

interface Cases {
  readonly valid: readonly string[];
  /** Code, and a text that each finding contains. */
  readonly invalid: readonly (readonly [code: string, ...texts: string[]])[];
}

const cases: Record<RuleName, Cases> = {
  'prefer-primordials': {
    valid: [
      'const { ArrayIsArray } = primordials; ArrayIsArray(x);',
      'const { Array } = primordials; new Array(3);',
      'const { SafeMap } = primordials; new SafeMap().get(1);',
      'function f(Map) { return new Map(); }',
      'x.Array; x = { Array: 1 };',
      'Error.stackTraceLimit = 0;',
      'globalThis.x;',
      'buffer.slice(1); map.get(1); path.join(a, b); x.concat(y);',
      'class C extends D { push() { this.push(null); super.push(null); } }',
      'push(x); x[push](y);',
      'class C { #push() {} f() { c.#push(); } }',
      'x.push;',
    ],
    invalid: [
      ['Array.isArray(x);', '1: Use `const { ArrayIsArray } = primordials`'],
      ['new Map();', '{ SafeMap }'],
      ['x instanceof Set;', '{ SafeSet }'],
      ['f(Symbol.iterator);', '{ SymbolIterator }'],
      ['Object.prototype.hasOwnProperty;', '{ ObjectPrototypeHasOwnProperty }'],
      ["JSON['parse'](x);", '{ JSONParse }'],
      ['Math[x];', '{ Math }'],
      ['isNaN(x);', '{ NumberIsNaN }'],
      ['function f() { return () => Promise.all([]); }', '{ PromiseAll }'],
      ['const { keys } = Object;', '{ Object }'],
      ['Error.captureStackTrace(x);', '{ ErrorCaptureStackTrace }'],
      ['typeof Uint8Array;\nDate.now();', '1: ', '2: '],
      ['x.push(1);', 'ArrayPrototypePush()'],
      ['x?.map(f);', 'ArrayPrototypeMap()'],
      ["x['split'](',');", 'StringPrototypeSplit()'],
      ['x.includes(y);', 'ArrayPrototypeIncludes() or StringPrototypeIncludes()'],
      ["''.trim().padStart(3);", 'StringPrototypePadStart()', 'StringPrototypeTrim()'],
    ],
  },
  'primordials-sorted': {
    valid: [
      'const { A, B } = primordials; A; B;',
      'const { ArrayIsArray, ArrayPrototypeAt, JSONParse, Map } = primordials;' +
        ' ArrayIsArray; ArrayPrototypeAt; JSONParse; Map;',
      'const { A: B, C: A } = primordials; A; B;',
      'const { B, A } = other;',
      'const { A } = primordials; module.exports = { A };',
    ],
    invalid: [
      ['const {\n  B,\n  A,\n} = primordials; A; B;', '3: A comes before B'],
      ['const { a, B } = primordials; a; B;', 'B comes before a'],
      ['const { A, B } = primordials; B;', 'A is taken from primordials and not used'],
      ['const { A: B } = primordials;', 'B is taken from primordials and not used'],
      ['const p = primordials;', 'by destructuring'],
    ],
  },
  'require-common-first': {
    valid: [
      "'use strict';\n// About.\nrequire('../common');\nconst a = require('assert');",
      "const common = require('../common'); require('net');",
      "const { mustCall } = require('../common/index.js');",
      "require('../common').skip('x');",
      "require('../common'); function f() { return require('net'); }",
    ],
    invalid: [
      ["'use strict';\nconst a = require('assert');\nrequire('../common');", '2: require(\'../common\') comes before'],
      ["require('../common/tmpdir');\nrequire('../common');", '1: require(\'../common\') comes before'],
      ["require('assert');", 'A test begins with'],
      ["'use strict';", 'A test begins with'],
    ],
  },
  'no-raw-error': {
    valid: [
      "throw new ERR_INVALID_ARG_VALUE('x');",
      'throw err;',
      'const err = new Error();',
      'throw new errors.Error();',
    ],
    invalid: [
      ["throw new Error('x');", 'instead of a raw Error'],
      ['throw new TypeError();', 'raw TypeError'],
      ["if (x)\n  throw RangeError('x');", '2: Throw an error'],
      ['const { SyntaxError } = primordials; throw new SyntaxError();', 'raw SyntaxError'],
    ],
  },
};

for (const [rule, { valid, invalid }] of Object.entries(cases) as [RuleName, Cases][]) {
  t.test(rule, async (t) => {
    for (const code of valid) t.same(findings(rule, code), [], code);
    for (const [code, ...texts] of invalid) {
      const found = findings(rule, code);
      t.equal(found.length, texts.length, `${code} has ${texts.length} findings`);
      for (const text of texts) t.ok(found.some((finding) => finding.includes(text)), `${code}: ${text}`);
    }
  });
}

t.test('the configuration applies the rules where they hold', async (t) => {
  const eslint = new ESLint({ cwd: root });
  const code = "'use strict';\n\nconst net = require('net');\n\nif (!net)\n  throw new Error('none');\n";
  const rules = async (filePath: string) => {
    const [result] = await eslint.lintText(code, { filePath });
    return result!.messages.map(({ ruleId }) => ruleId).sort();
  };
  t.same(await rules('lib/internal/x.js'), ['bindery/no-raw-error', 'bindery/prefer-primordials']);
  t.same(await rules('test-parallel/test-x.js'), ['bindery/require-common-first']);
  t.same(await rules('benchmark/net/x.js'), []);
  t.same(await rules('examples/x.js'), []);
  t.same(await rules('examples/x.cjs'), []);
});
