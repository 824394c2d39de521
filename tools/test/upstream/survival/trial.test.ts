import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { Repository } from '../../../core/git.ts';
import { type Cell, type Hunk, libHunks } from '../../../upstream/survival/hunks.ts';
import { type Step, syntaxError, Trial } from '../../../upstream/survival/trial.ts';
import { after, type Texts } from '../../files.ts';
import { forkTree } from '../../repository.ts';

/** Twenty lines, `const v1 = 1;` and so on. */
const net = Array.from({ length: 20 }, (_, index) => `const v${index + 1} = ${index + 1};\n`).join('');
const dgram = '\'use strict\';\nmodule.exports = {\n  a,\n};\n';

/** A fork tree whose base has these files. */
const tree = async (t: Test, files: Texts) => (await forkTree(t.testdir({}), files)).repository;

/** A proposal that changes one file of the base, as a patch in git's format. */
async function change(
  repository: Repository,
  proposal: string,
  file: string,
  before: string,
  changed: string,
): Promise<Step> {
  const [from, to] = [await repository.store(before), await repository.store(changed)];
  const diff = (await repository.git(['diff', '--no-prefix', from, to]))
    .replaceAll(from, file).replaceAll(to, file)
    .replace(/^diff --git .*$/m, `diff --git a/${file} b/${file}`)
    .replace(/^--- .*$/m, `--- a/${file}`)
    .replace(/^\+\+\+ .*$/m, `+++ b/${file}`);
  return { proposal, hunks: libHunks(proposal, diff), notNeeded: false };
}

async function outcomes(
  t: Test,
  repository: Repository,
  steps: readonly Step[],
  texts: Readonly<Record<string, string | null>>,
): Promise<readonly Cell[]> {
  const trial = await Trial.make(repository.dir, steps);
  t.teardown(() => trial.remove());
  const cells: ReadonlyMap<Hunk, Cell> = await trial.release(texts, steps);
  return steps.flatMap(({ hunks }) => hunks.map((hunk) => cells.get(hunk)!));
}

t.test('what parses is what Node could load', async (t) => {
  t.equal(syntaxError('return require(primordials);'), undefined, 'the wrapper\'s return and parameters');
  t.match(syntaxError('const a = 1;\nconst a = 2;'), /already been declared/);
  t.match(syntaxError('}); (function() {'), /Unexpected token/, 'brackets that close the wrapper');
});

t.test('as it is, and moved', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net });
  const steps = [await change(repository, 'one', 'lib/net.js', net,
                              after(after(net, 'const v5 = 5;', 'one();'), 'const v15 = 15;', 'two();'))];
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': net }), [{ outcome: 'clean' }, { outcome: 'clean' }]);
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': after(net, 'const v10 = 10;', 'more();\nmore();') }),
         [{ outcome: 'clean' }, { outcome: 'clean', offset: 2 }]);
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': net.replace('const v1 = 1;\n', '') }),
         [{ outcome: 'clean', offset: -1 }, { outcome: 'clean', offset: -1 }]);
});

t.test('merged, and not: each hunk has an outcome of its own', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net });
  const changed = after(after(net, 'const v5 = 5;', 'one();'), 'const v15 = 15;', 'two();');
  const steps = [await change(repository, 'one', 'lib/net.js', net, changed)];
  const merged = net.replace('const v3 = 3;', 'let v3 = 3;');
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': merged }), [{ outcome: 'merged' }, { outcome: 'clean' }]);
  const other = merged.replace('const v15 = 15;', 'let v15 = 15;');
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': other }), [{ outcome: 'merged' }, { outcome: 'conflict' }]);
});

