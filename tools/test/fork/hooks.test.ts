import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { loadLines } from '../../core/lines.ts';
import { root } from '../../core/paths.ts';
import { loadProposals } from '../../core/proposals.ts';
import {
  changesOf, countLines,
  hooksOf, hooksOn, overBudget, parsePatch, patchFaults, printPatch,
  type Change,
} from '../../fork/hooks.ts';
import { type Texts, writeAll } from '../files.ts';
import { linesJson, proposal } from '../project.ts';

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

const patch = [
  'diff --git a/lib/a.js b/lib/a.js',
  'index 1111111..2222222 100644',
  '--- a/lib/a.js',
  '+++ b/lib/a.js',
  '@@ -2,9 +2,10 @@ function a() {',
  ' 2', ' 3', ' 4', '+four', '+and a half', ' 5', '-6', ' 7', ' 8', ' 9', ' 10',
  '@@ -20,6 +21,7 @@',
  ' 20', ' 21', ' 22', '-23', '+--- a/not/a/header', '+@@ -1 +1 @@', ' 24', ' 25',
  'diff --git a/src/b.cc b/src/b.cc',
  'index 1111111..2222222 100644',
  '--- a/src/b.cc',
  '+++ b/src/b.cc',
  '@@ -1 +1 @@',
  '-1',
  '+one',
  '',
].join('\n');

const changes: readonly Change[] = [
  { file: 'lib/a.js', at: 5, removed: [], added: ['four', 'and a half'] },
  { file: 'lib/a.js', at: 8, removed: ['6'], added: [] },
  { file: 'lib/a.js', at: 24, removed: ['23'], added: ['--- a/not/a/header', '@@ -1 +1 @@'] },
  { file: 'src/b.cc', at: 1, removed: ['1'], added: ['one'] },
];

/** The result of git applying a patch to files. */
function applied(t: Test, files: Texts, text: string): Record<string, string> {
  const dir = t.testdir({});
  writeAll(dir, files);
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(dir), GIT_DIR: path.join(dir, 'none') };
  if (text !== '') execFileSync('git', ['apply', '-'], { cwd: dir, env, input: text, stdio: ['pipe', 'ignore', 'pipe'] });
  return Object.fromEntries(Object.keys(files).map((file) => [file, readFileSync(path.join(dir, file), 'utf8')]));
}

/** The texts of files with all changes undone, after a look at the lines that each has added. */
function undone(t: Test, files: Texts, hooks: readonly Change[]): Texts {
  const lines = new Map(Object.entries(files).map(([file, text]) => [file, text.split('\n')]));
  // From the last one on, so that the places of the others stay.
  for (const { file, at, removed, added } of [...hooks].reverse()) {
    t.same(lines.get(file)!.splice(at - 1, added.length, ...removed), added, `${file}:${at}`);
  }
  return Object.fromEntries([...lines].map(([file, text]) => [file, text.join('\n')]));
}

t.test('each contiguous group of changed lines is one', async (t) => {
  t.same(changesOf(patch, 'x'), changes);
  t.equal(countLines(changes), 8);
  t.equal(countLines([]), 0);
});

t.test('a patch is printed as it was read', async (t) => {
  const parts = parsePatch(patch, 'x');
  t.same(parts.map(({ file, hunks }) => [file, hunks.length]), [['lib/a.js', 2], ['src/b.cc', 1]]);
  t.equal(parts.map(printPatch).join(''), patch);
  t.equal(printPatch({ ...parts[0]!, hunks: [] }), '');
});

t.test('a change is where git puts it', async (t) => {
  const files = { 'lib/a.js': `${numbered(1, 30).join('\n')}\n`, 'src/b.cc': '1\n' };
  t.same(undone(t, applied(t, files, patch), changes), files);
});

t.test('ranges without lines', async (t) => {
  const bare = ['diff --git a/f b/f', 'index 1..2 100644', '--- a/f', '+++ b/f',
                '@@ -1,0 +2 @@', '+x', '@@ -3 +3,0 @@', '-3', ''].join('\n');
  const [added, removed] = changesOf(bare, 'x');
  t.same(added, { file: 'f', at: 2, removed: [], added: ['x'] });
  t.same(removed, { file: 'f', at: 4, removed: ['3'], added: [] });
});

for (const [what, text, at] of [
  ['no text', '', 1],
  ['a new file', patch.replace('index 1111111', 'new file mode 100644\nindex 1111111'), 2],
  ['a deleted file', patch.replace('index 1111111', 'deleted file mode 100644\nindex 1111111'), 2],
  ['another mode', patch.replace('index 1111111', 'old mode 100644\nnew mode 100755\nindex 1111111'), 2],
  ['a renamed file', patch.replace('b/lib/a.js', 'b/lib/c.js'), 1],
  ['a binary file', patch.replace(/^--- a\/lib[^]*/m, 'GIT binary patch\n'), 3],
  ['a file that was not', patch.replace('--- a/lib/a.js', '--- /dev/null'), 3],
  ['no hunk', patch.replace(/^@@ -2[^]*/m, ''), 5],
  ['a hunk that is cut off', patch.replace(/^ 10\n[^]*/m, ''), 16],
  ['a hunk that is too long', patch.replace('-2,9 +2,10', '-2,8 +2,9'), 16],
  ['a hunk that is uneven', patch.replace('-2,9 +2,10', '-2,9 +2,11'), 17],
  ['a file without a line end', patch.replace(/$/, '\\ No newline at end of file\n'), 33],
  ['words in front', `From: me\n${patch}`, 1],
] as const) {
  t.test(`a patch with ${what} is refused`, async (t) => {
    t.throws(() => changesOf(text, 'p.patch'), { name: 'UserError', message: new RegExp(`^p\\.patch:${at}: `) });
  });
}

