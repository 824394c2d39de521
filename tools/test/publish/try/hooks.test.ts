import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../../core/run.ts';
import { type Hunk, hunksOf } from '../../../publish/try/hooks.ts';

const { applyHunks } = createRequire(import.meta.url)('../../../../addon/hooks.cjs') as {
  applyHunks: (text: string, hunks: readonly Hunk[]) => string | undefined;
};

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('');
const old = lines(0, 40);
const patched = `${lines(0, 5)}--- first\n@@ text @@\n${lines(5, 20)}${lines(22, 39)}last\n`;

/** What git says that differs, by file. */
async function differences(t: Test): Promise<ReadonlyMap<string, readonly Hunk[]>> {
  const dir = t.testdir({ a: { lib: {} }, b: { lib: {} } });
  for (const [side, text] of [['a', old], ['b', patched]] as const) {
    for (const file of ['one.js', 'two.js']) writeFileSync(path.join(dir, side, 'lib', file), text);
  }
  const { stdout } = await run('git', ['diff', '--no-index', '--no-prefix', '--unified=3', 'a', 'b'], { cwd: dir, accept: [1] });
  return hunksOf(stdout);
}

t.test('hunks do to a text what was done to the one that they were made on', async (t) => {
  const found = await differences(t);
  t.same([...found.keys()], ['lib/one.js', 'lib/two.js']);
  const hunks = found.get('lib/one.js')!;
  t.equal(hunks.length, 3);
  t.equal(applyHunks(old, hunks), patched);
  t.equal(applyHunks(old, []), old);
});

t.test('they follow the lines around them', async (t) => {
  const hunks = (await differences(t)).get('lib/two.js')!;
  const above = lines(100, 110);
  t.equal(applyHunks(above + old, hunks), above + patched);
  t.equal(applyHunks(old.replace('line 1\n', ''), hunks), patched.replace('line 1\n', ''), 'a line less');
  const twice = `${old}${old}`;
  t.equal(applyHunks(twice, hunks.slice(0, 2)), `${patched.replace('last\n', 'line 39\n')}${old}`, 'the nearest place');
});

t.test('some of the lines around them may be others, if the rest is there once', async (t) => {
  const hunks = (await differences(t)).get('lib/one.js')!;
  const change = (text: string) => text.replace('line 3\n', 'another\n').replace('line 22\n', 'a\n').replace('line 23\n', 'b\n');
  t.equal(applyHunks(change(old), hunks), undefined, 'a line next to a change');
  const further = (text: string) => text.replaceAll(/^line 2[34]\n/gm, 'another\n');
  t.equal(applyHunks(further(old), hunks), further(patched));
  t.equal(applyHunks(further(old + old), hunks.slice(1, 2)), undefined, 'it is there twice');
});

t.test('a text that has other lines is left alone', async (t) => {
  const hunks = (await differences(t)).get('lib/one.js')!;
  t.equal(applyHunks(old.replace('line 20\n', 'other\n'), hunks), undefined);
  t.equal(applyHunks('', hunks), undefined);
});
