import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { run } from '../../core/run.ts';
import type { Attempt } from './attempts.ts';

/** Linux reports processor time in hundredths of a second, whatever its timer frequency. */
const TICKS = 100;

/**
 * Extracts processor time in seconds from a process's `/proc/<pid>/stat`: its
 * own, and that of the children it has waited for, including their descendants.
 */
export function processorTime(stat: string, whose: 'all' | 'children'): number {
  // The program's name is in parentheses and may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [own, system, children, childrenSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  return (children + childrenSystem + (whose === 'all' ? own + system : 0)) / TICKS;
}

/** The processor time of this process's children, including one that is still running. */
async function childrenTime(running: number | undefined): Promise<number> {
  const ended = processorTime(await readFile('/proc/self/stat', 'utf8'), 'children');
  if (running === undefined) return ended;
  const stat = await readFile(`/proc/${running}/stat`, 'utf8').catch(() => undefined);
  return ended + (stat === undefined ? 0 : processorTime(stat, 'all'));
}

/**
 * The number of units ccache has ever had compiled, and the number it has ever
 * had in its cache.
 */
async function cacheCounts(env: Readonly<Record<string, string>>): Promise<{ compiled: number; cached: number }> {
  const { stdout } = await run('ccache', ['--print-stats'], { env });
  const count = (name: string) => Number(new RegExp(`^${name}\\t(\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
  return { compiled: count('cache_miss'), cached: count('direct_cache_hit') + count('preprocessed_cache_hit') };
}

/** Rounds seconds to tenths. */
const rounded = (seconds: number) => Math.round(seconds * 10) / 10;

/** Measures an attempt at a full build while it runs. */
export class Meter {
  readonly #from = new Date().toISOString();
  readonly #began = performance.now();
  #cpu = 0;
  #counts = { compiled: 0, cached: 0 };
  /** The program that does the work, once it has been started. */
  child: ChildProcess | undefined;

  private constructor(private readonly env: Readonly<Record<string, string>>, private readonly jobs: number) {}

  static async start(env: Readonly<Record<string, string>>, jobs: number): Promise<Meter> {
    const meter = new Meter(env, jobs);
    meter.#cpu = await childrenTime(undefined);
    meter.#counts = await cacheCounts(env);
    return meter;
  }

  /** The totals of the attempt so far. */
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
