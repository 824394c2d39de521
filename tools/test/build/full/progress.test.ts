import t from 'tap';
import { Progress } from '../../../build/full/progress.ts';

/** A progress whose clock the test advances, in seconds. */
function timed(all: number, earlier = 0) {
  const clock = { seconds: 0 };
  return { clock, progress: new Progress(all, earlier, () => clock.seconds * 1000) };
}

t.test('one line a minute', async (t) => {
  const { clock, progress } = timed(200);
  t.equal(progress.line('[1/200] CXX obj/a.o'), '1 of 200 steps, 0 %, 0 s so far', 'and the first');
  clock.seconds = 59;
  t.equal(progress.line('[10/200] CXX obj/b.o'), undefined);
  clock.seconds = 60;
  t.equal(progress.line('[21/200] CXX obj/c.o'), '21 of 200 steps, 10 %, 60 s so far, about 9 min to go');
  clock.seconds = 61;
  t.equal(progress.line('[22/200] CXX obj/d.o'), undefined);
  t.equal(progress.line('[200/200] LINK node'), '200 of 200 steps, 100 %, 61 s so far', 'and the last');
  t.equal(progress.finished, 200);
});

t.test('what former attempts have done counts', async (t) => {
  const { clock, progress } = timed(200, 3600);
  t.equal(progress.done, '0 of 200 steps, 0 %', 'before ninja has said what is left');
  t.equal(progress.line('[1/110] CXX obj/a.o'), '91 of 200 steps, 45 %, 60 min so far');
  clock.seconds = 120;
  t.equal(progress.line('[10/110] CXX obj/a.o'), '100 of 200 steps, 50 %, 62 min so far, about 22 min to go');
  t.equal(progress.done, '100 of 200 steps, 50 %');
  t.equal(progress.finished, 10);
});

t.test('what is to go is told by the last lines', async (t) => {
  const { clock, progress } = timed(10_000);
  progress.line('[1/10000] CXX obj/a.o');
  clock.seconds = 60;
  t.match(progress.line('[1001/10000] CXX obj/b.o'), /about 9 min to go$/, 'out of a cache');
  let last: string | undefined;
  for (let minute = 2; minute <= 12; minute++) {
    clock.seconds = 60 * minute;
    last = progress.line(`[${1001 + 10 * minute}/10000] CXX obj/c.o`);
  }
  t.match(last, /about 14 h 48 min to go$/, 'compiled');
});

t.test('other lines', async (t) => {
  const { progress } = timed(200);
  t.equal(progress.line('FAILED: obj/a.o'), 'FAILED: obj/a.o');
  t.equal(progress.line('ninja: Entering directory'), undefined);
  t.equal(progress.line('In file included from [1/2] '), undefined);
  t.equal(progress.finished, 0);
});
