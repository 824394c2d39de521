// measure: what calls, connections and reservations cost.
// In: binaries of the lines, official binaries, and the same work in C and Python.
// Out: ratios that were measured side by side in one run, printed and drawn below out/bench.
import { node } from '../build/commands.ts';
import type { Line } from '../core/lines.ts';
import { step } from '../core/report.ts';
import { benchAccept } from './bench/accept.ts';
import { bench as benchCalls } from './bench/bench.ts';
import { benchCompare } from './bench/compare.ts';
import { benchDatagrams } from './bench/datagrams.ts';
import { flat } from './flat.ts';
import { growth as measureGrowth } from './growth.ts';
import { raceOn } from './race.ts';

/** Measures calls and connections, and runs upstream's benchmarks. */
export async function bench(line: Line): Promise<void> {
  const base = await node(line);
  await step(`bench ${line.name}`, () => benchCalls(line, base));
  await step(`accept ${line.name}`, () => benchAccept(line));
  await step(`datagrams ${line.name}`, () => benchDatagrams(line));
  await step(`compare ${line.name}`, () => benchCompare(line, base));
}

/** Measures how costs grow with the number of handles, options and threads, and that memory does not with datagrams. */
export async function growth(line: Line): Promise<void> {
  await node(line);
  await step(`growth ${line.name}`, () => measureGrowth(line));
  await step(`flat ${line.name}`, () => flat(line));
}

/** Lets two processes race to reserve one port. */
export async function race(line: Line): Promise<void> {
  await node(line);
  await step(`race ${line.name}`, () => raceOn(line));
}
