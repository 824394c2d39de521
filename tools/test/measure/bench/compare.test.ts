import t from 'tap';
import { changesOf, overallOf, parseRates, slower } from '../../../measure/bench/compare.ts';

const csv = `"binary","filename","configuration","rate","time"
"old","net/net-c2s.js","dur=1 type=""buf"" len=64",100.5,1.01
"new","net/net-c2s.js","dur=1 type=""buf"" len=64",1.2e+3,0.9
`;

/** The rates of a benchmark with each binary. */
const rates = (name: string, before: readonly number[], after: readonly number[]) => [
  ...before.map((rate) => ({ binary: 'old' as const, name, rate })),
  ...after.map((rate) => ({ binary: 'new' as const, name, rate })),
];

t.test('parseRates', async (t) => {
  const name = 'net/net-c2s.js dur=1 type="buf" len=64';
  t.same(parseRates(csv), [{ binary: 'old', name, rate: 100.5 }, { binary: 'new', name, rate: 1200 }]);
});

t.test('changes', async (t) => {
  const same = rates('same', [100, 101, 99, 100], [99, 100, 101, 100]);
  const slow = rates('slow', [100, 101, 99, 100], [50, 51, 49, 50]);
  const fast = rates('fast', [100, 101, 99, 100], [200, 201, 199, 200]);
  const noisy = rates('noisy', [100, 10, 190, 100], [90, 20, 120, 90]);
  const changes = changesOf([...same, ...slow, ...fast, ...noisy]);
  t.same(changes.map(({ name, change }) => `${name} ${change.toFixed(2)}`), ['slow -0.50', 'noisy -0.20', 'same 0.00', 'fast 1.00']);
  t.equal(changes[2]!.p, 1);
  t.same(slower(changes).map(({ name }) => name), ['slow'], 'neither what chance can make nor what is faster');
});

t.test('a configuration with missing samples', async (t) => {
  const found = [...rates('some', [100, 101, 99], [100, 100]), ...rates('none', [], [100, 100]), ...rates('one', [100, 101], [100])];
  t.same(changesOf(found).map(({ name }) => name), ['some']);
});

t.test('slower: the more there are, the more chance makes of one', async (t) => {
  const one = { name: 'one', change: -0.1, p: 0.01 };
  const others = Array.from({ length: 9 }, (_, index) => ({ name: String(index), change: 0, p: 1 }));
  t.same(slower([one]), [one]);
  t.same(slower([one, ...others]), []);
});

t.test('overallOf', async (t) => {
  const { change, half } = overallOf([{ name: 'half', change: -0.5, p: 0 }, { name: 'twice', change: 1, p: 0 }]);
  t.equal(change.toFixed(12), '0.000000000000', 'half and twice as fast are none together');
  t.ok(half > 1, 'of which two say little');
});
