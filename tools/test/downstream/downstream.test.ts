import t from 'tap';
import { isShown, portsTable } from '../../downstream/ports.ts';
import { costTable, effectRows, isSame, ratiosOf } from '../../downstream/sockets.ts';
import { suitesTable, sumOf } from '../../downstream/suites.ts';
import { filesOf, readResults, runFiles } from '../../downstream/tests.ts';

const way = { name: 'theirs', way: 'get-port', must: 'lose some', node: 'node' } as const;
const none = { plain: 0, reuse: 0 };

t.test('the table of ports', async (t) => {
  const raced = [
    { way, losses: [{ plain: 3, reuse: 1 }, { plain: 10, reuse: 0 }] },
    { way: { ...way, name: 'exclusive' }, losses: [none, none] },
  ];
  t.same(portsTable(raced, 10), [
    'lost, of 10  listens at once  2 ms later  to a plain bind  to SO_REUSEADDR',
    'theirs                     4          10               13                1',
    'exclusive                  0           0                0                0',
  ]);
});

t.test('what each way to get a port has to show', async (t) => {
  const shown = (must: 'lose some' | 'lose none' | 'lose none to a plain bind', plain: number, reuse: number) =>
    isShown({ way: { ...way, must }, losses: [none, { plain, reuse }] });
  t.ok(shown('lose some', 1, 0));
  t.notOk(shown('lose some', 0, 0), 'a race that nobody loses shows nothing');
  t.ok(shown('lose none', 0, 0));
  t.notOk(shown('lose none', 1, 0));
  t.notOk(shown('lose none', 0, 1));
  t.ok(shown('lose none to a plain bind', 0, 9));
  t.notOk(shown('lose none to a plain bind', 1, 9));
});

const read = (other: number, kernel = other) => ({ other, kernel });
const effect = { on: 'sockopt, TCP', what: 'TCP_NODELAY', before: 0, setByAddon: read(1), setByOurs: read(1) };

t.test('the same effect of an addon and of ours', async (t) => {
  t.ok(isSame(effect));
  for (const other of [
    { setByOurs: read(2) },
    { setByOurs: read(1, 2) },
    { setByAddon: read(0, 1) },
    { before: 1 },
  ]) t.notOk(isSame({ ...effect, ...other }), JSON.stringify(other));
  t.same(effectRows([effect, { ...effect, what: 'TCP_CORK' }, { ...effect, on: 'sockopt, UDP', setByOurs: read(1, 2) }]), [
    'set by the addon and by ours  options  same effect',
    'sockopt, TCP                        2            2',
    'sockopt, UDP                        1            0',
    'FAILED sockopt, UDP, TCP_NODELAY: 0 before; by the addon: the other reads 1, the kernel has 1; ' +
      'by ours: the other reads 1, the kernel has 2',
  ]);
});

t.test('what calls cost', async (t) => {
  t.same(ratiosOf([2, 30], [1, 10]), [2, 3]);
  const costs = {
    'sockopt setsockopt': [200, 220, 600],
    'ours setsockopt': [100, 100, 300],
    'sockopt getsockopt': [50, 50, 50],
    'ours getsockopt': [100, 100, 100],
    'net-keepalive count': [9000, 9000, 9000],
    'ours count': [900, 900, 900],
  };
  t.same(costTable(costs), [
    'a call                        addon    ours  addon to ours  spread',
    'setsockopt(), sockopt        220 ns  100 ns         2.00 x    10 %',
    'getsockopt(), sockopt         50 ns  100 ns         0.50 x     0 %',
    'TCP_KEEPCNT, net-keepalive  9000 ns  900 ns        10.00 x     0 %',
  ]);
});

t.test('the results of a file', async (t) => {
  const text = [{ name: 'a: b', outcome: 'pass' }, { name: 'a: b', outcome: 'fail', why: 'no' }]
    .map((result) => `${JSON.stringify(result)}\n`).join('');
  const results = readResults('test/x.test.js', text);
  t.same(results, [
    { name: 'test/x.test.js: a: b', outcome: 'pass' },
    { name: 'test/x.test.js: a: b (2)', outcome: 'fail', why: 'no' },
  ]);
  t.same(filesOf(results), ['test/x.test.js']);
});

t.test('files that pass, fail, end early and have no test', async (t) => {
  const cwd = t.testdir({
    'test': {
      'mixed.js': `
        const { test } = require('node:test');
        test('a # in the name', () => {});
        test('fails', () => { throw new Error('on purpose'); });
        test('left out', { skip: true }, () => {});
        test('has parts', async (t) => { await t.test('part', () => {}); });`,
      'passes.js': 'require(\'node:test\')(\'alone\', () => {});',
      'ends.js': 'require(\'node:test\')(\'good\', () => {}); process.on(\'exit\', () => { process.exitCode = 7; });',
      'empty.js': '',
      'argument.js': 'require(\'node:test\')(process.env.WHO, () => {});',
    },
  });
  const how = { command: [process.execPath], cwd, env: { WHO: 'me' }, results: `${cwd}/results` };
  const files = ['mixed', 'passes', 'ends', 'empty', 'argument'].map((name) => `test/${name}.js`);
  t.same(await runFiles(how, files, 2), [
    { name: 'test/mixed.js: a # in the name', outcome: 'pass' },
    { name: 'test/mixed.js: fails', outcome: 'fail', why: 'on purpose' },
    { name: 'test/mixed.js: left out', outcome: 'skip' },
    { name: 'test/mixed.js: has parts', outcome: 'pass' },
    { name: 'test/passes.js: alone', outcome: 'pass' },
    { name: 'test/ends.js: good', outcome: 'pass' },
    { name: 'test/ends.js: as a whole', outcome: 'fail', why: 'exit code 7' },
    { name: 'test/empty.js: as a whole', outcome: 'fail', why: 'no test ran' },
    { name: 'test/argument.js: me', outcome: 'pass' },
  ]);
});

t.test('the table of suites', async (t) => {
  t.equal(sumOf('3\n0\n4\n'), 7);
  t.equal(sumOf(''), 0);
  const suite = { name: 'x', files: 2, adopted: 7, passed: 11, skipped: 1, common: ['a'], failures: [] };
  t.same(suitesTable([suite], new Map([['x', 'x 1.0.0']])), [
    'suite of  files  servers adopted  tests passed  skipped  official fails too  failed',
    'x 1.0.0       2                7            11        1                   1       0',
  ]);
});
