import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { FullPaths } from '../../core/paths.ts';
import { writeRecord } from '../../core/record.ts';
import { run } from '../../core/run.ts';
import { which } from '../../core/system.ts';
import { cacheSettings } from '../ccache.ts';
import { type Attempt, duration, pending, readAttempts, type Sum, sumOf } from './attempts.ts';
import { Meter } from './meter.ts';
import { NINJA_STATUS, Progress } from './progress.ts';

/** The memory that a compiler needs, including V8's precompiled headers, in bytes. */
const MEMORY = 1.5e9;

/**
 * The interval between updates of an attempt's record, in milliseconds. At most
 * this much time is lost in a power cut.
 */
const RECORDED = 30_000;

/** flock's exit code if the lock is taken. */
const BUSY = 75;

/** Signals that stop a build: from a terminal, from make, or when the terminal is closed. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whether ccache is configured to compile units on other hosts with distcc. */
export const isSpread = /\bdistcc\b/.test(process.env['CCACHE_PREFIX'] ?? '');

/** The number of concurrent compilers: one per processor, as far as memory allows. */
export function defaultJobs(processors: number, memory: number): number {
  return Math.max(1, Math.min(processors, Math.floor(memory / MEMORY)));
}

/**
 * The number of compilers that the user asks for, that distcc has hosts for, or
 * that this machine can run.
 */
async function jobsOf(): Promise<number> {
  const named = process.env['JOBS'] || (isSpread ? (await run('distcc', ['-j'])).stdout.trim() : undefined);
  if (named === undefined) return defaultJobs(availableParallelism(), totalmem());
  if (!/^[1-9]\d*$/.test(named)) {
    throw new UserError(`"${named}" is no number of compilers`, 'name one, as in JOBS=2');
  }
  return Number(named);
}

/**
 * Wraps a command so that it only uses processor and disk time that nothing
 * else needs, and is stopped when the process that started it is killed.
 */
function modestly(command: readonly string[]): readonly string[] {
  return [
    ...(which('ionice') === undefined ? [] : ['ionice', '-c', '3']),
    ...(which('chrt') === undefined ? [] : ['chrt', '--idle', '0']),
    ...(which('setpriv') === undefined ? [] : ['setpriv', '--pdeathsig', 'INT']),
    ...command,
  ];
}

/**
 * Lowers or restores the priority of this session. If the kernel schedules
 * sessions as groups, a nice value only applies within its own session.
 */
async function weigh(nice: number): Promise<void> {
  await writeFile('/proc/self/autogroup', String(nice)).catch(() => {});
}

/** The number of steps to build Node's executable from scratch. */
async function countSteps(ninja: readonly string[]): Promise<number> {
  const { stdout } = await run('ninja', [...ninja, '--quiet', '-t', 'commands', 'node']);
  return stdout.trimEnd().split('\n').length;
}

/**
 * Runs ninja until Node's executable is built, and records the cost.
 * @param again the command that resumes the build
 * @returns the totals of the attempts at this build, or undefined if there was
 *   nothing to do
 * @throws UserError if it was stopped, stating how far it got
 */
export async function compile(paths: FullPaths, graph: string, again: string): Promise<Sum | undefined> {
  const env = cacheSettings();
  const jobs = await jobsOf();
  const ninja = ['-C', paths.release, '-f', graph];
  const before = await readAttempts(paths.attempts);
  const earlier = pending(before);
  const progress = new Progress(await countSteps(ninja), sumOf(earlier).wall);
  const meter = await Meter.start(env, jobs);
  const record = async (ended: Attempt['ended']) => {
    const attempt = await meter.read(ended);
    await writeRecord(paths.attempts, [...before, attempt]);
    return sumOf([...earlier, attempt]);
  };
  // Write one record after another. If one fails, a later one may still succeed.
  let recorded: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    recorded = recorded.then(() => record('under way')).catch(() => {});
  }, RECORDED);
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    meter.child?.kill('SIGINT');
  };
  for (const signal of STOPS) process.on(signal, stop);
  // Compilers that outlive a killed ninja may still be writing, so they hold the lock too.
  const lock = ['flock', '--no-fork', '-w', '120', '-E', String(BUSY), path.join(paths.release, 'bindery-lock')];
  await weigh(19);
  const failure = await run('nice', ['-n', '19', ...modestly([...lock, 'ninja', ...ninja, '-j', String(jobs), 'node'])], {
    log: path.join(paths.logs, 'build.log'),
    progress: (text) => progress.line(text),
    env: { ...env, NINJA_STATUS },
    started: (child) => { meter.child = child; },
    accept: [0, BUSY],
    cause: (output) => /^.*\b(error|\w*Error): .*$/m.exec(output)?.[0],
    todo: `see the log, then run \`${again}\` again, with JOBS=1 if the memory was too small`,
  }).then(({ code }) => (code === BUSY ? new UserError('compilers of a build that was killed are still at work', 'wait until they have ended, then run again') : undefined),
          (error: unknown) => error);
  await weigh(0);
  for (const signal of STOPS) process.off(signal, stop);
  clearInterval(timer);
  await recorded;
  // An attempt that had nothing to do does not count.
  const isAttempt = progress.finished > 0;
  const ended = failure === undefined ? 'built' : stopping.signal.aborted ? 'stopped' : 'failed';
  const sum = isAttempt ? await record(ended) : undefined;
  if (ended === 'stopped') {
    throw new UserError(`stopped${sum === undefined ? '' : ` after ${duration(sum.wall)} in all, ${progress.done}`}`,
                        `\`${again}\` goes on there`);
  }
  if (ended === 'failed') throw failure;
  return sum;
}
