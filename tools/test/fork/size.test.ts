import t from 'tap';
import { tooLarge } from '../../fork/size.ts';
import { hook } from '../patch.ts';
import { linesJson, proposal } from '../project.ts';

const carried = { lines: { 'v24.x': { state: 'carried' } } } as const;
const text = (count: number) => 'x\n'.repeat(count);

t.test('what adds too much', async (t) => {
  const folder = t.testdir({
    'lines.json': linesJson('v24.x'),
    'proposals.json': JSON.stringify({ proposals: [
      proposal('small', { ...carried, owns: ['lib/internal/small.js', 'test-parallel/test-small.js'] }),
      proposal('big', { ...carried, owns: ['lib/internal/big.js', 'src/big.cc'] }),
      proposal('known', { ...carried, owns: ['src/known.cc'], large: 'it is one file' }),
    ] }),
    'lib': { internal: { 'small.js': text(9), 'big.js': text(5) } },
    'src': { 'big.cc': text(5), 'known.cc': text(20) },
    'test-parallel': { 'test-small.js': text(20) },
    'patches': { small: { 'v24.x.patch': hook('lib/net.js', text(3), 2, 'y', 1) } },
  });
  t.same(tooLarge(folder, 10), []);
  t.match(tooLarge(folder, 9), [
    /^small adds 10 lines of lib\/ and src\/ on v24\.x, and 9 are enough /,
    /^big adds 10 lines /,
  ]);
});
