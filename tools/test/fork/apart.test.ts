import t from 'tap';
import { applyApart, combine, type Edit } from '../../fork/apart.ts';
import { after, text } from '../files.ts';
import { commit, repositoryOf } from '../repository.ts';

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

t.test('a commit without what it was made on', async (t) => {
  const base = text('a', 'b', 'c');
  const others = after(base, 'a', 'theirs');
  const mine = after(others, 'theirs', 'mine');
  const repository = await repositoryOf(t.testdir({}), { 'lib/a.js': base });
  const commitOf = async (before: string, now: string) => commit(
    repository, await commit(repository, undefined, 'before', { 'lib/a.js': before }), 'now', { 'lib/a.js': now });
  const staged = async () => repository.git(['show', ':lib/a.js']);

  await applyApart(repository, await commitOf(others, mine), ['lib/a.js'], 'one');
  t.equal(await staged(), after(base, 'a', 'mine'));

  // A change of what another proposal has added.
  await repository.git(['reset', '--quiet', '--hard']);
  const changed = await commitOf(others, others.replace('theirs', 'ours'));
  await t.rejects(applyApart(repository, changed, ['lib/a.js'], 'one'), {
    message: /^one changes lib\/a\.js:2, which comes from a proposal that it does not name in needs$/,
  });
  t.equal(await staged(), base);
});
