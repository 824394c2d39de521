import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { abreast } from '../../core/abreast.ts';
import { remove } from '../../core/remove.ts';
import { flagsOf } from '../check/overlay.ts';
import { TASKS } from '../test-runner.ts';
import { refuseToGoOn } from './changed.ts';

/** A test, and how long it may take. */
export interface Trial {
  readonly name: string;
  readonly file: string;
  /** In milliseconds. */
  readonly limit: number;
}

/** How a test ended. */
export interface Ended {
  readonly outcome: 'pass' | 'fail' | 'hang' | 'stopped';
  readonly took: number;
}

/** A binary, and the environment that it runs in. */
export interface Program {
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The groups of processes that run now. */
const groups = new Set<number>();

/** A test may start processes, which would outlive it if it is killed or fails. */
function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // They have all ended.
  }
}

process.on('exit', () => {
  for (const group of groups) end(group);
});

let turn = 0;

/**
 * Runs one test to its end, or to its time limit. All that it started ends with it.
 * @param folder gets its files
 * @param stop ends it early
 */
export async function runTrial(
  program: Program,
  { file, limit }: Trial,
  folder: string,
  stop?: AbortSignal,
): Promise<Ended> {
  const id = String(turn++);
  const own = path.join(folder, id);
  await mkdir(own, { recursive: true });
  const from = performance.now();
  const child = spawn(program.command, [...flagsOf(await readFile(file, 'utf8')), file], {
    cwd: own,
    detached: true,
    env: { ...process.env, NODE_OPTIONS: undefined, ...program.env, NODE_TEST_DIR: own, TEST_THREAD_ID: id },
    // One that does not end may print without end.
    stdio: 'ignore',
  });
  const group = child.pid;
  if (group !== undefined) groups.add(group);
  const late = new AbortController();
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const timedOut = wait(limit, 'hang' as const, { signal: late.signal }).catch(() => 'stopped' as const);
  const told = async () => {
    if (!stop!.aborted) await once(stop!, 'abort', { signal: late.signal }).catch(() => {});
    return 'stopped' as const;
  };
  try {
    const first = await Promise.race([ended, timedOut, ...stop === undefined ? [] : [told()]]);
    const outcome = typeof first === 'string' ? first : (first[0] === 0 ? 'pass' : 'fail');
    if (group !== undefined) end(group);
    await ended;
    return { outcome, took: performance.now() - from };
  } finally {
    late.abort();
    if (group !== undefined) groups.delete(group);
    await remove(own);
  }
}

/**
 * The first of some tests that fails, and fails again when it runs alone. Tests that run
 * beside one that fails are stopped, and run later if it passes alone.
 * @param shaky is told of a test that passes only alone
 */
export async function firstFailure(
  program: Program,
  trials: readonly Trial[],
  folder: string,
  shaky: (name: string) => void,
): Promise<{ readonly trial: Trial; readonly ended: Ended } | undefined> {
  let queue = [...trials];
  while (queue.length > 0) {
    const stop = new AbortController();
    const unfinished: Trial[] = [];
    const failed: Trial[] = [];
    await abreast(Array.from({ length: TASKS }, () => async () => {
      while (!stop.signal.aborted) {
        refuseToGoOn();
        const trial = queue.shift();
        if (trial === undefined) return;
        const { outcome } = await runTrial(program, trial, folder, stop.signal);
        if (outcome === 'pass') continue;
        if (failed.length > 0 || outcome === 'stopped') {
          unfinished.push(trial);
        } else {
          failed.push(trial);
          stop.abort();
        }
      }
    }));
    const [suspect] = failed;
    if (suspect === undefined) return undefined;
    const ended = await runTrial(program, suspect, folder);
    if (ended.outcome !== 'pass') return { trial: suspect, ended };
    shaky(suspect.name);
    queue = [...unfinished, ...queue];
  }
  return undefined;
}