/** The files that a patch was made from, with other lines around its hunks. */
function origin(text: string): Record<string, string> {
  const files: Record<string, string[]> = {};
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const file = /^diff --git a\/(\S+) /.exec(line)?.[1];
    if (file !== undefined) lines = files[file] = [];
    const start = /^@@ -(\d+)/.exec(line)?.[1];
    while (start !== undefined && lines.length < Number(start) - 1) lines.push(`line ${lines.length} of ${file}`);
    if (/^( |-(?!-- a\/))/.test(line)) lines.push(line.slice(1));
  }
  return Object.fromEntries(Object.entries(files).map(([file, all]) => [file, `${all.join('\n')}\nend\n`]));
}

t.test('the hooks of the project are where git puts them', async (t) => {
  for (const line of loadLines().lines.keys()) {
    for (const { name } of loadProposals()) {
      const file = path.join('patches', name, `${line}.patch`);
      if (!existsSync(path.join(root, file))) continue;
      const text = readFileSync(path.join(root, file), 'utf8');
      t.equal(parsePatch(text, file).map(printPatch).join(''), text, file);
      const files = origin(text);
      t.same(undone(t, applied(t, files, text), hooksOf(name, line)), files, file);
    }
  }
});

t.test('the project\'s own patches and messages have no faults', async (t) => {
  t.same([...overBudget(), ...patchFaults()], []);
  for (const line of loadLines().lines.keys()) {
    const sum = loadProposals().reduce((count, { name }) => count + hooksOf(name, line).length, 0);
    t.equal(hooksOn(line).length, sum, line);
  }
});


function project(
  t: Test,
  patches: Readonly<Record<string, Texts>>,
  budget?: number,
): string {
  const lines = { 'v24.x': { state: 'carried' }, 'v20.x': { state: 'not applicable', reason: 'x' } };
  return t.testdir({
    'lines.json': linesJson('v24.x', 'v20.x'),
    'proposals.json': JSON.stringify({ proposals: [proposal('one', { budget, lines }), proposal('two', { lines })] }),
    patches,
  });
}

t.test('hooks of a line', async (t) => {
  const folder = project(t, { one: { 'v24.x.patch': patch, 'v20.x.patch': patch }, two: {} });
  t.same(hooksOf('one', 'v24.x', folder), changes.map((change) => ({ proposal: 'one', ...change })));
  t.same(hooksOf('two', 'v24.x', folder), []);
  t.same(hooksOn('v24.x', folder), hooksOf('one', 'v24.x', folder));
  t.same(hooksOn('v20.x', folder), [], 'none where it is not applicable');
});

t.test('a budget', async (t) => {
  for (const [budget, expected] of [
    [undefined, []],
    [8, []],
    [7, [/^one has 8 hook lines on v24\.x, and its budget is 7: /]],
    [0, [/^one has 8 /]],
  ] as const) {
    t.match(overBudget(project(t, { one: { 'v24.x.patch': patch } }, budget)), expected, `${budget}`);
    rmSync(t.testdirName, { recursive: true, force: true });
    const next = overBudget(project(t, { one: { 'v24.x-next.patch': patch } }, budget));
    t.same(next.map((said) => said.replace('on v24.x-next', 'on v24.x')), overBudget(project(t, { one: { 'v24.x.patch': patch } }, budget)));
    rmSync(t.testdirName, { recursive: true, force: true });
  }
});

t.test('patches that do more, and a hook that two have', async (t) => {
  const folder = project(t, {
    one: { 'v24.x.patch': patch, 'v20.x.patch': patch },
    two: { 'v24.x.patch': patch.replace('+four\n+and a half\n', '').replace('+2,10', '+2,8').replace('+21,7', '+19,7'), 'v20.x.patch': 'new file mode 100644\n' },
  });
  t.match(patchFaults(folder), [
    /^patches\/two\/v20\.x\.patch:1: "new file mode 100644" is not what a patch of hooks has there; /,
    'patches/two/v24.x.patch: patches/one/v24.x.patch has the same hook of lib/a.js: 6',
    'patches/two/v24.x.patch: patches/one/v24.x.patch has the same hook of lib/a.js: --- a/not/a/header',
    'patches/two/v24.x.patch: patches/one/v24.x.patch has the same hook of src/b.cc: one',
  ]);
});
