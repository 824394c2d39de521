import t from 'tap';
import { growthChart, type Point } from '../../measure/growth-chart.ts';
import { exponentOf, growthTable, isLinear } from '../../measure/growth.ts';

const counts = [1, 10, 100, 1000, 10_000];

/** Costs a microsecond once, and then so much for each. */
const growing = (exponent: number): readonly Point[] =>
  counts.map((count) => ({ count, took: 1000 + count ** exponent }));

t.test('the exponent is that of the larger half', async (t) => {
  const square = counts.map((count) => ({ count, took: count === 1 ? 5000 : count ** 2 }));
  t.ok(Math.abs(exponentOf(square) - 2) < 1e-9);
  t.equal(exponentOf(counts.map((count) => ({ count, took: 7 }))), 0, 'what costs the same however many');
});

t.test('what is worse than linear', async (t) => {
  const of = (ours: number, kernel?: number) =>
    ({ title: 'x', ours: growing(ours), kernel: kernel === undefined ? [] : growing(kernel) });
  t.equal(isLinear(of(1)), true);
  t.equal(isLinear(of(1.5)), false);
  t.equal(isLinear(of(1.5, 1.5)), true, 'the kernel takes as much');
  t.equal(isLinear(of(1.5, 1)), false);
  t.same(growthTable([{ ...of(2), title: 'sockets' }]), [
    '         exponent  in C  one of the fewest   one of the most',
    'sockets      1.98                   1.0 us  10.0 us of 10000  WORSE THAN LINEAR',
  ]);
});

t.test('the plot', async (t) => {
  const svg = growthChart('Growth', [
    { title: 'a & b', ours: growing(1), kernel: growing(0.5) },
    { title: 'c', ours: growing(2).slice(0, 2), kernel: [] },
  ]);
  t.match(svg, /<title>a &amp; b: 10000 take 11 us<\/title>/);
  t.equal([...svg.matchAll(/stroke-dasharray="2 3"/g)].length, 1, 'the kernel\'s part, where there is one');
  t.notMatch(svg, /NaN|Infinity|undefined/);
});