t.test('proposals build on one another', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net });
  const first = after(net, 'const v5 = 5;', 'one();');
  const steps = [
    await change(repository, 'one', 'lib/net.js', net, first),
    await change(repository, 'two', 'lib/net.js', first, after(first, 'one();', 'two();')),
  ];
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': net }), [{ outcome: 'clean' }, { outcome: 'clean' }]);
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': net.replace('const v3 = 3;', 'let v3 = 3;') }),
         [{ outcome: 'merged' }, { outcome: 'clean' }], 'the text that the second starts from is at hand');
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': net.replace('const v5 = 5;', 'let v5 = 5;') }),
         [{ outcome: 'conflict' }, { outcome: 'conflict' }], 'the second does not bring the first along');
});

t.test('code that does not parse is a conflict', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net });
  const text = net.replace('const v2 = 2;', 'const own = 2;');
  const merged = after(net, 'const v5 = 5;', 'const own = 1;');
  const steps = [await change(repository, 'one', 'lib/net.js', net, after(merged, 'const v15 = 15;', 'two();'))];
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': text.replace('const v3 = 3;', 'let v3 = 3;') }),
         [{ outcome: 'conflict' }, { outcome: 'clean', offset: -1 }], 'what was merged');
  t.same(await outcomes(t, repository, steps, { 'lib/net.js': text }),
         [{ outcome: 'conflict' }, { outcome: 'conflict' }], 'nobody knows which, where all went in as they are');
  const dependent = await change(repository, 'two', 'lib/net.js', net, after(net, 'const v10 = 10;', 'two();'));
  t.same((await outcomes(t, repository, [...steps, dependent], { 'lib/net.js': text })).at(-1), { outcome: 'clean' },
         'the broken text is not kept');
});

t.test('files that are not there, hooks that are not needed', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net, 'lib/dgram.js': dgram });
  const one = await change(repository, 'one', 'lib/net.js', net, after(net, 'const v5 = 5;', 'one();'));
  const two = await change(repository, 'two', 'lib/dgram.js', dgram, after(dgram, '  a,', '  b,'));
  const both: Step = { proposal: 'both', hunks: [...one.hunks, ...two.hunks], notNeeded: false };
  t.same(await outcomes(t, repository, [both], { 'lib/net.js': net, 'lib/dgram.js': null }),
         [{ outcome: 'clean' }, { outcome: 'missing file' }]);
  t.same(await outcomes(t, repository, [{ ...one, notNeeded: true }, two], { 'lib/net.js': '', 'lib/dgram.js': dgram }),
         [{ outcome: 'not needed' }, { outcome: 'clean' }]);
});

t.test('what cannot be tried is said', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net });
  const one = await change(repository, 'one', 'lib/net.js', net, after(net, 'const v5 = 5;', 'one();'));
  await t.rejects(outcomes(t, repository, [one], { 'lib/net.js': 'syntax of tomorrow' }),
                  { name: 'UserError', message: /cannot read upstream's lib\/net\.js/ });
  const stale = { ...one, hunks: libHunks('one', one.hunks[0]!.patch.replace('const v5', 'const w5')) };
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('bindery-survival-')).length;
  await t.rejects(Trial.make(repository.dir, [stale]), { name: 'UserError', remedy: /hooks of one/ });
  await repository.git(['update-ref', '-d', 'refs/bindery/base']);
  await t.rejects(Trial.make(repository.dir, [one]), { name: 'UserError', message: /no base commit/ });
  t.equal(readdirSync(tmpdir()).filter((name) => name.startsWith('bindery-survival-')).length, before,
          'no scratch repository is left');
});

t.test('the fork tree is only read', async (t) => {
  const repository = await tree(t, { 'lib/net.js': net });
  const one = await change(repository, 'one', 'lib/net.js', net, after(net, 'const v5 = 5;', 'one();'));
  const objects = await repository.git(['count-objects', '-v']);
  await outcomes(t, repository, [one], { 'lib/net.js': net.replace('const v3 = 3;', 'let v3 = 3;') });
  t.equal(await repository.git(['count-objects', '-v']), objects);
  t.equal(await repository.git(['status', '--porcelain']), '');
  t.notOk(existsSync(path.join(repository.dir, '.git', 'index.lock')));
});
