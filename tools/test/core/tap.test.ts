import t from 'tap';
import { compare, parseTap, tenths, type TestResult } from '../../core/tap.ts';

const stream = (...lines: readonly string[]) => `${['TAP version 13', ...lines].join('\n')}\n`;

t.test('what became of each test', async (t) => {
  const text = stream(
    '1..5',
    'ok 1 parallel/test-net-a',
    '  ---',
    '  duration_ms: 5',
    '  ...',
    'not ok 2 parallel/test-net-b',
    '  ---',
    '  stack: |-',
    '    ok 1 printed by the test',
    '    not ok 2 also printed',
    '    1..9',
    '  ...',
    'ok 3 parallel/test-net-c # skip needs IPv6',
    'ok 4 - parallel/test-net-d',
    'ok 5 parallel/test-net-e # TODO later',
  );
  t.same(parseTap(text), [
    { name: 'parallel/test-net-a', outcome: 'pass' },
    { name: 'parallel/test-net-b', outcome: 'fail' },
    { name: 'parallel/test-net-c', outcome: 'skip' },
    { name: 'parallel/test-net-d', outcome: 'pass' },
    { name: 'parallel/test-net-e', outcome: 'pass' },
  ]);
});

t.test('the plan may come last, and directives have any case', async (t) => {
  t.same(parseTap(stream('ok 1 a # SKIP', 'ok 2 b # Skip: why', '1..2')).map(({ outcome }) => outcome), ['skip', 'skip']);
});

t.test('an empty run', async (t) => {
  t.same(parseTap('1..0\n'), []);
});

t.test('a run that was cut off is no result', async (t) => {
  t.throws(() => parseTap(stream('1..3', 'ok 1 a', 'ok 2 b')), /^2 of 3 tests were reported$/);
  t.throws(() => parseTap(stream('1..1', 'ok 1 a', 'ok 2 b')), /^2 of 1 tests were reported$/);
  t.throws(() => parseTap(stream('ok 1 a')), /^1 of an unknown number of tests were reported$/);
  t.throws(() => parseTap(''), /^0 of an unknown number of tests were reported$/);
  t.throws(() => parseTap(stream('  1..1', 'ok 1 a')), /unknown number/, 'the plan of a test inside is not the plan');
});

t.test('a name with # is never taken for another result', async (t) => {
  // Node's runner prints none, but nothing may pass unseen.
  const outcomes = () => {
    try {
      return parseTap(stream('1..1', 'not ok 1 parallel/test-a#b')).map(({ outcome }) => outcome);
    } catch (error) {
      return String(error);
    }
  };
  t.match(String(outcomes()), /^fail$|: 0 of 1 tests were reported$/);
});

const result = (name: string, outcome: TestResult['outcome']): TestResult => ({ name, outcome });

t.test('ours beside the peer', async (t) => {
  const ours = [
    result('both-pass', 'pass'),
    result('ours-fails', 'fail'),
    result('both-fail', 'fail'),
    result('peer-skips', 'fail'),
    result('peer-lacks', 'fail'),
    result('peer-fails', 'pass'),
    result('ours-skips', 'skip'),
  ];
  const peer = [
    result('both-pass', 'pass'),
    result('ours-fails', 'pass'),
    result('both-fail', 'fail'),
    result('peer-skips', 'skip'),
    result('peer-fails', 'fail'),
    result('ours-skips', 'fail'),
    result('only-there', 'fail'),
  ];
  t.same(compare(ours, peer), {
    failures: ['ours-fails', 'peer-skips', 'peer-lacks'],
    common: ['both-fail'],
    passed: 2,
    skipped: 1,
  });
  t.same(compare([], peer), { failures: [], common: [], passed: 0, skipped: 0 });
});

t.test('each tenth of a plan is said once', async (t) => {
  const progress = tenths();
  t.equal(progress('TAP version 13'), undefined);
  t.equal(progress('1..25'), undefined);
  const said = Array.from({ length: 25 }, (_, index) => progress(`${index % 2 ? 'not ' : ''}ok ${index + 1} parallel/test-a`));
  t.same(said.filter(Boolean), [3, 5, 8, 10, 13, 15, 18, 20, 23, 25].map((done) => `${done} of 25 tests`));
  t.equal(progress('  duration_ms: 5'), undefined);
});
