import path from 'node:path';
import t, { type Test } from 'tap';
import { soakProcess } from '../../../verify/soak/soak.ts';

/** Runs a program instead of tools/verify/soak/soak.cjs. */
async function runs(t: Test, program: string, stall?: number) {
  const folder = t.testdir({
    'program.cjs': `const print = (value) => console.log(JSON.stringify(value));
const [seed, episode, seconds] = process.argv.slice(2).map(Number);
${program}`,
  });
  return soakProcess(process.execPath, path.join(folder, 'program.cjs'), { seconds: 5, seed: 7, episode: 3 },
                     path.join(folder, 'log'), stall);
}

t.test('what the program prints', async (t) => {
  t.match(await runs(t, 'print({ done: true, episodes: seconds, steps: seed, addresses: episode });'),
          { episodes: 5, steps: 7, addresses: 3, failure: undefined });
  const failure = { failure: 'h0 is bound', episode: 4, step: 9, program: ['h0.close();'] };
  t.match(await runs(t, `
print({ episode, memory: 1 });
print(${JSON.stringify(failure)});
process.exit(1);`),
          { episodes: 1, failure: { why: 'h0 is bound', episode: 4, step: 9, program: ['h0.close();'] } });
});

t.test('the end of the process is a failure of the episode that it was in', async (t) => {
  const begin = 'print({ episode, memory: 1 });';
  t.match(await runs(t, `${begin} process.abort();`), { failure: { why: /ended by SIGABRT$/, episode: 4, step: -1 } });
  t.match(await runs(t, `${begin} throw new Error('why');`), { failure: { why: /^exit code 1: /, episode: 4 } });
  t.match(await runs(t, begin), { failure: { why: 'it ended before it was done', episode: 4 } });
  t.match(await runs(t, `${begin} setInterval(() => {}, 1000);`, 3), { failure: { why: /nothing happened for 3 s$/, episode: 4 } });
});
