import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Line } from '../../core/lines.ts';
import { linePaths, root, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import type { Tally } from '../../core/tally.ts';
import { runReporting } from '../reporting.ts';

/** The number of steps in an episode before everything is closed and checked. */
const STEPS = 60;

/** If no episode ends in this many seconds, the program hangs. */
const STALL = 120;

/** What the program prints: its progress, what failed, and what it did. */
type Report =
  { readonly episode: number; readonly memory: number } |
  { readonly failure: string; readonly episode: number; readonly step: number; readonly program: readonly string[] } |
  { readonly done: true; readonly episodes: number; readonly steps: number; readonly addresses: number };

/** Options of a run. */
export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The first episode; set it to reproduce an episode of an earlier run. */
  readonly episode?: number;
}

/** What failed, and the steps before it. */
export interface SoakFailure {
  readonly why: string;
  readonly episode: number;
  /** Negative if it is not known. */
  readonly step: number;
  readonly program: readonly string[];
}

/** The results of a run. */
export interface SoakRun {
  readonly episodes: number;
  readonly steps: number;
  /** How many addresses were found to be free in the end. */
  readonly addresses: number;
  readonly failure?: SoakFailure;
}

/**
 * Runs the program in a separate folder. A signal, an exit code or a stall is a failure,
 * too.
 * @param log gets everything that it prints
 */
export async function soakProcess(
  node: string,
  program: string,
  { seconds, seed, episode = 0 }: SoakOptions,
  log: string,
  stall = STALL,
): Promise<SoakRun> {
  const args = [program, ...[seed, episode, seconds, STEPS].map(String)];
  const { reports, failure: ended = 'it ended before it was done' } = await runReporting<Report>(node, args, { log, stall });
  const passed = reports.filter((report) => 'memory' in report);
  const failure = reports.find((report) => 'failure' in report);
  const done = reports.find((report) => 'done' in report);
  if (done !== undefined) return done;
  const { failure: why, ...where } = failure ??
    { failure: ended, episode: (passed.at(-1)?.episode ?? episode - 1) + 1, step: -1, program: [] };
  return { episodes: passed.length, steps: passed.length * STEPS, addresses: 0, failure: { why, ...where } };
}

/**
 * Runs random programs over the whole API with a line's binary, and compares the results
 * with a model.
 */
export async function soak(line: Line, options: SoakOptions): Promise<Tally & { did: string }> {
  const { logs, node } = linePaths(line.name);
  const log = path.join(logs, 'soak', `${options.seed}.log`);
  await mkdir(path.dirname(log), { recursive: true });
  const { episodes, steps, addresses, failure } =
    await soakProcess(node, path.join(root, 'tools', 'verify', 'soak', 'soak.cjs'), options, log);
  if (failure !== undefined) {
    const { why, episode, step, program } = failure;
    say(`FAILED seed ${options.seed}, episode ${episode}${step < 0 ? '' : `, step ${step}`}: ${why} (log: ${shown(log)})`);
    for (const text of program) say(`  ${text}`);
    say(`again: make soak LINE=${line.name} SEED=${options.seed} EPISODE=${episode}`);
  }
  return {
    did: `seed ${options.seed}: ${episodes} programs, ${steps} steps, ${addresses} addresses free again${failure === undefined ? '' : ', FAILED'}`,
    passed: episodes,
    failed: failure === undefined ? 0 : 1,
  };
}
