import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { UserError } from '../../core/errors.ts';
import { run, type RunOptions, tellingLine } from '../../core/run.ts';

/** Runs a shell script. */
const script = (code: string, options?: RunOptions) => run('sh', ['-c', code], options);

/** The error that a failing script is reported as. */
async function failure(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

t.test('what a program prints comes back', async (t) => {
  const result = await script('printf "one\\ntwo"; printf three >&2');
  t.same(result, { code: 0, stdout: 'one\ntwo', stderr: 'three' });
});

t.test('a character that is cut in two by a chunk stays whole', async (t) => {
  const { stdout } = await script("printf '\\303'; sleep 0.05; printf '\\244'");
  t.equal(stdout, 'ä');
});

t.test('environment, folder and input', async (t) => {
  const cwd = t.testdir({ here: '' });
  const code = 'echo "$LC_ALL $ADDED"; test -n "$PATH" && echo path; ls; cat';
  const { stdout } = await script(code, { cwd, env: { ADDED: 'yes' }, input: 'given' });
  t.equal(stdout, 'C yes\npath\nhere\ngiven');
  t.equal((await script('true', { input: 'x'.repeat(1 << 20) })).code, 0, 'input that nobody reads');
  t.equal((await script('cat; echo ended')).stdout, 'ended\n', 'without input it is empty, not the terminal');
});

t.test('exit codes', async (t) => {
  t.equal((await script('exit 3', { accept: [0, 3] })).code, 3);
  t.equal((await script('true', { accept: [3] })).code, 0, 'success is always accepted');
  await t.rejects(script('exit 4', { accept: [0, 3] }), { name: 'UserError' });
  const error = await failure(script('printf "a\\nb: error: this\\nc" >&2; exit 1', { todo: 'do that' }));
  t.equal(error.line, `sh failed: b: error: this; do that`);
});

t.test('the telling line', async (t) => {
  t.equal(tellingLine('one\n  two: fatal: three  \nerror: four\n'), 'two: fatal: three');
  t.equal(tellingLine('a\nE: apt says\nb'), 'E: apt says');
  t.equal(tellingLine('a\nundefined reference to x\nb'), 'undefined reference to x');
  t.equal(tellingLine('terrors\nlast\n\n'), 'last');
  t.equal(tellingLine('\n \n'), 'it printed nothing');
  const code = 'echo "here: error: of stdout"; echo there >&2; exit 1';
  t.match((await failure(script(code))).message, /failed: here: error: of stdout$/, 'is also looked for in standard output');
  const cause = (output: string) => /why: (.*)/.exec(output)?.[1];
  t.match((await failure(script('printf "error: x\\nwhy: y\\n"; exit 1', { cause }))).message, /failed: y$/);
  t.match((await failure(script('echo "error: x"; exit 1', { cause }))).message, /failed: error: x$/);
});

t.test('the log', async (t) => {
  const log = path.join(t.testdir({}), 'logs', 'of', 'step.log');
  const error = await failure(script('echo out; echo fatal: err >&2; exit 1', { log }));
  t.ok(error.message.startsWith(`sh failed: fatal: err (log: `), error.message);
  t.ok(error.message.endsWith('logs/of/step.log)'), error.message);
  t.same(readFileSync(log, 'utf8').trim().split('\n').sort(), ['fatal: err', 'out']);
  const unwritable = t.testdirName;
  t.equal((await script('echo 1', { log: unwritable })).stdout, '1\n', 'one that cannot be written hides nothing');
});

t.test('a signal is named', async (t) => {
  const error = await failure(script('kill -KILL $$', { accept: [0, 1] }));
  t.equal(error.message, 'sh failed: ended by SIGKILL');
});

t.test('a program that is missing', async (t) => {
  const error = await failure(run('no-such-program-here', [], { todo: 'install it' }));
  t.equal(error.line, 'no-such-program-here could not be started (spawn no-such-program-here ENOENT); install it');
});

for (const [says, where] of [
  ['write: No space left on device', 2],
  ['fatal: sha1 file \'index.lock\' write error. Out of diskspace', 2],
  ['OSError: [Errno 28] No space left on device', 1],
  ['close: Disk quota exceeded', 2],
] as const) {
  t.test(`a full disk is told from other failures: ${says}`, async (t) => {
    const code = `printf "error: something else\\n${says}\\n" >&${where}; exit 1`;
    const error = await failure(script(code, { cwd: t.testdir({}) }));
    t.match(error.message, /^the disk that holds .*full-disk.* is full$/i);
  });
}

t.test('lines are shown as they come', async (t) => {
  const seen: string[] = [];
  const progress = (line: string) => {
    seen.push(line);
    return undefined;
  };
  await script('printf "a\\nb"; sleep 0.05; printf "c\\nd\\n"', { progress });
  t.same(seen, ['a', 'bc', 'd'], 'whole lines');
});
