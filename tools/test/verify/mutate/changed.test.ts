import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { root } from '../../../core/paths.ts';
import { whileChanged } from '../../../verify/mutate/changed.ts';

t.test('a file is put back', async (t) => {
  const file = path.join(t.testdir({ f: 'old' }), 'f');
  const text = () => readFileSync(file, 'utf8');
  t.equal(await whileChanged(file, 'new', async () => text()), 'new');
  t.equal(text(), 'old');
  await t.rejects(whileChanged(file, 'new', async () => { throw new Error(text()); }), /^new$/);
  t.equal(text(), 'old', 'after a failure');
  for (const event of ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP']) {
    const before = process.listenerCount(event);
    await whileChanged(file, 'new', async () => { t.equal(process.listenerCount(event), before + 1, event); });
    t.equal(process.listenerCount(event), before, `${event} is left alone`);
  }
});

/** A process that changes a file and waits until it is told to go on; then it runs `work`. */
async function changing(t: Test, work: string) {
  const dir = t.testdir({
    'f': 'old',
    'run.mjs': `import { whileChanged } from ${JSON.stringify(pathToFileURL(path.join(root, 'tools/verify/mutate/changed.ts')).href)};
      import { readFileSync } from 'node:fs';
      whileChanged('f', 'new', () => new Promise((resolve) => {
        process.stdin.on('data', () => { console.log(readFileSync('f', 'utf8')); ${work} });
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => console.log('noticed'));
        console.log('ready');
      })).then(() => console.log('went on'), (error) => { console.log(error.message); process.exit(1); });`,
  });
  const tsx = pathToFileURL(path.join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const child = spawn(process.execPath, ['--import', tsx, 'run.mjs'], { cwd: dir, stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  const ended = once(child, 'close');
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
  const until = async (word: string) => { while (!output.includes(word)) await once(child.stdout, 'data'); };
  await until('ready');
  return { child, ended, until, output: () => output, text: () => readFileSync(path.join(dir, 'f'), 'utf8') };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal} is obeyed when the work has ended`, async (t) => {
    const { child, ended, until, output, text } = await changing(t, 'resolve();');
    child.kill(signal);
    await until('noticed');
    child.stdin.write('go on');
    t.same(await ended, [1, null]);
    t.equal(output(), 'ready\nnoticed\nnew\ninterrupted; the fork tree is as it was\n');
    t.equal(text(), 'old');
  });
}

t.test('the second signal ends it at once', async (t) => {
  const { child, ended, until, text } = await changing(t, '');
  child.kill('SIGINT');
  await until('noticed');
  child.stdin.write('still here?');
  await until('new');
  child.kill('SIGINT');
  t.same(await ended, [130, null]);
  t.equal(text(), 'old');
});

t.test('the end of the process in the middle', async (t) => {
  const { child, ended, text } = await changing(t, 'process.exit(3);');
  t.equal(text(), 'new');
  child.stdin.write('end');
  t.same(await ended, [3, null]);
  t.equal(text(), 'old');
});
