import t from 'tap';
import { javascriptMutations } from '../../../verify/mutate/javascript.ts';
import { mutantsOf } from '../../../verify/mutate/mutation.ts';

/** The changes that are made to a text. */
async function changes(text: string): Promise<readonly string[]> {
  return mutantsOf(text, await javascriptMutations('lib/internal/x.js', text)).map(({ change }) => change);
}

t.test('single changes, with their places', async (t) => {
  const text = '\'use strict\';\n\nfunction f(a) {\n  return a < 1;\n}\n';
  const mutants = mutantsOf(text, await javascriptMutations('lib/internal/x.js', text));
  t.same(mutants.map(({ name }) => name), [
    'lib/internal/x.js:3 { return a < 1; } -> {}',
    'lib/internal/x.js:4 a < 1 -> true',
    'lib/internal/x.js:4 a < 1 -> false',
    'lib/internal/x.js:4 a < 1 -> a <= 1',
    'lib/internal/x.js:4 a < 1 -> a >= 1',
  ]);
  t.same(mutants.map(({ line }) => line), ['function f(a) {', ...Array<string>(4).fill('return a < 1;')]);
  t.equal(mutants[3]!.text, text.replace('<', '<='));
  t.equal(mutants[0]!.text, '\'use strict\';\n\nfunction f(a) {}\n');
});

t.test('what no test can notice, or should', async (t) => {
  for (const text of [
    '/** @type {\'a\'} */\n// a && b',
    'const { ArrayPrototypePush, Symbol } = primordials;',
    'const { codes: { ERR_X } } = require(\'internal/errors\');',
    'const { TCP } = internalBinding(\'tcp_wrap\');',
    'const kParcel = Symbol(\'kParcel\');',
    'module.exports = { f };',
    'throw new ERR_X(`fields.${name}`, value, `must be ${a ? \'x\' : \'y\'}`);',
    'throw new ErrnoException(err, \'bind\');',
    'debug(\'bind %s\', a || b);',
    'process.emitWarning(\'old\');',
    'validateInteger(value, `options.${name}`, 0, max);',
    'const values = { __proto__: null };',
    'if (process.platform === \'win32\') f();',
  ]) {
    t.same(await changes(text), [], text);
  }
  t.same(await changes('class A { [inspect.custom]() { return \'a\'; } }'), []);
});

t.test('what a test should notice next to that', async (t) => {
  t.same(await changes('validateOneOf(value, \'name\', [\'a\']);'), ['[\'a\'] -> []', '\'a\' -> ""']);
  t.same(await changes('emit(\'close\');'), ['\'close\' -> ""']);
  t.same(await changes('const values = { __proto__: null, a };'), ['{ __proto__: null, a } -> {}']);
  t.same(await changes('exports.a = !b;'), ['!b -> b']);
});
