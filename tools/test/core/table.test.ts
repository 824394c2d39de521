import t from 'tap';
import { columns, listing } from '../../core/table.ts';

t.test('columns', async (t) => {
  t.same(columns([['who', 'n'], ['a', '1000'], ['longer', '7']]), [
    'who        n',
    'a       1000',
    'longer     7',
  ]);
});

t.test('a listing is as wide as what it holds', async (t) => {
  t.equal(listing([['a', 'bbb', ''], ['cc', 'd', 'e']]), 'a   bbb\ncc  d    e\n');
  t.equal(listing([]), '');
});
