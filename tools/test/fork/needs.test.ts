import t, { type Test } from 'tap';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { needFaults } from '../../fork/needs.ts';
import { type Texts, text, writeAll } from '../files.ts';
import { hook } from '../patch.ts';
import { line, linesJson, proposal } from '../project.ts';

const UPSTREAM = 'one\ntwo\n';

/** What the first of the proposals brings, in files that all tests have. */
const first: Texts = {
  'src/first.h': 'namespace first {}\n',
  'src/first.cc': text('#include "first.h"', '#include "env.h"',
                       'void AddMethods() {', '  SetFastProtoMethod(isolate,', '                     tmpl,',
                       '                     "setFirst", SetFirst);',
                       '  SetMethod(context, target, "open", Open);',
                       '  target->Set(FIXED_ONE_BYTE_STRING(isolate, "firstConstants"), constants);', '}'),
  'lib/internal/inner.js': 'module.exports = { within() {}, \'quoted\': 1 };\n',
  'lib/internal/first.js': text('const inner = require(\'internal/inner\');', 'function makeFirst() {}',
                                'module.exports = { ...inner, makeFirst };'),
  'doc-api/first.net.md': text(
    '<!-- splice after="## Class: `net.Server`" -->', '## Class: `net.First`', '', '### `new net.First([options])`', '',
    '* `options` {Object}', '  * `host` {string}', '  * `firstChoice` {string}', '',
    '### `first.setfirst(level)`', '', '* `level` {integer}', '', '### `first.close()`', '', '## `net.firsts`', '',
    '```js', '# `net.fenced`', '```', '',
    '<!-- splice option="#### `server.listen(options[, callback])`" beside="port" -->', '* `firstOptions` {Array}'),
};
const errors = hook('lib/internal/errors.js', UPSTREAM, 1, 'E(\'ERR_FIRST\', \'It is first\', Error);');

interface Plan {
  /** The files of the second proposal. */
  readonly files?: Texts;
  readonly patch?: string;
  /** Its hooks on the line's next release. */
  readonly next?: string;
  readonly needs?: readonly string[];
  /** A line, and what the first proposal is there. */
  readonly on?: Line;
  readonly state?: object;
}

const isDoc = (file: string) => file.startsWith('doc-api/');
const owning = (files: Texts) => ({
  owns: Object.keys(files).filter((file) => !isDoc(file)),
  docs: Object.keys(files).filter(isDoc),
});

/** What is said of a project of two proposals and one between them that needs the first. */
function faults(t: Test, { files = {}, patch = '', next = '', needs, on = line, state = { state: 'carried' } }: Plan): readonly string[] {
  const folder: string = t.testdir({});
  const carried = { lines: { 'v24.x': { state: 'carried' } } };
  writeAll(folder, {
    ...first,
    ...files,
    'lines.json': linesJson('v24.x'),
    'proposals.json': JSON.stringify({ proposals: [
      proposal('first', { ...owning(first), lines: { 'v24.x': state } }),
      proposal('between', { ...carried, needs: ['first'] }),
      proposal('second', { ...owning(files), ...carried, ...needs && { needs } }),
    ] }),
    'patches/first/v24.x.patch': errors,
    ...patch && { 'patches/second/v24.x.patch': patch },
    ...next && { 'patches/second/v24.x-next.patch': next },
  });
  return needFaults(on, folder).map((fault) => {
    t.equal(fault.proposal, 'second');
    return fault.text;
  });
}

const added = (file: string, ...lines: readonly string[]): Plan => ({ patch: hook(file, UPSTREAM, 1, lines.join('\n+'))
  .replace(/\+1,\d+ @@/, `+1,${2 + lines.length} @@`) });
const owned = (file: string, ...lines: readonly string[]): Plan => ({ files: { [file]: text(...lines) } });

