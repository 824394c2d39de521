import t from 'tap';
import { judge } from '../../verify/node-suites.ts';

const reasons = { 'parallel/test-base': 'Debian links another OpenSSL' };
const differing = (name: string, base: 'pass' | 'fail' | 'skip') =>
  ({ name, ours: 'fail', official: 'pass', base } as const);

t.test('what the base itself does is explained', async (t) => {
  t.same(judge([differing('parallel/test-base', 'fail')], reasons), {
    explained: ['parallel/test-base: fail, pass with the official binary (Debian links another OpenSSL)'],
    failed: [],
    equal: [],
  });
});

t.test('what ours alone does is a fault, with a reason too', async (t) => {
  const { explained, failed } = judge([differing('parallel/test-base', 'pass')], reasons);
  t.same(explained, []);
  t.same(failed, ['parallel/test-base: fail, pass with the official binary, pass with the base alone']);
});

t.test('without a reason nothing is explained', async (t) => {
  t.same(judge([differing('parallel/test-other', 'fail')], {}).failed,
         ['parallel/test-other: fail, pass with the official binary, and lines.json has no reason in differs']);
});

t.test('a reason may be needed on other machines alone', async (t) => {
  t.same(judge([], reasons), { explained: [], failed: [], equal: ['parallel/test-base'] });
});
