import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { officialNode } from '../../base/official.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { python } from '../../core/system.ts';
import { columns } from '../../core/table.ts';
import { attempt, benchFile, BOUND_SOCKET, compiled, printed, sayLoad, told } from '../programs.ts';
import { median, quartiles, spread } from '../stats.ts';
import { isMet, type Ratio, ratioBars } from './chart.ts';

/** Nanoseconds per iteration of each loop in a program. */
type Sample = Readonly<Record<string, number>>;

/** The measurements by program and figure, one sample per round, NaN for one that is missing. */
type Samples = ReadonlyMap<string, readonly number[]>;

const CALLS = 200_000;
const SOCKETS = 5_000;
const SAMPLES = 15;

/** Samples of a line's binary and an official one differ by this much even if they do the same. */
const NOISE = 1.1;

/** A figure, the one of the same round that it is compared with, and the maximum ratio. */
interface Comparison {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly limit?: number;
}

const CYCLE = 'bind, address, close';

const comparisons: readonly Comparison[] = [
  { what: 'setsockopt() to setsockopt(2) in C', ours: 'ours setsockopt', peer: 'raw setsockopt', limit: 1.4 },
  { what: 'setsockopt() of a struct to C', ours: 'ours setsockopt, struct', peer: 'raw setsockopt, struct', limit: 1.3 },
  { what: 'getsockopt() to getsockopt(2) in C', ours: 'ours getsockopt', peer: 'raw getsockopt', limit: 1.6 },
  { what: 'getsockopt() of a struct to C', ours: 'ours getsockopt, struct', peer: 'raw getsockopt, struct', limit: 1.5 },
  { what: 'setsockopt() to its floor', ours: 'ours setsockopt', peer: 'floor setsockopt' },
  { what: 'setsockopt() of a struct to its floor', ours: 'ours setsockopt, struct', peer: 'floor setsockopt, struct' },
  { what: 'getsockopt() to its floor', ours: 'ours getsockopt', peer: 'floor getsockopt' },
  { what: 'getsockopt() of a struct to its floor', ours: 'ours getsockopt, struct', peer: 'floor getsockopt, struct' },
  { what: 'setsockopt() to Python\'s', ours: 'ours setsockopt', peer: 'python setsockopt', limit: NOISE },
  { what: 'getsockopt() to Python\'s', ours: 'ours getsockopt', peer: 'python getsockopt', limit: NOISE },
  { what: 'setsockopt(TCP_NODELAY) to setNoDelay()', ours: 'ours setsockopt', peer: 'official setNoDelay', limit: NOISE },
  { what: 'setsockopt() to setTypeOfService()', ours: 'ours setsockopt', peer: 'official setTypeOfService', limit: NOISE },
  { what: 'setKeepAlive() to the official binary\'s', ours: 'ours setKeepAlive', peer: 'official setKeepAlive', limit: NOISE },
  { what: 'BoundHandle: bind, address(), close to C', ours: `ours ${CYCLE}`, peer: `raw ${CYCLE}`, limit: 1.5 },
  { what: 'BoundHandle to its floor', ours: `ours ${CYCLE}`, peer: `floor ${CYCLE}` },
  { what: 'BoundHandle to Python\'s socket', ours: `ours ${CYCLE}`, peer: `python ${CYCLE}` },
  { what: 'BoundHandle to upstream\'s BoundSocket', ours: `ours ${CYCLE}`, peer: `upstream ${CYCLE}`, limit: NOISE },
  { what: 'BoundHandle to process.binding()', ours: `ours ${CYCLE}`, peer: `ours ${CYCLE} by process.binding()` },
  { what: 'bindSync(), close() to C', ours: 'ours bindSync, close', peer: 'raw bindSync, close', limit: 2 },
  { what: 'bindSync(), close() to its floor', ours: 'ours bindSync, close', peer: 'floor bindSync, close' },
  { what: 'bindSync() to upstream\'s', ours: 'ours bindSync, close', peer: 'upstream bindSync, close', limit: NOISE },
  {
    what: 'bindSync(), connectSync() to upstream\'s',
    ours: 'ours bindSync, connectSync, close',
    peer: 'upstream bindSync, connectSync, close',
    limit: NOISE,
  },
  { what: 'start-up to the official binary\'s', ours: 'ours start', peer: 'official start', limit: 1.7 },
];

/**
 * The least that each call costs: the system calls in a process that has threads, the
 * transition into C++ and back, and the Buffer of a struct or the handle of a socket.
 */
const floors: Readonly<Record<string, readonly string[]>> = {
  'floor setsockopt': ['threaded setsockopt', 'ours empty call'],
  'floor setsockopt, struct': ['threaded setsockopt, struct', 'ours empty call'],
  'floor getsockopt': ['threaded getsockopt', 'ours empty call'],
  'floor getsockopt, struct': ['threaded getsockopt, struct', 'ours empty call', 'ours Buffer'],
  [`floor ${CYCLE}`]: [`threaded ${CYCLE}`, 'ours handle without a socket'],
  'floor bindSync, close': ['threaded bindSync, close', 'ours handle without a socket'],
};

