import { readFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { fuzzProcess } from '../../../verify/fuzz/fuzz.ts';

/** Runs a program instead of tools/verify/fuzz/args.cjs. */
async function runs(t: Test, program: string, stall?: number) {
  const folder = t.testdir({
    'program.cjs': `const { writeFileSync } = require('node:fs');
const trace = process.argv[6];
const print = (value) => console.log(JSON.stringify(value));
${program}`,
  });
  const result = await fuzzProcess(
    process.execPath, path.join(folder, 'program.cjs'), [7, 3, 2, 10], path.join(folder, 'log'), stall);
  return { ...result, folder };
}

t.test('what the program prints', async (t) => {
  const { calls, threw, findings, folder } = await runs(t, `
print({ fault: 'returned 1', call: '3:4 setsockopt(1)' });
print({ batch: 3, calls: 10, threw: 6 });
print({ batch: 4, calls: 20, threw: 11, args: process.argv.slice(2, 6) });
print({ done: true });`);
  t.strictSame([calls, threw], [20, 11]);
  t.strictSame(findings, [{ fault: 'returned 1', call: '3:4 setsockopt(1)' }]);
  t.match(await readFile(path.join(folder, 'log'), 'utf8'), '"args":["7","3","2","10"]');
});

t.test('the end of the process is a finding, with the call that it was in', async (t) => {
  const call = '3:9 clone(view)';
  const begin = `writeFileSync(trace, '${call}\\0\\0'); print({ batch: 3, calls: 10, threw: 6 });`;
  const aborted = await runs(t, `${begin} process.abort();`);
  t.match(aborted.findings, [{ fault: /ended by SIGABRT$/, call }]);
  t.equal(aborted.calls, 10, 'what it did before counts');
  const failed = await runs(t, `${begin} throw new Error('why');`);
  t.match(failed.findings, [{ fault: /^exit code 1: /, call }]);
  const left = await runs(t, `${begin} process.exit(0);`);
  t.match(left.findings, [{ fault: 'it ended before it was done', call }]);
  const hangs = await runs(t, `${begin} setInterval(() => {}, 1000);`, 3);
  t.match(hangs.findings, [{ fault: /nothing happened for 3 s$/, call }]);
  t.match((await runs(t, 'process.abort();')).findings, [{ call: 'before the first call' }]);
});
