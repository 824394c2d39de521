import path from 'node:path';
import t from 'tap';
import { textsIn } from '../../../base/builtins.ts';
import { compareVersions } from '../../../base/releases.ts';
import { chart } from '../../../upstream/survival/chart.ts';
import { filesOf, joined, libHunks, type Outcome } from '../../../upstream/survival/hunks.ts';
import { type MatrixRow, ranges, releasesOf, relocated, stepsFor, table, totals, type Tried, weakest } from '../../../upstream/survival/survival.ts';
import { program } from '../../files.ts';

const PATCH = `diff --git a/lib/net.js b/lib/net.js
index 1111111..2222222 100644
--- a/lib/net.js
+++ b/lib/net.js
@@ -1,3 +1,6 @@ function a() {
 one
+
+}
+  first(added);
 two
 three
@@ -9,3 +12,2 @@
 a
-gone();
 b
@@ -20,2 +22,3 @@
 a
+first(added);
 b
diff --git a/node.gyp b/node.gyp
index 1111111..2222222 100644
--- a/node.gyp
+++ b/node.gyp
@@ -1,2 +1,3 @@
 a
+b
 c
diff --git a/lib/internal/errors.js b/lib/internal/errors.js
index 1111111..2222222 100644
--- a/lib/internal/errors.js
+++ b/lib/internal/errors.js
@@ -1,2 +1,3 @@
 a
+}
 c
`;

const row = (summary: string, outcomes: readonly Outcome[], proposal = 'one'): MatrixRow =>
  ({ proposal, file: 'lib/net.js', summary, cells: outcomes.map((outcome) => ({ outcome })) });

t.test('hunks of a patch', async (t) => {
  const hunks = libHunks('one', PATCH);
  t.same(hunks.map(({ file, summary }) => `${file}: ${summary}`), [
    'lib/net.js: first(added);',
    'lib/net.js: - gone();',
    'lib/net.js: first(added); (2)',
    'lib/internal/errors.js: }',
  ], 'by their first line that says something');
  t.same(filesOf(hunks), ['lib/net.js', 'lib/internal/errors.js']);
  t.equal(hunks[1]!.patch, `${PATCH.split('@@')[0]!}@@ -9,3 +12,2 @@\n a\n-gone();\n b\n`);
  t.equal(joined(hunks), PATCH.replace(/diff --git a\/node.gyp[^]*?(?=diff --git a\/lib)/, ''), 'and back');
  t.same(libHunks('one', PATCH.slice(PATCH.indexOf('diff --git a/node.gyp'), PATCH.indexOf('diff --git a/lib/internal'))), []);
  t.throws(() => libHunks('one', PATCH.replace('--- a/lib/net.js', '--- /dev/null')),
           { name: 'UserError', message: /^the patch of one:3: / });
});

t.test('releases', async (t) => {
  t.same(['20.10.0', '20.9.1', '20.9.0', '9.9.9'].sort(compareVersions), ['9.9.9', '20.9.0', '20.9.1', '20.10.0']);
  const published = ['20.0.0', '24.18.0', '24.19.0', '24.20.0', '240.0.0'];
  const tried = (landed?: string): Tried => ({ proposal: 'one', hunks: [], landed });
  t.same(releasesOf(24, [tried()], published), ['24.18.0', '24.19.0', '24.20.0']);
  t.same(releasesOf(24, [tried('24.20.0'), tried('24.19.0'), tried()], published), ['24.19.0', '24.20.0']);
  t.same(stepsFor('24.19.0', [tried('24.20.0'), tried('24.19.0'), tried()]).map(({ notNeeded }) => notNeeded),
         [true, false, false]);
});

t.test('a file that older releases have elsewhere', async (t) => {
  const moved = { 'lib/new.js': 'lib/old.js' };
  const older = relocated({ 'lib/new.js': null, 'lib/old.js': 'text' }, moved);
  t.same(older.texts, { 'lib/new.js': 'text', 'lib/old.js': 'text' });
  t.same([...older.elsewhere], ['lib/new.js']);
  const newer = relocated({ 'lib/new.js': 'text', 'lib/old.js': 'what is left' }, moved);
  t.same(newer.texts, { 'lib/new.js': 'text', 'lib/old.js': 'what is left' });
  t.same([...newer.elsewhere], []);
  t.same([...relocated({ 'lib/new.js': null, 'lib/old.js': null }, moved).elsewhere], []);
});

