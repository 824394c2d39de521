import t from 'tap';
import { type Coverage, ranIn, reaching, readReach } from '../../../verify/mutate/reach.ts';

const range = (startOffset: number, endOffset: number, count: number) => ({ startOffset, endOffset, count });
const at = (from: number) => ({ file: 'lib/internal/x.js', from, to: from + 1, replacement: '' });

t.test('the parts that ran', async (t) => {
  t.same(ranIn([]), []);
  t.same(ranIn([{ ranges: [range(0, 100, 1)] }]), [[0, 100]]);
  t.same(ranIn([
    { ranges: [range(0, 100, 1)] },
    { ranges: [range(10, 50, 0)] },
    { ranges: [range(60, 100, 3), range(70, 80, 0), range(72, 74, 1)] },
  ]), [[0, 10], [50, 70], [72, 74], [80, 100]]);
});

t.test('which tests reach a place', async (t) => {
  const process = (test: string, ...ranges: ReadonlyArray<ReturnType<typeof range>>): string => JSON.stringify({
    result: [
      { url: `file:///tree/test/parallel/${test}.js`, functions: [] },
      { url: 'node:internal/x', functions: [{ ranges }] },
      { url: 'node:internal/other', functions: [] },
    ],
  } satisfies Coverage);
  const folder = t.testdir({
    '1.json': process('test-a', range(0, 100, 1), range(40, 60, 0)),
    '2.json': process('test-a', range(0, 100, 0), range(40, 50, 1)),
    '3.json': process('test-b', range(0, 100, 1)),
    '4.json': JSON.stringify({ result: [{ url: 'node:internal/x', functions: [{ ranges: [range(0, 100, 1)] }] }] }),
    '5.json': '{"result":[',
  });
  const reach = await readReach(folder, ['lib/internal/x.js', 'lib/internal/y.js']);
  t.same(Object.keys(reach), ['lib/internal/x.js', 'lib/internal/y.js']);
  t.same([...reaching(reach, at(10))].sort(), ['parallel/test-a', 'parallel/test-b']);
  t.same([...reaching(reach, at(45))].sort(), ['parallel/test-a', 'parallel/test-b'], 'another process of it does');
  t.same([...reaching(reach, at(55))], ['parallel/test-b']);
  t.same([...reaching(reach, { ...at(10), file: 'lib/internal/y.js' })], []);
});
