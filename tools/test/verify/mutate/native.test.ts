import t from 'tap';
import { linesOf, rangesOf } from '../../../verify/mutate/native.ts';

const printed = (file: string, ...lines: ReadonlyArray<readonly [number, number]>): string =>
  JSON.stringify({ files: [{ file, lines: lines.map(([line_number, count]) => ({ line_number, count })) }] });

t.test('the lines that ran', async (t) => {
  const lines = linesOf([
    'Lines executed:50.00% of 4',
    printed('../../src/a.cc', [1, 2], [2, 0], [4, 1]),
    printed('../../src/a.cc', [2, 0], [3, 1]),
    printed('/usr/include/c++/12/b.cc', [1, 1]),
    printed('../../src/a.h', [1, 1]),
  ].join('\n'));
  t.same([...lines].map(([file, ran]) => [file, [...ran].sort()]), [['src/a.cc', [1, 3, 4]]]);
  t.equal(linesOf('').size, 0);
});

t.test('lines as offsets', async (t) => {
  t.same(rangesOf('ab\n\ncd\n', new Set([1, 3])), [[0, 3], [4, 7]]);
  t.same(rangesOf('ab', new Set()), []);
});