t.test('ranges', async (t) => {
  const releases = ['v20.0.0', 'v20.1.0', 'v20.2.0', 'v20.3.0'];
  t.equal(ranges(releases, ['clean', 'clean', 'clean', 'clean']), 'v20.0.0-v20.3.0 clean');
  t.equal(ranges(releases, ['conflict', 'conflict', 'merged', 'conflict']),
          'v20.0.0-v20.1.0 conflict, v20.2.0 merged, v20.3.0 conflict');
  t.equal(ranges([], []), '');
});

t.test('totals and the weakest', async (t) => {
  const merged = row('merged', ['merged', 'merged', 'merged']);
  const failing = row('failing', ['clean', 'missing file', 'missing release']);
  const clean = row('clean', ['clean', 'not needed', 'missing release']);
  t.equal(totals([merged, clean]), 'clean 1, merged 3, conflict 0 of 4 cells', 'what was not tried is no cell');
  t.equal(totals([failing]), 'clean 1, merged 0, conflict 0, missing file 1 of 2 cells');
  t.equal(weakest([clean, merged, failing]), failing, 'one failure weighs more than all merges');
  t.equal(weakest([clean, merged]), merged);
  t.equal(weakest([clean]), undefined);
  t.equal(weakest([]), undefined);
});

t.test('table', async (t) => {
  const releases = ['v20.0.0', 'v20.1.0'];
  const rows = [row('a', ['clean', 'clean']), row('long', ['conflict', 'clean']), row('b', ['clean', 'clean'], 'two')];
  t.same(table({ line: 'v20.x', releases, rows }), [
    'v20.x: 2 releases, v20.0.0 to v20.1.0',
    'one',
    '  lib/net.js: a     v20.0.0-v20.1.0 clean',
    '  lib/net.js: long  v20.0.0 conflict, v20.1.0 clean',
    'two',
    '  lib/net.js: b     v20.0.0-v20.1.0 clean',
    'clean 5, merged 0, conflict 1 of 6 cells',
    'weakest: lib/net.js: long (clean 1, merged 0, conflict 1 of 2 cells)',
  ]);
});

t.test('chart', async (t) => {
  const outcomes: readonly Outcome[] = ['clean', 'conflict'];
  const svg = chart('v20.x', ['v20.0.0', 'v20.1.0'], [
    { proposal: 'one', file: 'lib/net.js', summary: 'a < b && "c"', outcomes },
    { proposal: 'one', file: 'lib/net.js', summary: 'x'.repeat(200), outcomes },
    { proposal: 'two', file: 'lib/net.js', summary: 'b', outcomes },
  ]);
  t.match(svg, /^<svg [^>]*>\n[^]*<\/svg>\n$/);
  t.match(svg, 'v20.1.0 conflict: lib/net.js: a &lt; b &amp;&amp; &quot;c&quot;');
  t.equal(svg.match(/>(one|two)<\/text>/g)?.length, 2, 'a heading a proposal');
  t.equal(svg.match(/<rect[^>]*><title>/g)?.length, 6, 'a square a cell');
  t.match(svg, /x{40,}…<\/text>/, 'long names are cut');
  t.same(svg.match(/(?<=>)(clean|merged|conflict|missing file|not needed)(?=<\/text>)/g),
         ['clean', 'merged', 'conflict'], 'the legend has what there is');
});

t.test('texts from a binary', async (t) => {
  const binary = program(path.join(t.testdir({}), 'node'), `exec '${process.execPath}' "$@"`);
  const texts = await textsIn(binary, ['lib/net.js', 'lib/internal/errors.js', 'lib/internal/nothing.js']);
  t.same(Object.keys(texts), ['lib/net.js', 'lib/internal/errors.js', 'lib/internal/nothing.js']);
  t.match(texts['lib/net.js'], /Socket\.prototype\.connect = /);
  t.match(texts['lib/internal/errors.js'], /ERR_SOCKET_CLOSED/);
  t.equal(texts['lib/internal/nothing.js'], null);
});
