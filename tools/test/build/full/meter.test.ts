import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Meter, processorTime } from '../../../build/full/meter.ts';
import { programInPath } from '../../process.ts';

// A ccache whose counters the test controls.
const folder = t.testdir({ before: { stats: 'cache_miss\t7\ndirect_cache_hit\t1\npreprocessed_cache_hit\t2\n' } });
programInPath(t, path.join(folder, 'bin', 'ccache'), 'cat "$CCACHE_DIR/stats"');

/** Takes about this many milliseconds in a separate program. */
const work = (milliseconds: number) =>
  spawn(process.execPath, ['-e', `const end = Date.now() + ${milliseconds}; while (Date.now() < end);`]);

t.test('the processor time in /proc', async (t) => {
  const stat = '12 (a name) with) S 1 12 12 0 -1 4194304 100 200 0 0 150 50 3000 400 39 19 1 0 500 1 2';
  t.equal(processorTime(stat, 'all'), 36);
  t.equal(processorTime(stat, 'children'), 34);
});

t.test('an attempt', async (t) => {
  const dir = path.join(folder, 'before');
  const meter = await Meter.start({ CCACHE_DIR: dir }, 3);
  const first = await meter.read('under way');
  t.match(first, { jobs: 3, compiled: 0, cached: 0, ended: 'under way' }, 'what was counted before is not its own');
  t.ok(first.cpu < 0.3, `processor time of nothing: ${first.cpu}`);
  writeFileSync(path.join(dir, 'stats'), 'cache_miss\t12\ndirect_cache_hit\t3\npreprocessed_cache_hit\t4\n');
  t.match(await meter.read('stopped'), { compiled: 5, cached: 4, ended: 'stopped' });
});

t.test('its processor time', async (t) => {
  const meter = await Meter.start({ CCACHE_DIR: path.join(folder, 'before') }, 1);
  const child = work(3000);
  meter.child = child;
  const closed = once(child, 'close');
  let running = 0;
  while (child.exitCode === null && running < 0.2) {
    running = (await meter.read('under way')).cpu;
    await sleep(50);
  }
  t.ok(child.exitCode === null && running >= 0.2, `is seen while it runs: ${running}`);
  await closed;
  const { cpu } = await meter.read('built');
  t.ok(cpu >= running, `and stays when it has ended: ${cpu}`);
});
