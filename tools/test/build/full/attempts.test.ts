import path from 'node:path';
import t from 'tap';
import { type Attempt, costText, duration, pending, readAttempts, sumOf } from '../../../build/full/attempts.ts';
import { writeRecord } from '../../../core/record.ts';

const attempt = (ended: Attempt['ended'], more: Partial<Attempt> = {}): Attempt => ({
  from: '2026-01-01T00:00:00.000Z', wall: 600, cpu: 1000, jobs: 2, compiled: 100, cached: 0, ended, ...more,
});

t.test('the attempts at the build that is not done', async (t) => {
  t.same(pending([]), []);
  const stopped = attempt('stopped');
  t.same(pending([stopped, attempt('under way')]), [stopped, attempt('under way')]);
  t.same(pending([stopped, attempt('built')]), [], 'it is done');
  t.same(pending([attempt('built'), attempt('failed'), attempt('built'), stopped]), [stopped]);
});

t.test('what attempts took together', async (t) => {
  t.same(sumOf([]), { attempts: 0, wall: 0, cpu: 0, compiled: 0, cached: 0 });
  t.same(sumOf([attempt('stopped', { cached: 3 }), attempt('built', { wall: 1.5, cached: 4 })]),
         { attempts: 2, wall: 601.5, cpu: 2000, compiled: 200, cached: 7 });
});

t.test('durations', async (t) => {
  t.equal(duration(0), '0 s');
  t.equal(duration(89.4), '89 s');
  t.equal(duration(90), '2 min');
  t.equal(duration(75 * 60), '75 min');
  t.equal(duration(89.6 * 60), '1 h 30 min');
  t.equal(duration(3 * 3600 + 7 * 60), '3 h 07 min');
});

t.test('the cost in words', async (t) => {
  const sum = sumOf([attempt('built')]);
  t.equal(costText(sum), '10 min, 17 min of processor time; 100 units compiled, none from a cache');
  t.equal(costText({ ...sum, attempts: 3, cached: 2 }),
          '10 min in 3 runs, 17 min of processor time; 100 units compiled, 2 from ccache');
});

t.test('the record', async (t) => {
  const file = path.join(t.testdir({}), 'attempts.json');
  t.same(await readAttempts(file), []);
  await writeRecord(file, [attempt('built')]);
  t.same(await readAttempts(file), [attempt('built')]);
});
