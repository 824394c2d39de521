import { readRecord } from '../../core/record.ts';

/** What one attempt at a full build has taken and done, as far as it is known. */
export interface Attempt {
  /** When it began. */
  readonly from: string;
  /** Seconds by the clock. */
  readonly wall: number;
  /** Seconds that processors have worked for it. */
  readonly cpu: number;
  /** Compilers at a time. */
  readonly jobs: number;
  /** Units that were compiled. */
  readonly compiled: number;
  /** Units that ccache had from before. */
  readonly cached: number;
  /** How it ended; an attempt that was killed is still under way here. */
  readonly ended: 'under way' | 'stopped' | 'failed' | 'built';
}

/** What the attempts at one build took together. */
export interface Sum {
  readonly attempts: number;
  readonly wall: number;
  readonly cpu: number;
  readonly compiled: number;
  readonly cached: number;
}

/** The attempts at the build that is not done yet: those after the last that ended one. */
export function pending(attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.slice(attempts.findLastIndex(({ ended }) => ended === 'built') + 1);
}

/** Sums up attempts at one build. */
export function sumOf(attempts: readonly Attempt[]): Sum {
  const sum = (key: 'wall' | 'cpu' | 'compiled' | 'cached') => attempts.reduce((all, attempt) => all + attempt[key], 0);
  return { attempts: attempts.length, wall: sum('wall'), cpu: sum('cpu'), compiled: sum('compiled'), cached: sum('cached') };
}

/** `3 h 07 min`, `12 min` or `45 s`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** What a build took, in words. */
export function costText({ attempts, wall, cpu, compiled, cached }: Sum): string {
  const runs = attempts === 1 ? '' : ` in ${attempts} runs`;
  const known = cached === 0 ? 'none from a cache' : `${cached} from ccache`;
  return `${duration(wall)}${runs}, ${duration(cpu)} of processor time; ${compiled} units compiled, ${known}`;
}

/** The recorded attempts at a line's full builds, oldest first. */
export async function readAttempts(file: string): Promise<readonly Attempt[]> {
  return await readRecord<readonly Attempt[]>(file, '`make node-full`') ?? [];
}
