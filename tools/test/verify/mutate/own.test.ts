import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { root } from '../../../core/paths.ts';
import { type Accepted, readAccepted } from '../../../verify/mutate/accepted.ts';
import { mutantsOf } from '../../../verify/mutate/mutation.ts';
import { chosenFiles, conclude, requireNumbers } from '../../../verify/mutate/own.ts';

const text = 'f(\n  a && b,\n  c && d,\n  e && f);\n';
const all = mutantsOf(text, [...text.matchAll(/&&/g)].map(({ index }) =>
  ({ file: 'lib/internal/x.js', from: index, to: index + 2, replacement: '||' })));

t.test('the files that are meant', async (t) => {
  const files = ['lib/internal/a.js', 'lib/internal/b.js', 'src/a.cc'];
  t.same(chosenFiles(files, 'lib'), ['lib/internal/a.js', 'lib/internal/b.js']);
  t.same(chosenFiles(files, 'src,lib/internal/b.js'), ['lib/internal/b.js', 'src/a.cc']);
  t.throws(() => chosenFiles(files, 'lib,test'), /^no file of ours that can be changed begins with test$/);
  t.throws(() => chosenFiles(files, ','), /^no file of ours that can be changed begins with ,$/);
});

t.test('numbers', async (t) => {
  const choice = { own: 'lib', seed: 1, sample: 200, minutes: 0.5 };
  t.doesNotThrow(() => { requireNumbers(choice); });
  t.throws(() => { requireNumbers({ ...choice, sample: NaN }); }, /^SAMPLE is no positive number$/);
  t.throws(() => { requireNumbers({ ...choice, minutes: -1 }); }, /^MINUTES is no positive number$/);
});

t.test('accepted changes', async (t) => {
  const entry = { file: 'lib/internal/x.js', line: 'a && b,', change: '&& -> ||', reason: 'a is b' };
  const read = (...entries: readonly Accepted[]) =>
    readAccepted(path.join(t.testdir({ 'accepted.json': JSON.stringify(entries) }), 'accepted.json'), all);
  t.same([...await read()], []);
  t.same([...await read(entry)], [[all[0], 'a is b']]);
  t.same([...await read({ ...entry, file: 'lib/internal/y.js' })], [], 'a file that is not looked at');
  await t.rejects(read({ ...entry, line: 'a && c,' }), /accepts a change that lib\/internal\/x\.js does not have any more: && -> \|\|$/);
  await t.rejects(read({ ...entry, change: '&& -> ??' }), /does not have any more/);
});

t.test('each accepted line is there', async (t) => {
  const entries = JSON.parse(readFileSync(path.join(root, 'tools/verify/mutate/accepted.json'), 'utf8')) as readonly Accepted[];
  for (const { file, line, reason } of entries) {
    t.ok(readFileSync(path.join(root, file), 'utf8').split('\n').some((text) => text.trim() === line), `${file} ${line}`);
    t.match(reason, /\w/);
  }
});

t.test('what is concluded', async (t) => {
  const caught = all.slice(0, 2).map((mutant) => ({ mutant, by: 'parallel/test-a', reached: 3 }));
  const survivor = { mutant: all[2]!, by: null, reached: 0 };
  const starts = { mutant: all[2]!, by: 'start-up', reached: 3 };
  const nine = [...Array<typeof starts>(7).fill(starts), ...caught];
  t.match(conclude(nine, new Map(), 9, 'seed 1'), { did: '9 of 9 changes are caught, 100.0 % (7 by start-up), 0 accepted; seed 1' });
  t.match(conclude(nine, new Map(), 200, 'seed 1'), { did: /; run again for the others$/ });
  t.throws(() => conclude([...nine, survivor], new Map(), 10, 'seed 1'), /^1 survive: 9 of 10 changes are caught, 90\.0 %/);
  const reasons = new Map([[all[2]!, 'e is f']]);
  t.match(conclude([...nine, survivor], reasons, 10, 'seed 1'), { did: /90\.0 % \(7 by start-up\), 1 accepted/ });
  t.throws(() => conclude([...caught, survivor], reasons, 3, 'seed 1'), /^0 survive: 2 of 3/);
  t.match(conclude([], new Map(), 5, 'seed 1'), { did: /run again/ });
});