for (const [what, plan, does] of [
  ['a header', owned('src/second.cc', '#include "env.h"', '#include "first.h"'), 'src/second.cc includes "first.h"'],
  ['a header in a hook', added('src/tcp_wrap.cc', '#include "first.h"'), 'src/tcp_wrap.cc includes "first.h"'],
  ['a source file in a hook', added('node.gyp', '      \'src/first.cc\','), 'node.gyp lists src/first.cc'],
  ['a module', owned('lib/internal/second.js', 'const { makeFirst } = require(\'internal/first\');'),
   'lib/internal/second.js requires \'internal/first\''],
  ['a module that is loaded late', owned('lib/internal/second.js', 'let first;', 'function f() { first ??= require(\'internal/first\'); }'),
   'lib/internal/second.js requires \'internal/first\''],
  ['a module in a hook', added('lib/net.js', 'const first = require(\'internal/first\');'), 'lib/net.js requires \'internal/first\''],
  ['an object of a binding', owned('lib/internal/second.js', 'const { firstConstants } = internalBinding(\'tcp_wrap\');'),
   'lib/internal/second.js uses firstConstants of a binding'],
  ['a method of a handle', owned('lib/internal/second.js', 'const err = handle.setFirst(1);'), 'lib/internal/second.js uses setFirst of a binding'],
  ['a method of a handle in a hook', added('lib/net.js', '  handle.setFirst(1);'), 'lib/net.js uses setFirst of a binding'],
  ['an error code', owned('lib/internal/second.js', 'const { codes: { ERR_FIRST } } = require(\'internal/errors\');'),
   'lib/internal/second.js uses ERR_FIRST'],
  ['an error code in a hook', added('lib/net.js', '  throw new ERR_FIRST();'), 'lib/net.js uses ERR_FIRST'],
  ['an error code in a test', owned('test-parallel/test-second.js', 'assert.throws(f, { code: \'ERR_FIRST\' });'),
   'test-parallel/test-second.js uses ERR_FIRST'],
  ['an error code in a document', owned('doc-api/second.net.md', '<!-- splice after="### `server.ref()`" -->', 'It throws [`ERR_FIRST`][].'),
   'doc-api/second.net.md uses ERR_FIRST'],
  ['a heading', owned('doc-api/second.net.md', '<!-- splice after="## `net.firsts`" -->', 'More.'),
   'doc-api/second.net.md is placed by the heading "## `net.firsts`"'],
  ['a class', owned('test-parallel/test-second.js', 'const net = require(\'net\');', 'new net.First();'), 'test-parallel/test-second.js uses net.First'],
  ['a class by its name', owned('test-parallel/test-second.js', 'const { First } = require(\'node:net\');'), 'test-parallel/test-second.js uses net.First'],
  ['a property of a module', owned('benchmark/net/second.js', 'const net = require(\'net\');', 'const { firsts } = net;'),
   'benchmark/net/second.js uses net.firsts'],
  ['a method', owned('test-parallel/test-second.js', 'socket.setfirst(1);'), 'test-parallel/test-second.js uses setfirst'],
  ['an option', owned('test-parallel/test-second.js', 'server.listen({ port: 0, firstOptions: [] });'), 'test-parallel/test-second.js uses firstOptions'],
  ['an option in a list', owned('test-parallel/test-second.js', 'f({ \'firstChoice\': 1 });'), 'test-parallel/test-second.js uses firstChoice'],
] as const) {
  t.test(`${what} of a proposal that is not needed`, async (t) => {
    t.same(faults(t, plan), [`second: ${does}, which no proposal that it needs brings (first does)`]);
    t.same(faults(t, { ...plan, needs: ['first'] }), []);
    t.same(faults(t, { ...plan, needs: ['between'] }), [], 'needed by what it needs');
  });
}

