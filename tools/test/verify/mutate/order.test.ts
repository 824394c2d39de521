import t from 'tap';
import { mutantsOf, type Mutation } from '../../../verify/mutate/mutation.ts';
import { likelyFirst, shuffled, wordsOf } from '../../../verify/mutate/order.ts';

const mutations = (text: string): readonly Mutation[] =>
  [...text.matchAll(/\d/g)].map(({ index }) => ({ file: 'lib/internal/keep_alive.js', from: index, to: index + 1, replacement: 'x' }));
const mutants = (text: string) => mutantsOf(text, mutations(text));

t.test('the order is that of a seed', async (t) => {
  const all = mutants('a = 1;\nb = 2;\nc = 3;\nc = 3;\nd = 4;\n');
  const order = (seed: number, of = all) => shuffled(of, seed).map(({ change, name }) => `${name.split(' ')[0]!} ${change}`);
  t.same(order(1), order(1));
  t.equal(new Set(order(1)).size, 5, 'each comes once');
  t.notSame(order(1), order(2));
  t.same(order(1, all.filter(({ change }) => !change.startsWith('2'))), order(1).filter((name) => !name.includes('2 -> x')),
         'one does not depend on the others');
  const changes = (text: string) => shuffled(mutants(text), 1).map(({ change }) => change);
  t.same(changes('// More.\na = 1;\nb = 2;\nd = 4;\n'), changes('a = 1;\nb = 2;\nd = 4;\n'), 'nor on its place in the file');
});

t.test('words', async (t) => {
  t.same(wordsOf('setKeepAlive(a, UV_ENOTSUP)'), ['set', 'keep', 'alive', 'uv', 'enotsup']);
  t.same(wordsOf('bound_handle_sharing.cc'), ['bound', 'handle', 'sharing', 'cc']);
});

t.test('the likely tests come first', async (t) => {
  const [mutant] = mutants('    if (bound.fd > 1) {\n');
  const test = (name: string, limit: number) => ({ name: `parallel/test-${name}`, limit });
  const tests = [test('dgram', 1), test('net-keep-alive', 9), test('net-keep-alive-fd', 9), test('tls-slow', 5), test('tls', 3)];
  const order = (reached: readonly string[]) => likelyFirst(mutant!, tests, new Set(reached)).map(({ name }) => name.slice('parallel/test-'.length));
  t.same(order([]), ['net-keep-alive-fd', 'net-keep-alive', 'dgram', 'tls', 'tls-slow']);
  t.same(order(['parallel/test-tls-slow', 'parallel/test-net-keep-alive']),
         ['net-keep-alive', 'tls-slow', 'net-keep-alive-fd', 'dgram', 'tls']);
});
