import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { abreast } from '../../core/abreast.ts';

t.test('abreast() goes all ways at a time, and says what each came to', async (t) => {
  const begun: number[] = [];
  const way = (number: number, others: number) => async () => {
    begun.push(number);
    // It only ends if the others have started in the meantime.
    while (begun.length < others) await wait(1);
    return number;
  };
  t.strictSame(await abreast([way(1, 3), way(2, 3), way(3, 3)]), [1, 2, 3]);
  t.strictSame(await abreast([]), []);
});

t.test('abreast() fails with the first way that did, after all have ended', async (t) => {
  let ended = false;
  const slow = async () => {
    await wait(20);
    ended = true;
  };
  const fails = (message: string) => async () => {
    throw new Error(message);
  };
  await t.rejects(abreast([slow, fails('one'), fails('two')]), { message: 'one' });
  t.ok(ended);
});