t.test('what a needed module does not export', async (t) => {
  for (const [file, plan] of [
    ['lib/internal/second.js', owned('lib/internal/second.js', 'const { makeFirst, within, quoted, other } = require(\'internal/first\');')],
    ['lib/internal/second.js', owned('lib/internal/second.js', 'const first = require(\'internal/first\');', 'first.makeFirst();', 'first.other();')],
    ['lib/net.js', added('lib/net.js', 'const first = require(\'internal/first\');', 'first.within(); self.first.another();', 'first.other();')],
    ['lib/net.js', added('lib/net.js', 'const { makeFirst, other } = require(\'internal/first\');')],
    ['lib/net.js', added('lib/net.js', 'require(\'internal/first\').other();')],
  ] as const) {
    t.same(faults(t, { ...plan, needs: ['first'] }),
           [`second: ${file} uses 'internal/first'.other, which that module does not export`]);
  }
  const open = { files: { 'lib/internal/open.js': 'module.exports = make();\n', 'lib/internal/second.js': 'require(\'internal/open\').any;\n' } };
  t.same(faults(t, open), [], 'where nobody can tell');
});

t.test('several proposals that bring the same', async (t) => {
  const folder: string = t.testdir({});
  const carried = { lines: { 'v24.x': { state: 'carried' } } };
  const doc = (page: string) => ({ [`doc-api/${page}.${page}.md`]: '<!-- splice option="## `f()`" -->\n* `firstOptions` {Array}\n' });
  const test = { 'test-parallel/test-third.js': 'f({ firstOptions: [] });\n' };
  const all = [['net', doc('net')], ['dgram', doc('dgram')], ['third', test]] as const;
  writeAll(folder, { 'lines.json': linesJson('v24.x'), ...doc('net'), ...doc('dgram'), ...test });
  const said = (needs: readonly string[]) => {
    writeAll(folder, { 'proposals.json': JSON.stringify({ proposals: all.map(([name, files]) =>
      proposal(name, { ...owning(files), ...carried, ...name === 'third' && { needs } })) }) });
    return needFaults(line, folder);
  };
  t.same(said([]), [{
    proposal: 'third',
    text: 'third: test-parallel/test-third.js uses firstOptions, which no proposal that it needs brings (net and dgram do)',
  }]);
  t.same(said(['dgram']), [], 'one of them is enough');
});

t.test('what is no fault', async (t) => {
  for (const plan of [
    owned('test-parallel/test-second.js', 'first.close({ host, level: 1, open() {} });', 'const setfirst = net;', '// socket.setfirst() is ERR of first',
          'f(\'firstOptions\', net.fenced, First, firsts);'),
    owned('lib/internal/second.js', 'handle.open(options.firstOptions);', 'const other = require(\'internal/errors\');'),
    owned('lib/internal/second.js', 'no script'),
    added('lib/net.js', '  // handle.setFirst() is not called', '  this.open(options); // by first.setFirst()'),
    added('src/tcp_wrap.h', '#include "env.h"'),
    added('lib/internal/errors.js', 'E(\'ERR_SECOND\', \'It is second\', Error);'),
  ]) {
    t.same(faults(t, plan), []);
  }
});

t.test('where upstream has what a proposal brings elsewhere', async (t) => {
  const plan = owned('test-parallel/test-second.js', 'const { First } = require(\'net\');', 'first.setfirst(require(\'internal/first\'));');
  const state = { state: 'landed', releases: ['v24.1.0'] };
  const some = /uses (net\.First|setfirst)/;
  t.same(faults(t, { ...plan, state }).filter((one) => !some.test(one)), [], 'its files are not used there');
  t.equal(faults(t, { ...plan, state }).length, 2, 'its documents are');
  t.same(faults(t, { ...plan, state: { state: 'not applicable', reason: 'none' } }), []);
});

t.test('the next release has hooks of its own', async (t) => {
  const isNext = { ...line, isNext: true } as const;
  t.equal(faults(t, { ...added('lib/net.js', 'throw new ERR_FIRST();'), on: isNext }).length, 1);
  const plan = { ...added('lib/net.js', 'throw new ERR_FIRST();'), next: hook('lib/net.js', UPSTREAM, 1, 'f();') };
  t.same(faults(t, { ...plan, on: isNext }), []);
  t.equal(faults(t, plan).length, 1);
});

t.test('a patch that cannot be read', async (t) => {
  t.throws(() => faults(t, { patch: 'diff --git\n' }), UserError);
});
