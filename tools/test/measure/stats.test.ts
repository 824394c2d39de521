import t from 'tap';
import { confidence, mean, median, quartiles, slope, spread, welch } from '../../measure/stats.ts';

t.test('median', async (t) => {
  t.equal(median([7]), 7);
  t.equal(median([10, 9, 1]), 9, 'by value, not by text');
  t.equal(median([4, 1, 3, 100]), 3.5);
  const values = [3, 1, 2];
  median(values);
  t.same(values, [3, 1, 2], 'leaves its argument alone');
  t.throws(() => median([]), RangeError);
});

t.test('spread', async (t) => {
  t.equal(spread([5, 5, 5]), 0);
  t.equal(spread([8, 10, 13]), 0.5);
  t.throws(() => spread([]), RangeError);
});

t.test('quartiles', async (t) => {
  t.same(quartiles([8, 1, 3, 4, 2]), [1.5, 6]);
  t.same(quartiles([4, 1, 3, 2]), [1.5, 3.5]);
  t.same(quartiles([7]), [7, 7]);
});

t.test('slope', async (t) => {
  t.equal(slope([[0, 1], [1, 3], [2, 5]]), 2);
  t.equal(slope([[0, 0], [1, 2], [2, 1], [3, 3]]), 0.8);
});

t.test('mean', async (t) => {
  t.equal(mean([1, 2, 6]), 3);
});

// The expected values are from R's t.test().
t.test('welch', async (t) => {
  t.match(welch([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]).toFixed(4), '0.1075');
  t.equal(welch([2, 4, 6, 8, 10], [1, 2, 3, 4, 5]), welch([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]), 'either way round');
  t.equal(welch([1, 1], [1, 1]), 1, 'equal samples without variance');
  t.equal(welch([1, 1], [2, 2]), 0, 'samples without variance that differ');
});

t.test('confidence', async (t) => {
  const { mean, half } = confidence([1, 2, 3, 4, 5]);
  t.equal(mean, 3);
  t.equal(half.toFixed(4), '1.9632');
});
