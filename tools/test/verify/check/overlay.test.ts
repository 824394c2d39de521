import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import t from 'tap';
import { root } from '../../../core/paths.ts';
import { excuses } from '../../../verify/check/excuses.ts';
import { flagsOf, outcomeOf } from '../../../verify/check/overlay.ts';

interface Entry {
  readonly id: string;
  exports: Record<string, unknown>;
  loaded: boolean;
  loading: boolean;
  compileForInternalLoader: () => Entry['exports'];
}

// Official binaries run plain JavaScript.
const require = createRequire(import.meta.url);
const { addedCodes, forget, replace, requiredBy, watch, withHolders } = require('../../../../addon/builtins.cjs') as {
  addedCodes: (patched: string, pristine: string) => readonly string[];
  forget: (entry: Entry) => void;
  replace: (entry: Entry, evaluate: (entry: Entry) => void) => void;
  requiredBy: (text: string) => readonly string[];
  watch: <T extends object>(object: T, tell: (name: string) => void) => T;
  withHolders: (ids: readonly string[], texts: ReadonlyMap<string, string>) => ReadonlySet<string>;
};
/** Entries like those of Node's loader, with the given evaluations by id. */
function loader(evaluations: Readonly<Record<string, (entry: Entry, require: (id: string) => Entry['exports']) => void>>) {
  const entries = new Map<string, Entry>();
  const load = (id: string) => entries.get(id)!.compileForInternalLoader();
  for (const [id, evaluate] of Object.entries(evaluations)) {
    const compileForInternalLoader = () => { throw new Error(`the text of ${id} that the binary has`); };
    const entry: Entry = { id, exports: {}, loaded: false, loading: false, compileForInternalLoader };
    replace(entry, (self) => { evaluate(self, load); });
    entries.set(id, entry);
  }
  return { entries, load };
}

t.test('a builtin needs what it asks for outside of functions', (t) => {
  t.same(requiredBy([
    'const net = require(\'net\');',
    '// const a = require(\'comment\');',
    '/* require(\'comment\') */',
    'const {',
    '  codes,',
    '} = require(\'internal/errors\');',
    'function lazy() {',
    '  return require(\'cluster\');',
    '}',
    'require(\'internal/socket_options\')',
    '  .addDatagramMethods();',
  ].join('\n')), ['net', 'internal/errors', 'internal/socket_options']);
  t.end();
});

t.test('those that hold on to a builtin, and to what holds on to it', (t) => {
  const texts = new Map([
    ['cluster', 'function f() {\n  require(\'net\');\n}\n'],
    ['child_process', 'const a = require(\'internal/child_process\');\n'],
    ['internal/child_process', 'const net = require(\'net\');\n'],
    ['net', 'const stream = require(\'stream\');\nconst tls = require(\'child_process\');\n'],
    ['stream', ''],
  ]);
  t.same([...withHolders(['net'], texts)].sort(), ['child_process', 'internal/child_process', 'net']);
  t.same([...withHolders([], texts)], []);
  t.end();
});

t.test('codes that a text adds', (t) => {
  const pristine = 'const a = 1;\nE(\'ERR_A\', \'a\', Error);\nE(\'ERR_C\', (x) => {\n  return `c); ${x}`;\n}, TypeError);\n';
  const b = 'E(\'ERR_B\',\n  \'b $&\', Error);\n';
  const [start, end] = [pristine.slice(0, pristine.indexOf('E(\'ERR_C')), pristine.slice(pristine.indexOf('E(\'ERR_C'))];
  t.same(addedCodes(`${start}${b}${end}`, pristine), [b]);
  t.same(addedCodes(pristine, pristine), []);
  t.throws(() => addedCodes(`${start}${b}${end}more();\n`, pristine), { message: /more than add codes/ });
  t.throws(() => addedCodes(pristine.replace('\'a\'', '\'other\''), pristine), { message: /more than add codes/ });
  t.throws(() => addedCodes(start, pristine), { message: /more than add codes/ }, 'a code that is gone');
  t.end();
});

t.test('a cycle gets what is exported by then, and each is evaluated once', (t) => {
  const order: string[] = [];
  const { load } = loader({
    tls: (entry, require) => {
      order.push('tls');
      entry.exports['early'] = true;
      entry.exports['wrap'] = require('wrap');
    },
    wrap: (entry, require) => {
      order.push('wrap');
      entry.exports = { seen: { ...require('tls') }, tls: require('tls') };
    },
  });
  const tls = load('tls');
  const wrap = load('wrap');
  t.same(order, ['tls', 'wrap']);
  t.same(wrap['seen'], { early: true });
  t.equal(wrap['tls'], tls);
  t.equal(tls['wrap'], wrap);
  t.end();
});

t.test('what failed is evaluated again, and so is what was forgotten', (t) => {
  let times = 0;
  const { entries, load } = loader({
    net: (entry) => {
      entry.exports['times'] = ++times;
      if (times === 1) throw new Error('first');
    },
  });
  t.throws(() => load('net'), { message: 'first' });
  t.same(load('net'), { times: 2 });
  const held = load('net');
  forget(entries.get('net')!);
  t.same(load('net'), { times: 3 });
  t.same(held, { times: 2 }, 'whoever has the old exports keeps them as they are');
  t.end();
});

t.test('names that are taken and not there are told', (t) => {
  const told: string[] = [];
  const { a, b, ...rest } = watch<Record<string, unknown>>({ a: undefined, c: 1 }, (name) => { told.push(name); });
  t.same([a, b, rest], [undefined, undefined, { c: 1 }]);
  t.same(told, ['b']);
  t.end();
});

t.test('flags of a test', (t) => {
  t.same(flagsOf('\'use strict\';\n// Flags: --expose-internals  --expose-gc\n'), ['--expose-internals', '--expose-gc']);
  t.same(flagsOf('\'use strict\';\n'), []);
  t.end();
});

t.test('what the end of a test means', (t) => {
  const skipped = '1..0 # Skipped: no IPv6\n';
  t.equal(outcomeOf(0, ''), 'pass');
  t.equal(outcomeOf(0, skipped), 'skip');
  t.equal(outcomeOf(1, ''), 'fail');
  t.equal(outcomeOf(1, skipped), 'fail');
  t.equal(outcomeOf(null, ''), 'fail', 'a signal ended it');
  t.end();
});

t.test('a test that needs hooks is one of ours', (t) => {
  const ours = new Set(readdirSync(path.join(root, 'test-parallel')));
  for (const name of excuses('20.20.2').keys()) t.ok(ours.has(`${name}.js`), name);
  t.end();
});
