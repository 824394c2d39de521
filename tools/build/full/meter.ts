import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { run } from '../../core/run.ts';
import type { Attempt } from './attempts.ts';

/** Linux counts processor time in hundredths of a second, whatever its own clock. */
const TICKS = 100;

/**
 * The seconds of processor time in a process's `stat` of /proc: its own, and of
 * the children it has waited for, of theirs and so on.
 */
export function processorTime(stat: string, whose: 'all' | 'children'): number {
  // The program's name stands in brackets and may have blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [own, system, children, childrenSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  return (children + childrenSystem + (whose === 'all' ? own + system : 0)) / TICKS;
}

/** The processor time that this process's children have taken, and a running one of them. */
async function childrenTime(running: number | undefined): Promise<number> {
  const ended = processorTime(await readFile('/proc/self/stat', 'utf8'), 'children');
  if (running === undefined) return ended;
  const stat = await readFile(`/proc/${running}/stat`, 'utf8').catch(() => undefined);
  return ended + (stat === undefined ? 0 : processorTime(stat, 'all'));
}

/** How many units ccache has had compiled, and how many it had, in all its time. */
async function cacheCounts(env: Readonly<Record<string, string>>): Promise<{ compiled: number; cached: number }> {
  const { stdout } = await run('ccache', ['--print-stats'], { env });
  const count = (name: string) => Number(new RegExp(`^${name}\\t(\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
  return { compiled: count('cache_miss'), cached: count('direct_cache_hit') + count('preprocessed_cache_hit') };
}

/** Seconds, to a tenth. */
const rounded = (seconds: number) => Math.round(seconds * 10) / 10;

/** Measures an attempt at a full build while it runs. */
export class Meter {
  readonly #from = new Date().toISOString();
  readonly #began = performance.now();
  #cpu = 0;
  #counts = { compiled: 0, cached: 0 };
  /** The program that does the work, once it runs. */
  child: ChildProcess | undefined;

  private constructor(private readonly env: Readonly<Record<string, string>>, private readonly jobs: number) {}

  static async start(env: Readonly<Record<string, string>>, jobs: number): Promise<Meter> {
    const meter = new Meter(env, jobs);
    meter.#cpu = await childrenTime(undefined);
    meter.#counts = await cacheCounts(env);
    return meter;
  }

  /** What the attempt has taken until now. */
  async read(ended: Attempt['ended']): Promise<Attempt> {
    const { compiled, cached } = await cacheCounts(this.env);
    const running = this.child?.exitCode === null && this.child.signalCode === null ? this.child.pid : undefined;
    return {
      from: this.#from,
      wall: rounded((performance.now() - this.#began) / 1000),
      cpu: rounded(await childrenTime(running) - this.#cpu),
      jobs: this.jobs,
      compiled: compiled - this.#counts.compiled,
      cached: cached - this.#counts.cached,
      ended,
    };
  }
}
