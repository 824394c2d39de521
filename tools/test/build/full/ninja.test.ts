import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Attempt } from '../../../build/full/attempts.ts';
import { defaultJobs } from '../../../build/full/ninja.ts';
import { root } from '../../../core/paths.ts';
import { readRecord } from '../../../core/record.ts';
import { program } from '../../files.ts';

t.test('compilers at a time', async (t) => {
  t.equal(defaultJobs(2, 24e9), 2);
  t.equal(defaultJobs(64, 16e9), 10, 'as many as the memory holds');
  t.equal(defaultJobs(8, 1e9), 1, 'and at least one');
});

/** A ninja with three steps. The second one waits for `go` or a signal. */
const NINJA = `case "$*" in *'-t commands'*) printf '1\\n2\\n3\\n'; exit;; esac
cd "$2"
if [ -e done ]; then echo 'ninja: no work to do.'; exit; fi
echo "$*" >>called
trap 'echo stopped >>called; echo "ninja: build stopped: interrupted by user."; exit 2' INT
echo '[1/3] CXX one'
if [ -e broken ]; then echo 'FAILED: two'; echo 'two.cc:1: error: broken'; exit 1; fi
while [ ! -e go ]; do sleep 0.05; done
echo '[3/3] LINK node'`;

const PROGRAM = `
const { compile } = await import(process.env['MODULE']);
const paths = JSON.parse(process.env['PATHS']);
try {
  console.log('result', JSON.stringify(await compile(paths, 'full.ninja', 'make it')));
} catch (error) {
  console.log('error', error.line);
}`;

/** A folder with that ninja, and a program in it that compiles. */
function stage(t: Test) {
  const dir = t.testdir({ 'release': {}, 'program.mjs': PROGRAM });
  program(path.join(dir, 'bin', 'ninja'), NINJA);
  program(path.join(dir, 'bin', 'ccache'), 'printf "cache_miss\\t0\\n"');
  const paths = { release: path.join(dir, 'release'), logs: path.join(dir, 'logs'), attempts: path.join(dir, 'attempts.json') };
  const env = {
    ...process.env,
    PATH: `${path.join(dir, 'bin')}:${process.env['PATH']}`,
    PATHS: JSON.stringify(paths),
    MODULE: path.join(root, 'tools', 'build', 'full', 'ninja.ts'),
    JOBS: '5',
    CCACHE_PREFIX: '',
  };
  const start = (more: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, ['--import=tsx', path.join(dir, 'program.mjs')], {
      cwd: root, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
    t.teardown(() => { child.kill('SIGKILL'); });
    const ended = once(child, 'close').then(() => output);
    return { child, ended };
  };
  const called = path.join(paths.release, 'called');
  const running = async () => {
    while (!existsSync(called)) await sleep(20);
    await sleep(100);
  };
  const attempts = () => readRecord<readonly Attempt[]>(paths.attempts, 'this');
  const put = (name: string) => { writeFileSync(path.join(paths.release, name), ''); };
  return { start, called, running, attempts, put };
}

t.test('a build that comes to its end', async (t) => {
  const { start, called, attempts, put } = stage(t);
  put('go');
  const output = await start().ended;
  t.match(output, /^ {2}3 of 3 steps, 100 %, .* so far$/m);
  t.match(JSON.parse(/^result (.*)$/m.exec(output)?.[1] ?? '{}'), { attempts: 1, compiled: 0, cached: 0 });
  t.match(await attempts(), [{ ended: 'built', jobs: 5 }]);
  t.match(readFileSync(called, 'utf8'), /-f full\.ninja -j 5 node\n$/);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`a build that is stopped by ${signal}, and goes on`, async (t) => {
    const { start, called, running, attempts, put } = stage(t);
    const { child, ended } = start();
    await running();
    child.kill(signal);
    t.match(await ended, /^error stopped after \d+ s in all, 1 of 3 steps, 33 %; `make it` goes on there$/m);
    t.match(readFileSync(called, 'utf8'), /\nstopped\n$/, 'ninja knows');
    t.match(await attempts(), [{ ended: 'stopped' }]);
    put('go');
    t.match(await start().ended, /^result .*"attempts":2/m);
    t.match(await attempts(), [{ ended: 'stopped' }, { ended: 'built' }]);
  });
}

t.test('a build whose tool is killed', async (t) => {
  const { start, called, running } = stage(t);
  const { child, ended } = start();
  await running();
  child.kill('SIGKILL');
  await ended;
  const stopped = () => readFileSync(called, 'utf8').endsWith('\nstopped\n');
  for (let tries = 0; tries < 250 && !stopped(); tries++) await sleep(20);
  t.ok(stopped(), 'ninja is stopped too');
});

t.test('a build that fails', async (t) => {
  const { start, attempts, put } = stage(t);
  put('broken');
  const output = await start().ended;
  t.match(output, /^ {2}FAILED: two$/m);
  t.match(output, /^error .*two\.cc:1: error: broken.* `make it` again, with JOBS=1/m);
  t.match(await attempts(), [{ ended: 'failed' }]);
});

t.test('a number of compilers that is none', async (t) => {
  const { start, called } = stage(t);
  t.match(await start({ JOBS: '0' }).ended, /^error "0" is no number of compilers; /m);
  t.notOk(existsSync(called));
});

t.test('a build that has nothing to do', async (t) => {
  const { start, attempts, put } = stage(t);
  put('done');
  t.match(await start().ended, /^result undefined$/m);
  t.equal(await attempts(), undefined, 'is not recorded');
});
