import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { unpatched, unpatchedNode } from '../../build/unpatched.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run, tellingLine } from '../../core/run.ts';
import { columns } from '../../core/table.ts';
import { attempt, sayLoad, told } from '../programs.ts';
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
export const RUNS = 8;

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

/** The change of each configuration that has enough samples for one, the slowest first. */
export function changesOf(rates: readonly Rate[]): readonly Change[] {
  const of = (binary: Rate['binary'], name: string) =>
    rates.filter((rate) => rate.binary === binary && rate.name === name).map(({ rate }) => rate);
  return [...new Set(rates.map(({ name }) => name))].flatMap((name) => {
    const [before, after] = [of('old', name), of('new', name)];
    if (before.length < 2 || after.length < 2) return [];
    return [{ name, change: mean(after) / mean(before) - 1, p: welch(after, before) }];
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

/** The benchmarks of a folder that the base's binary has what it takes for. */
const benchmarksIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((file) => /^[^._].*\.js$/.test(file) && !LEFT_OUT.some((part) => file.includes(part))).sort();

/** What upstream's compare.js is to run. */
export interface Comparison {
  /** The tree that has compare.js and the benchmarks. */
  readonly tree: string;
  readonly old: string;
  readonly node: string;
  /** A folder of benchmark/, and a program in it. */
  readonly folder: string;
  readonly file: string;
  /** Values of parameters, such as `dur=0.25`. */
  readonly settings: readonly string[];
  /** What compare.js prints is added to this file. */
  readonly log: string;
}

/** What was measured, and how many samples could not be taken. */
export interface Samples {
  readonly rates: readonly Rate[];
  readonly missing: number;
}

/** Takes the samples of one program, one at a time: compare.js ends at the first that fails. */
export async function samplesOf({ tree, old, node, folder, file, settings, log }: Comparison): Promise<Samples> {
  const args = [
    path.join('benchmark', 'compare.js'), '--old', old, '--new', node, '--runs', '1', '--no-progress', '--filter', file,
    ...settings.flatMap((setting) => ['--set', setting]), '--', folder,
  ];
  const rates: Rate[] = [];
  let missing = 0;
  for (let sample = 1; sample <= RUNS; sample++) {
    let printed = '';
    const done = await attempt(`${file}, sample ${sample}`, async () => {
      const result = await run(node, args, { cwd: tree, accept: 'any' });
      printed = result.stdout;
      if (result.code !== 0) throw new Error(tellingLine(result.stderr));
      return true;
    });
    if (done === undefined) missing++;
    await appendFile(log, printed);
    rates.push(...parseRates(printed));
  }
  return { rates, missing };
}

/**
 * Runs upstream's own net and dgram benchmarks with the line's binary and the base's,
 * using upstream's compare.js, and checks whether the proposals make anything slower.
 */
export async function benchCompare(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { tree, node, logs } = linePaths(line.name);
  const old = unpatchedNode(await unpatched(line, base));
  sayLoad();
  await mkdir(logs, { recursive: true });
  const rates: Rate[] = [];
  let missing = 0;
  for (const { folder, settings } of PARTS) {
    const log = path.join(logs, `bench-compare-${folder}.csv`);
    await writeFile(log, '');
    for (const file of await benchmarksIn(path.join(tree, 'benchmark', folder))) {
      say(`${folder}/${file}`);
      const samples = await samplesOf({ tree, old, node, folder, file, settings, log });
      rates.push(...samples.rates);
      missing += samples.missing;
    }
  }
  const changes = changesOf(rates);
  if (changes.length === 0) throw new UserError('upstream\'s compare.js printed no rates', `see bench-compare-*.csv in ${shown(logs)}`);
  const { change, half } = overallOf(changes);
  const missed = slower(changes);
  const notable = [...new Set([...changes.slice(0, 3), ...changes.slice(-3), ...missed])];
  const rows = notable.map((row) => [row.name, percent(row.change), row.p.toFixed(4)]);
  for (const row of columns([['the slowest and the fastest', 'change', 'p'], ...rows])) say(row);
  for (const row of missed) say(`MISSED ${row.name}: ${percent(row.change)}, more than chance makes of one in ${changes.length}`);
  const isMet = missed.length === 0 && change + half > -NOISE;
  return {
    did: `${changes.length} configurations, ${RUNS} samples each: ${percent(change)} in all (95 %: ` +
      `${percent(change - half)} to ${percent(change + half)}), ${missed.length} slower than chance makes any; ` +
      `the aim of no change is ${isMet ? 'met' : 'MISSED'}${told(missing)}`,
  };
}