/** The floors of each round, from its measurements. */
export function floorsOf(samples: Samples, parts = floors): Samples {
  return new Map(Object.entries(parts).flatMap(([name, summands]) => {
    const series = summands.map((summand) => samples.get(summand));
    if (!series.every((values) => values !== undefined)) return [];
    return [[name, series[0]!.map((_, round) => series.reduce((sum, values) => sum + values[round]!, 0))] as const];
  }));
}

/** The samples that are there. */
const measuredOf = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));

/** Medians and quartiles of the rounds' ratios, for the comparisons with both sides measured. */
export function ratiosOf(samples: Samples, held = comparisons): readonly Ratio[] {
  return held.flatMap(({ what, ours, peer, limit }) => {
    const [mine, theirs] = [samples.get(ours), samples.get(peer)];
    // Older lines have no setTypeOfService().
    if (mine === undefined || theirs === undefined) return [];
    const ratios = measuredOf(mine.map((value, round) => value / theirs[round]!));
    if (ratios.length === 0) return [];
    const [least, most] = quartiles(ratios);
    return [{ name: what, ratio: median(ratios), least, most, limit }];
  });
}

/** The table to print. */
export function ratioTable(ratios: readonly Ratio[]): readonly string[] {
  return columns([
    ['', 'ratio', 'middle half', 'aim'],
    ...ratios.map((row) => [
      row.name,
      `${row.ratio.toFixed(2)} x`,
      `${row.least.toFixed(2)} to ${row.most.toFixed(2)}`,
      row.limit === undefined ? '' : `${row.limit.toFixed(1)} x${isMet(row) ? '' : ' MISSED'}`,
    ]),
  ]);
}

async function started(program: string): Promise<Sample> {
  const from = performance.now();
  await run(program, ['-e', '0']);
  return { start: (performance.now() - from) * 1e6 };
}

type Measured = readonly [string, () => Promise<Sample>];

/** The programs to measure in each round, one after the other. */
async function programs(line: Line, base: BaseRecord): Promise<ReadonlyArray<Measured>> {
  const { node } = linePaths(line.name);
  const raw = await compiled(line, 'raw');
  const official = await officialNode(nodeVersion(base.version));
  const upstream = await officialNode(BOUND_SOCKET);
  const interpreter = await python();
  if (interpreter === undefined) throw new UserError('no python3 here has jinja2', 'install python3-jinja2');
  const both = [String(CALLS), String(SOCKETS)];
  return [
    ['raw', () => printed(raw, both)],
    ['threaded', () => printed(raw, [...both, 'threaded'])],
    ['ours', () => printed(node, [benchFile('calls.cjs'), String(CALLS)])],
    ['official', () => printed(official, [benchFile('calls.cjs'), String(CALLS)])],
    ['python', () => printed(interpreter, [benchFile('calls.py'), ...both])],
    ['upstream', () => printed(upstream, [benchFile('bound.cjs'), String(SOCKETS)])],
    ['ours', () => printed(node, [benchFile('bound.cjs'), String(SOCKETS)])],
    ['ours', () => started(node)],
    ['official', () => started(official)],
  ];
}

/**
 * Measures ours and each peer side by side in one run, alternating, and prints their
 * costs and the ratios. Ratios are stable on a noisy machine, where times are not. Writes
 * a chart.
 */
export async function bench(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const measured = await programs(line, base);
  sayLoad();
  const samples = new Map<string, number[]>();
  let missing = 0;
  for (let round = 0; round < SAMPLES; round++) {
    for (const [who, measure] of measured) {
      const sample = await attempt(`${who}, round ${round + 1}`, measure);
      if (sample === undefined) missing++;
      for (const [what, value] of Object.entries(sample ?? {})) {
        const name = `${who} ${what}`;
        const values = samples.get(name) ?? Array<number>(SAMPLES).fill(NaN);
        values[round] = value;
        samples.set(name, values);
      }
    }
  }
  const nanoseconds = (value: number) => (value > 1e6 ? `${(value / 1e6).toFixed(1)} ms` : `${value.toFixed(0)} ns`);
  const figures = [...samples].map(([name, values]) => [name, measuredOf(values)] as const).map(([name, values]) =>
    [name, nanoseconds(median(values)), `${(spread(values) * 100).toFixed(0)} %`]);
  for (const row of columns([['', 'median', 'spread'], ...figures])) say(row);
  const ratios = ratiosOf(new Map([...samples, ...floorsOf(samples)]));
  for (const row of ratioTable(ratios)) say(row);
  const file = path.join(out, 'bench', `calls-${line.name}.svg`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, ratioBars(`What a call costs on ${line.name}, beside its peers`, ratios));
  say(shown(file));
  const aims = ratios.filter(({ limit }) => limit !== undefined);
  return { did: `${aims.filter(isMet).length} of ${aims.length} aims met${told(missing)}` };
}
