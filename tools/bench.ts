import { benchFile, BOUND_SOCKET, compiled, printed } from './bench-programs.ts';
import type { Line } from './config.ts';
import { type BaseRecord, nodeVersion } from './fetch.ts';
import { officialNode } from './official.ts';
import { linePaths } from './paths.ts';
import { run } from './run.ts';
import { median, spread } from './stats.ts';

type Sample = Readonly<Record<string, number>>;

const CALLS = 300_000;
const SAMPLES = 9;
const BINDS = 20_000;
const STARTS = 15;

/** What a figure is measured against, and the most it may be. */
interface Aim {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly limit: number;
}

const aims: readonly Aim[] = [
  { what: 'setsockopt() to setsockopt(2) in C', ours: 'ours setsockopt', peer: 'raw setsockopt', limit: 1.6 },
  { what: 'getsockopt() to getsockopt(2) in C', ours: 'ours getsockopt', peer: 'raw getsockopt', limit: 1.6 },
  { what: 'setsockopt() to setTypeOfService()', ours: 'ours setsockopt', peer: 'ours setTypeOfService', limit: 1 },
  { what: 'BoundHandle to upstream\'s BoundSocket', ours: 'ours bind, address, close', peer: 'upstream bind, address, close', limit: 1.1 },
  { what: 'start-up to the official binary\'s', ours: 'ours start', peer: 'official start', limit: 1.7 },
];

async function timed(program: string, args: readonly string[]): Promise<number> {
  const from = performance.now();
  await run(program, args);
  return (performance.now() - from) * 1e6;
}

/**
 * Measures ours and each peer side by side in one run, alternating, and prints
 * ratios of medians: these hold on a noisy machine, where times do not.
 */
export async function bench(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { node } = linePaths(line.name);
  const raw = await compiled(line, 'raw');
  const official = await officialNode(nodeVersion(base.version));
  const upstream = await officialNode(BOUND_SOCKET);

  const samples = new Map<string, number[]>();
  const keep = (who: string, sample: Sample) => {
    for (const [what, value] of Object.entries(sample)) {
      const name = `${who} ${what}`;
      samples.set(name, [...samples.get(name) ?? [], value]);
    }
  };
  for (let round = 0; round < SAMPLES; round++) {
    keep('raw', await printed(raw, [String(CALLS)]));
    keep('ours', await printed(node, [benchFile('calls.cjs'), String(CALLS)]));
    keep('upstream', await printed(upstream, [benchFile('bound.cjs'), String(BINDS)]));
    keep('ours', await printed(node, [benchFile('bound.cjs'), String(BINDS)]));
  }
  for (let round = 0; round < STARTS; round++) {
    keep('ours', { start: await timed(node, ['-e', '0']) });
    keep('official', { start: await timed(official, ['-e', '0']) });
  }

  for (const [name, values] of samples) {
    const middle = median(values);
    const shown = middle > 1e6 ? `${(middle / 1e6).toFixed(1)} ms` : `${middle.toFixed(0)} ns`;
    process.stdout.write(`  ${name.padEnd(30)} ${shown.padStart(9)}  spread ${(spread(values) * 100).toFixed(0)} %\n`);
  }
  let met = 0;
  // Older lines have no setTypeOfService().
  const held = aims.filter(({ peer }) => samples.has(peer));
  for (const { what, ours, peer, limit } of held) {
    const ratio = median(samples.get(ours)!) / median(samples.get(peer)!);
    const good = ratio <= limit;
    if (good) met++;
    process.stdout.write(`  ${what.padEnd(38)} ${ratio.toFixed(2)} x (aim: at most ${limit} x)${good ? '' : ' MISSED'}\n`);
  }
  return { did: `${met} of ${held.length} aims met` };
}
