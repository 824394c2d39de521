import t from 'tap';
import { costOf, datagramTable, type Flow, rateOf } from '../../../measure/bench/datagrams.ts';

const flows: readonly Flow[] = [
  { count: 100, took: 1, computed: 0.001 },
  { count: 900, took: 3, computed: 0.018 },
  { count: 200, took: 1, computed: 0.001 },
];

t.test('the median of all samples counts, not their sum', async (t) => {
  t.equal(rateOf(flows), 200);
  t.equal(costOf(flows).toFixed(3), '10.000');
});

t.test('ratios are to C and to the official binary of the same group', async (t) => {
  const rows = datagramTable([
    { group: 'send', name: 'C', program: 'C', args: [], rate: 400, cost: 1 },
    { group: 'send', name: 'official', program: 'official', args: [], rate: 200, cost: 4 },
    { group: 'send', name: 'ours', program: 'ours', args: [], rate: 300, cost: 2 },
    { group: 'receive', name: 'ours', program: 'ours', args: [], rate: 100, cost: 1 },
  ]);
  t.match(rows[3], /300 +0\.75 x +1\.50 x +2\.00 us +0\.50 x/);
  t.notMatch(rows[4], / x/);
});
