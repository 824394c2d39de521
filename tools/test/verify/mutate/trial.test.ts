import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { firstFailure, runTrial } from '../../../verify/mutate/trial.ts';

const program = { command: process.execPath, env: {} };

/** Tests in a folder, which run in it as well. */
function tests(t: Test, texts: Readonly<Record<string, string>>) {
  const folder = t.testdir({ temp: {}, ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${name}.js`, text])) });
  const trial = (name: string, limit = 60_000) => ({ name, file: path.join(folder, `${name}.js`), limit });
  return { folder, temp: path.join(folder, 'temp'), trial };
}

t.test('how a test ends', async (t) => {
  const { temp, trial } = tests(t, {
    pass: '// Flags: --no-deprecation\nrequire("assert").deepStrictEqual(process.execArgv, ["--no-deprecation"]); console.log(1)',
    fail: 'throw new Error("x")',
    hang: 'setInterval(() => {}, 1000)',
  });
  t.match(await runTrial(program, trial('pass'), temp), { outcome: 'pass' });
  t.match(await runTrial(program, trial('fail'), temp), { outcome: 'fail' });
  t.match(await runTrial(program, trial('hang', 300), temp), { outcome: 'hang' });
  t.match(await runTrial(program, trial('hang'), temp, AbortSignal.abort()), { outcome: 'stopped' });
  const stop = new AbortController();
  setTimeout(() => { stop.abort(); }, 300);
  t.match(await runTrial(program, trial('hang'), temp, stop.signal), { outcome: 'stopped' });
});

t.test('what a test started ends with it', async (t) => {
  const { temp, folder, trial } = tests(t, {
    starts: `const { spawn } = require('child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      require('fs').writeFileSync(__dirname + '/pid', String(child.pid));
      process.exit(1);`,
  });
  t.match(await runTrial(program, trial('starts'), temp), { outcome: 'fail' });
  const status = `/proc/${readFileSync(path.join(folder, 'pid'), 'utf8')}/stat`;
  const isOver = () => !existsSync(status) || / Z /.test(readFileSync(status, 'utf8'));
  while (!isOver()) await new Promise((resolve) => { setTimeout(resolve, 20); });
  t.pass('it has ended');
});

t.test('the first failure', async (t) => {
  const { temp, trial } = tests(t, { pass: '', fail: 'process.exit(1)', hang: 'setInterval(() => {}, 1000)' });
  const shaky = (name: string) => { t.fail(name); };
  t.equal(await firstFailure(program, [trial('pass')], temp, shaky), undefined);
  t.match(await firstFailure(program, [trial('pass'), trial('fail'), ...Array<ReturnType<typeof trial>>(9).fill(trial('hang'))], temp, shaky),
          { trial: { name: 'fail' }, ended: { outcome: 'fail' } }, 'it does not wait for the others');
  t.match(await firstFailure(program, [trial('hang', 300)], temp, shaky), { trial: { name: 'hang' }, ended: { outcome: 'hang' } });
});

t.test('a failure that is none', async (t) => {
  const { folder, temp, trial } = tests(t, {
    once: 'const fs = require("fs"); const f = __dirname + "/ran"; const n = fs.existsSync(f); fs.writeFileSync(f, ""); process.exit(n ? 0 : 1)',
    late: 'require("fs").appendFileSync(__dirname + "/late", "x"); process.exit(require("fs").existsSync(__dirname + "/bad") ? 1 : 0)',
  });
  const told: string[] = [];
  const all = [trial('once'), ...Array<ReturnType<typeof trial>>(20).fill(trial('late'))];
  t.equal(await firstFailure(program, all, temp, (name) => { told.push(name); }), undefined);
  t.same(told, ['once']);
  t.ok(readFileSync(path.join(folder, 'late'), 'utf8').length >= 20, 'those after it run');
  writeFileSync(path.join(folder, 'bad'), '');
  t.match(await firstFailure(program, all, temp, () => {}), { trial: { name: 'late' } });
});
