import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { unpatched, unpatchedNode } from '../../build/unpatched.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { columns } from '../../core/table.ts';
import { sayLoad } from '../programs.ts';
import { confidence, mean, welch } from '../stats.ts';

/**
 * One sample printed by upstream's compare.js: the operations per second of one
 * configuration of a benchmark.
 */
export interface Rate {
  readonly binary: 'old' | 'new';
  /** The benchmark's file and its configuration. */
  readonly name: string;
  readonly rate: number;
}

/** How the new binary's rates for one configuration differ from the old one's. */
export interface Change {
  readonly name: string;
  /** The new mean divided by the old one, minus 1. */
  readonly change: number;
  /** The probability of such a difference by chance alone: Welch's test, as in compare.R. */
  readonly p: number;
}

/** All configurations together. */
export interface Overall {
  /** The mean change, calculated from the logarithms. */
  readonly change: number;
  /** Half the width of its 95% confidence interval. */
  readonly half: number;
}

/** All configurations together count as changed from this mean change on. */
const NOISE = 0.01;

/** The significance level over all configurations together (Bonferroni correction). */
const CHANCE = 0.05;

/** Samples of each configuration and binary. */
const RUNS = 8;

/**
 * The base's binary does not have ours. Block lists involve no sockets, and take longer
 * than all the others.
 */
const LEFT_OUT = ['bound-handle', 'sockopt', 'sync.js', 'set-keep-alive', 'net-blocklist'];

/**
 * What to run: a small and a large size of one kind of data, for a moment each. All
 * combinations of parameters at five seconds each would take hours.
 */
const PARTS = [
  { folder: 'net', settings: ['dur=0.25', 'len=64', 'len=102400', 'type=buf'] },
  { folder: 'dgram', settings: ['dur=0.25', 'len=64', 'len=1024'] },
] as const;

/** Reads the CSV that compare.js prints. */
export function parseRates(csv: string): readonly Rate[] {
  return [...csv.matchAll(/^"(old|new)","([^"]+)","((?:[^"]|"")*)",([\d.e+]+),[\d.e+-]+$/gm)].map(([, binary, file, configuration, rate]) => ({
    binary: binary as Rate['binary'],
    name: `${file} ${configuration!.replaceAll('""', '"').trim()}`,
    rate: Number(rate),
  }));
}

/** The change of each configuration, the slowest first. */
export function changesOf(rates: readonly Rate[]): readonly Change[] {
  const of = (binary: Rate['binary'], name: string) =>
    rates.filter((rate) => rate.binary === binary && rate.name === name).map(({ rate }) => rate);
  return [...new Set(rates.map(({ name }) => name))].map((name) => {
    const [before, after] = [of('old', name), of('new', name)];
    return { name, change: mean(after) / mean(before) - 1, p: welch(after, before) };
  }).sort((a, b) => a.change - b.change);
}

/** The mean change of all configurations and its confidence interval. */
export function overallOf(changes: readonly Change[]): Overall {
  const { mean: change, half } = confidence(changes.map(({ change }) => Math.log1p(change)));
  return { change: Math.expm1(change), half };
}

/** The configurations that are slower than chance explains, given how many there are. */
export function slower(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ change, p }) => change < 0 && p * changes.length < CHANCE);
}

export const percent = (value: number) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;

/** Reports each benchmark once, as its samples arrive. */
function eachFile(): (line: string) => string | undefined {
  let file = '';
  return (line) => {
    const next = /^"(?:old|new)","([^"]+)"/.exec(line)?.[1];
    if (next === undefined || next === file) return undefined;
    file = next;
    return file;
  };
}

/** What upstream's compare.js is to run. */
export interface Comparison {
  /** The tree that has compare.js and the benchmarks. */
  readonly tree: string;
  readonly old: string;
  readonly node: string;
  /** A folder of benchmark/. */
  readonly folder: string;
  readonly runs: number;
  /** Values of parameters, such as `dur=0.25`. */
  readonly settings: readonly string[];
  /** What else it takes, such as patterns of the programs in the folder. */
  readonly options: readonly string[];
  readonly log: string;
}

/** The samples that upstream's compare.js takes of two binaries. */
export async function ratesOf(comparison: Comparison): Promise<readonly Rate[]> {
  const { tree, old, node, folder, runs, settings, options, log } = comparison;
  const args = [
    path.join('benchmark', 'compare.js'), '--old', old, '--new', node, '--runs', String(runs), '--no-progress',
    ...options, ...settings.flatMap((setting) => ['--set', setting]), '--', folder,
  ];
  const { stdout } = await run(node, args, { cwd: tree, log, progress: eachFile() });
  const found = parseRates(stdout);
  if (found.length > 0) return found;
  throw new UserError(`upstream's compare.js printed no rates of benchmark/${folder}`, `see ${shown(log)}`);
}

/**
 * Runs upstream's own net and dgram benchmarks with the line's binary and the base's,
 * using upstream's compare.js, and checks whether the proposals make anything slower.
 */
export async function benchCompare(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { tree, node, logs } = linePaths(line.name);
  const old = unpatchedNode(await unpatched(line, base));
  sayLoad();
  const rates: Rate[] = [];
  for (const { folder, settings } of PARTS) {
    const options = LEFT_OUT.flatMap((pattern) => ['--exclude', pattern]);
    const log = path.join(logs, `bench-compare-${folder}.csv`);
    rates.push(...await ratesOf({ tree, old, node, folder, runs: RUNS, settings, options, log }));
  }
  const changes = changesOf(rates);
  const { change, half } = overallOf(changes);
  const missed = slower(changes);
  const told = [...new Set([...changes.slice(0, 3), ...changes.slice(-3), ...missed])];
  const rows = told.map((row) => [row.name, percent(row.change), row.p.toFixed(4)]);
  for (const row of columns([['the slowest and the fastest', 'change', 'p'], ...rows])) say(row);
  for (const row of missed) say(`MISSED ${row.name}: ${percent(row.change)}, more than chance makes of one in ${changes.length}`);
  const isMet = missed.length === 0 && change + half > -NOISE;
  return {
    did: `${changes.length} configurations, ${RUNS} samples each: ${percent(change)} in all (95 %: ` +
      `${percent(change - half)} to ${percent(change + half)}), ${missed.length} slower than chance makes any; ` +
      `the aim of no change is ${isMet ? 'met' : 'MISSED'}`,
  };
}
