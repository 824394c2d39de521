import { readRecord } from '../../core/record.ts';

/** The duration and work of one attempt at a full build, as far as known. */
export interface Attempt {
  /** When it began. */
  readonly from: string;
  /** Elapsed time in seconds. */
  readonly wall: number;
  /** Processor time in seconds. */
  readonly cpu: number;
  /** The number of concurrent compilers. */
  readonly jobs: number;
  /** The number of units that were compiled. */
  readonly compiled: number;
  /** The number of units that were in ccache. */
  readonly cached: number;
  /** How it ended. An attempt that was killed remains under way. */
  readonly ended: 'under way' | 'stopped' | 'failed' | 'built';
}

/** The totals of all attempts at one build. */
export interface Sum {
  readonly attempts: number;
  readonly wall: number;
  readonly cpu: number;
  readonly compiled: number;
  readonly cached: number;
}

/** The attempts at the build in progress: those after the last one that completed a build. */
export function pending(attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.slice(attempts.findLastIndex(({ ended }) => ended === 'built') + 1);
}

/** Adds up the attempts at one build. */
export function sumOf(attempts: readonly Attempt[]): Sum {
  const sum = (key: 'wall' | 'cpu' | 'compiled' | 'cached') => attempts.reduce((all, attempt) => all + attempt[key], 0);
  return { attempts: attempts.length, wall: sum('wall'), cpu: sum('cpu'), compiled: sum('compiled'), cached: sum('cached') };
}

/** Formats a duration as `3 h 07 min`, `12 min` or `45 s`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Describes what a build took. */
export function costText({ attempts, wall, cpu, compiled, cached }: Sum): string {
  const runs = attempts === 1 ? '' : ` in ${attempts} runs`;
  const known = cached === 0 ? 'none from a cache' : `${cached} from ccache`;
  return `${duration(wall)}${runs}, ${duration(cpu)} of processor time; ${compiled} units compiled, ${known}`;
}

/** The recorded attempts at a line's full builds, oldest first. */
export async function readAttempts(file: string): Promise<readonly Attempt[]> {
  return await readRecord<readonly Attempt[]>(file, '`make node-full`') ?? [];
}
