import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { columns } from '../../core/table.ts';
import { attempt, benchFile, compiled, Partner, printed, sayLoad, told } from '../programs.ts';
import { median, spread } from '../stats.ts';
import { type Bar, bars } from './chart.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 64;
const SAMPLES = 9;
const AIM = 1.5;

/** A way to serve one port, as accept.cjs implements it. */
interface Way {
  readonly name: string;
  readonly way: string;
  readonly count: number;
}

const cluster: Way = { name: 'cluster, round-robin, 2 workers', way: 'round-robin', count: 2 };
const shared: Way = { name: 'shared: true, 2 threads', way: 'shared', count: 2 };

/** @param major the line's major; net.Server has reusePort since v23.1.0 and v22.12.0 */
const waysOf = (major: number): readonly Way[] => [
  cluster,
  { name: 'cluster, SCHED_NONE, 2 workers', way: 'none', count: 2 },
  shared,
  { name: 'shared: \'reuseport\', 2 threads', way: 'reuseport', count: 2 },
  major >= 22 ?
    { name: 'listen({ reusePort }), 2 threads', way: 'option', count: 2 } :
    { name: 'BoundHandle({ reusePort }), 2 threads', way: 'bound', count: 2 },
  { name: 'one thread', way: 'plain', count: 1 },
];

/** What load.c prints: elapsed seconds, and its CPU time in seconds. */
interface Load {
  readonly took: number;
  readonly computed: number;
}

/**
 * What accept.cjs answers: the number of connections of each thread or worker, and the
 * CPU time of all of them in seconds.
 */
interface Served {
  readonly served: readonly number[];
  readonly computed: number;
}

/** One sample of a way. */
export interface Sample {
  readonly load: Load;
  readonly server: Served;
}

/** The result of all samples of a way. */
export interface Result {
  readonly name: string;
  /** Connections per second: the median, minimum and maximum of the samples, and their spread. */
  readonly rate: number;
  readonly least: number;
  readonly most: number;
  readonly spread: number;
  /** Each thread's or worker's share of all connections. */
  readonly shares: readonly number[];
  /** The smallest and the largest share that one of them had in a single sample. */
  readonly range: readonly [number, number];
  /** The servers' CPU seconds per connection, median. Hardly affected by a busy machine. */
  readonly cost: number;
  /** How much of a processor the load generator used, median. */
  readonly load: number;
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

export function resultOf(name: string, samples: readonly Sample[]): Result {
  const counts = samples.map(({ server }) => server.served);
  const rates = samples.map(({ load, server }) => total(server.served) / load.took);
  const parts = counts.flatMap((served) => served.map((count) => count / total(served)));
  return {
    name,
    rate: median(rates),
    least: Math.min(...rates),
    most: Math.max(...rates),
    spread: spread(rates),
    shares: counts[0]!.map((_, member) => total(counts.map((served) => served[member]!)) / total(counts.flat())),
    range: [Math.min(...parts), Math.max(...parts)],
    cost: median(samples.map(({ server }) => server.computed / total(server.served))),
    load: median(samples.map(({ load }) => load.computed / load.took)),
  };
}

const percent = (part: number) => (part * 100).toFixed(0);

/** The table to print. */
export function acceptTable(results: readonly Result[], peer: Result): readonly string[] {
  return columns([
    ['way', 'connections/s', 'spread', 'ratio', 'shares, %', 'of one sample', 'CPU', 'load'],
    ...results.map(({ name, rate, spread, shares, range, cost, load }) => [
      name,
      rate.toFixed(0),
      `${percent(spread)} %`,
      `${(rate / peer.rate).toFixed(2)} x`,
      shares.map(percent).join(' '),
      shares.length === 1 ? '' : range.map(percent).join(' to '),
      `${(cost * 1e6).toFixed(0)} us`,
      `${percent(load)} %`,
    ]),
  ]);
}

/** The chart's bars: every rate as a multiple of the peer's. */
export function acceptBars(results: readonly Result[], peer: Result): readonly Bar[] {
  return results.map(({ name, rate, least, most, shares }) => ({
    name,
    ours: name.startsWith('shared'),
    ratio: rate / peer.rate,
    least: least / peer.rate,
    most: most / peer.rate,
    shares,
  }));
}

async function sampled(binary: string, partner: Partner, port: number): Promise<Sample> {
  // The answer also counts what the sample before left behind, if that failed.
  await partner.ask<Served>({});
  const load = await printed<Load>(binary, [port, CONNECTIONS, AT_ONCE].map(String));
  const server = await partner.ask<Served>({});
  const served = total(server.served);
  if (served !== CONNECTIONS) {
    throw new UserError(`${CONNECTIONS} connections were opened and ${served} were served`, 'see what else uses the port, then run again');
  }
  return { load, server };
}

/** Measures all ways in one run, alternating. All servers run throughout, one of them busy. */
async function measure(line: Line, binary: string): Promise<{ byName: ReadonlyMap<string, Result>; missing: number }> {
  let missing = 0;
  const servers: { name: string; partner: Partner; port: number; samples: Sample[] }[] = [];
  try {
    for (const { name, way, count } of waysOf(line.base.major)) {
      const partner = new Partner(linePaths(line.name).node, benchFile('accept.cjs'), [way, String(count)]);
      servers.push({ name, partner, port: 0, samples: [] });
      servers.at(-1)!.port = await partner.answer<number>();
    }
    // The first round is for V8 to warm up.
    for (let round = 0; round <= SAMPLES; round++) {
      for (const { name, partner, port, samples } of servers) {
        const sample = await attempt(`${name}, round ${round}`, () => sampled(binary, partner, port));
        if (round === 0) continue;
        if (sample === undefined) missing++;
        else samples.push(sample);
      }
    }
  } finally {
    await Promise.all(servers.map(({ partner }) => partner.stop()));
  }
  const served = servers.filter(({ samples }) => samples.length > 0);
  return { byName: new Map(served.map(({ name, samples }) => [name, resultOf(name, samples)])), missing };
}

/**
 * How many short connections per second are accepted when several threads or processes
 * serve one port, compared with cluster's round-robin, and how evenly they are spread.
 */
export async function benchAccept(line: Line): Promise<{ did: string }> {
  sayLoad();
  const { byName, missing } = await measure(line, await compiled(line, 'load'));
  const results = [...byName.values()];
  const [peer, own] = [byName.get(cluster.name), byName.get(shared.name)];
  if (peer === undefined || own === undefined) return { did: `no ratio${told(missing)}` };
  for (const row of acceptTable(results, peer)) say(row);
  const file = path.join(out, 'bench', `accept-${line.name}.svg`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bars(`Short connections accepted on ${line.name}`, acceptBars(results, peer), AIM));
  say(shown(file));
  const ratio = own.rate / peer.rate;
  return { did: `shared: true ${ratio.toFixed(2)} x cluster round-robin (aim: at least ${AIM} x)${ratio >= AIM ? '' : ' MISSED'}${told(missing)}` };
}
