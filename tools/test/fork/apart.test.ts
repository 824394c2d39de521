import t from 'tap';
import { combine, type Edit } from '../../fork/apart.ts';

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
