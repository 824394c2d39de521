import t from 'tap';
import { applyApart, combine, type Edit } from '../../fork/apart.ts';
import { parsePatch } from '../../fork/hooks.ts';
import { after, text } from '../files.ts';
import { hook } from '../patch.ts';
import { repositoryOf } from '../repository.ts';

const lines = ['a', 'b', 'c', 'd', 'e'];
const edit = (from: number, to: number, ...added: string[]): Edit => ({ from, to, added });

t.test('edits that leave nothing open', async (t) => {
  for (const [what, mine, theirs, made] of [
    ['apart', edit(0, 1, 'A'), edit(3, 4, 'D'), ['A', 'b', 'c', 'D', 'e']],
    ['next to each other', edit(1, 2, 'B'), edit(2, 3), ['a', 'B', 'd', 'e']],
    ['an insertion before what goes', edit(2, 2, 'x'), edit(2, 4), ['a', 'b', 'x', 'e']],
    ['an insertion behind what goes', edit(4, 4, 'x'), edit(2, 4), ['a', 'b', 'x', 'e']],
    ['an insertion among lines that go', edit(3, 3, 'x'), edit(1, 4), ['a', 'x', 'e']],
    ['an insertion before what changes', edit(2, 2, 'x'), edit(2, 3, 'C'), ['a', 'b', 'x', 'C', 'd', 'e']],
  ] as const) {
    t.same(combine(lines, [mine], [theirs]), made, what);
    t.same(combine(lines, [theirs], [mine]), made, `${what}, the other way round`);
  }
  t.same(combine(lines, [edit(0, 0, 'x'), edit(5, 5, 'y')], []), ['x', ...lines, 'y']);
});

t.test('edits of the same lines', async (t) => {
  t.equal(combine(lines, [edit(1, 3, 'B')], [edit(2, 4)]), 1);
  t.equal(combine(lines, [edit(2, 2, 'x')], [edit(2, 2, 'y')]), 2, 'the order is not known');
  t.equal(combine(lines, [edit(0, 0, 'x'), edit(3, 3, 'y')], [edit(2, 4, 'D')]), 3, 'among lines that change');
});

t.test('a patch without what it was made on', async (t) => {
  const base = text('a', 'b', 'c');
  const repository = await repositoryOf(t.testdir({}), { 'lib/a.js': base });
  const others = after(base, 'a', 'theirs');
  const mine = after(others, 'theirs', 'mine');
  const [from, to] = [await repository.store(others), await repository.store(mine)];
  const patchText = (one: string, other: string) =>
    `diff --git a/lib/a.js b/lib/a.js\nindex ${one}..${other} 100644\n--- a/lib/a.js\n+++ b/lib/a.js\n`;
  const patchOf = (added: string, ids = `${from}..${to}`) => parsePatch(
    hook('lib/a.js', others, 3, added, 1).replace(/^index .*$/m, `index ${ids} 100644`), 'x');
  const staged = async () => repository.git(['show', ':lib/a.js']);

  t.equal(await applyApart(repository, patchOf('mine'), 'one'), true);
  t.equal(await staged(), after(base, 'a', 'mine'));
  t.equal(await applyApart(repository, patchOf('other'), 'one'), false, 'edited without its index line');
  t.equal(await applyApart(repository, patchOf('mine', `${'0'.repeat(40)}..${to}`), 'one'), false, 'made elsewhere');
  t.equal(await staged(), after(base, 'a', 'mine'), 'nothing was done');

  // A change of what another proposal has added.
  const ours = others.replace('theirs', 'ours');
  const change = `${patchText(from, await repository.store(ours))}@@ -1,4 +1,4 @@\n a\n-theirs\n+ours\n b\n c\n`;
  await repository.git(['reset', '--quiet', '--hard']);
  await t.rejects(applyApart(repository, parsePatch(change, 'y'), 'one'), {
    message: /^one changes lib\/a\.js:2, which comes from a proposal that it does not name in needs$/,
  });
  t.equal(await staged(), base);
});
