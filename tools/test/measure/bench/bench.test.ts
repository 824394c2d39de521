import t from 'tap';
import { acceptBars, acceptTable, resultOf } from '../../../measure/bench/accept.ts';
import { floorsOf, ratiosOf, ratioTable } from '../../../measure/bench/bench.ts';
import { bars, ratioBars } from '../../../measure/bench/chart.ts';
import { attempt, Partner, told } from '../../../measure/programs.ts';

const sample = (took: number, computed: number, served: readonly number[]) =>
  ({ load: { took, computed }, server: { served, computed: computed / 5 } });

const round = sample(2, 1, [600, 200]);

t.test('what samples come to', async (t) => {
  const result = resultOf('a way', [round, sample(1, 0.2, [200, 600]), sample(4, 4, [500, 300])]);
  t.same(result, {
    name: 'a way',
    rate: 400,
    least: 200,
    most: 800,
    spread: 1.5,
    shares: [1300 / 2400, 1100 / 2400],
    range: [0.25, 0.75],
    cost: 0.2 / 800,
    load: 0.5,
  });
});

t.test('the table and the bars of what was accepted', async (t) => {
  const peer = resultOf('cluster', [round]);
  const twice = resultOf('shared: true', [sample(1, 0.75, [400, 400]), sample(1, 0.75, [440, 360])]);
  const alone = resultOf('one', [sample(4, 1, [800])]);
  t.same(acceptTable([peer, twice, alone], peer), [
    'way           connections/s  spread   ratio  shares, %  of one sample     CPU  load',
    'cluster                 400     0 %  1.00 x      75 25       25 to 75  250 us  50 %',
    'shared: true            800     0 %  2.00 x      53 48       45 to 55  188 us  75 %',
    'one                     200     0 %  0.50 x        100                 250 us  25 %',
  ]);
  t.same(acceptBars([twice], peer), [
    { name: 'shared: true', ours: true, ratio: 2, least: 2, most: 2, shares: [840 / 1600, 760 / 1600] },
  ]);
  t.equal(acceptBars([alone], peer)[0]!.ours, false);
});

t.test('the chart', async (t) => {
  const svg = bars('Accepted & <more>', [
    { name: 'peer', ours: false, ratio: 1, least: 0.5, most: 1.5, shares: [1] },
    { name: 'ours', ours: true, ratio: 2, least: 1.5, most: 3, shares: [0.25, 0.75] },
  ], 1.5);
  t.match(svg, /^<svg [^>]*>\n<title>Accepted &amp; &lt;more&gt;<\/title>\n[^]*<\/svg>\n$/);
  const widths = [...svg.matchAll(/width="([\d.]+)"[^>]*><title>([^<]*)/g)].map(([, width, title]) => [title, Number(width)]);
  t.same(widths, [
    ['peer: 1.00 x, 0.50 to 1.50', 100],
    ['peer: 100 %', 220],
    ['ours: 2.00 x, 1.50 to 3.00', 200],
    ['ours: 25 %', 55],
    ['ours: 75 %', 165],
  ], 'as wide as what is the furthest allows');
  t.match(svg, 'M420.0 130v8M420.0 134H570.0M570.0 130v8', 'from the least to the most');
  t.match(svg, '>aim 1.5</text>');
});

t.test('a partner', async (t) => {
  const dir = t.testdir({
    'echo.cjs': 'process.on("message", ({ word }) => word === "end" ? process.exit(3) : process.send(word.length));',
    'silent.cjs': 'process.on("message", () => {});',
  });
  const echo = new Partner(process.execPath, `${dir}/echo.cjs`, ['one']);
  t.equal(await echo.ask({ word: 'four' }), 4);
  t.equal(await echo.ask({ word: 'seven' }), 5);
  await t.rejects(echo.ask({ word: 'end' }), { name: 'UserError', message: 'echo.cjs one ended (exit code 3)' });
  await t.rejects(echo.ask({ word: 'more' }), { message: 'echo.cjs one ended (exit code 3)' }, 'not the channel\'s own error');
  await echo.stop();
  const silent = new Partner(process.execPath, `${dir}/silent.cjs`);
  await t.rejects(silent.answer(0.1), { name: 'UserError', message: 'silent.cjs has not answered for 0.1 s' });
  await silent.stop();
  await t.rejects(silent.answer(), { message: 'silent.cjs ended (SIGKILL)' });
});

t.test('the ratios of rounds', async (t) => {
  const held = [
    { what: 'one', ours: 'ours x', peer: 'raw x', limit: 1.4 },
    { what: 'two', ours: 'ours y', peer: 'raw x' },
    { what: 'three', ours: 'ours z', peer: 'raw x', limit: 2 },
  ];
  const samples = new Map([['ours x', [2, 4, 6, 8]], ['raw x', [1, 2, 2, 2]], ['ours y', [1, 1, 1, 1]]]);
  const ratios = ratiosOf(samples, held);
  t.same(ratios, [
    { name: 'one', ratio: 2.5, least: 2, most: 3.5, limit: 1.4 },
    { name: 'two', ratio: 0.5, least: 0.5, most: 0.75, limit: undefined },
  ], 'of each round, and of what both have');
  t.same(ratioTable(ratios), [
    '      ratio   middle half           aim',
    'one  2.50 x  2.00 to 3.50  1.4 x MISSED',
    'two  0.50 x  0.50 to 0.75',
  ]);
  const svg = ratioBars('Calls', ratios);
  t.match(svg, /one: 2\.50 x, 2\.00 to 3\.50/);
  t.equal([...svg.matchAll(/stroke-dasharray/g)].length, 1, 'an aim for the one that has one');
});

t.test('floorsOf', async (t) => {
  const samples = new Map([['raw x', [1, 2]], ['ours empty call', [10, 20]], ['other', [7, 7]]]);
  t.same([...floorsOf(samples, { 'floor x': ['raw x', 'ours empty call'] })], [['floor x', [11, 22]]], 'round by round');
});

t.test('a sample that fails is tried again, and then missing', async (t) => {
  let tries = 0;
  const failing = (times: number) => async () => {
    if (tries++ < times) throw new Error('nothing was done');
    return tries;
  };
  t.equal(await attempt('once', failing(1)), 2);
  tries = 0;
  t.equal(await attempt('twice', failing(2)), undefined);
  t.equal(tries, 2);
  t.same([0, 1, 2].map(told), ['', ', 1 sample is missing', ', 2 samples are missing']);
});

t.test('a round without a sample has no ratio', async (t) => {
  const held = [{ what: 'a call', ours: 'ours', peer: 'peer' }];
  const samples = new Map([['ours', [2, NaN, 6]], ['peer', [1, 2, 3]], ['none', [NaN, NaN, NaN]]]);
  t.match(ratiosOf(samples, held), [{ name: 'a call', ratio: 2, least: 2, most: 2 }]);
  t.same(ratiosOf(samples, [{ what: 'nothing', ours: 'none', peer: 'peer' }]), []);
  t.same(floorsOf(samples, { sum: ['ours', 'peer'], absent: ['ours', 'unknown'] }), new Map([['sum', [3, NaN, 9]]]));
});
