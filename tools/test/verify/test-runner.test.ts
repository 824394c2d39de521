import t from 'tap';
import { patterns, testName } from '../../verify/test-runner.ts';

t.test('testName', async (t) => {
  t.equal(testName('test/parallel/test-net-a.js'), 'parallel/test-net-a');
  t.equal(testName('test/sequential/test-b.mjs'), 'sequential/test-b');
});

t.test('patterns', async (t) => {
  const tests = ['parallel/test-a', 'sequential/test-b', 'parallel/test-c', 'parallel/test-d'];
  t.same(patterns(tests), ['parallel/(test-a|test-c|test-d)', 'sequential/(test-b)'], 'one a suite');
  t.same(patterns(tests, 2), ['parallel/(test-a|test-c)', 'parallel/(test-d)', 'sequential/(test-b)'],
         'or several, where one would be too long');
  t.same(patterns([]), []);
});
