import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { linePaths, out, shown } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { columns } from '../core/table.ts';
import { type Growth, growthChart, type Point } from './growth-chart.ts';
import { benchFile, compiled, printed } from './programs.ts';
import { median, slope } from './stats.ts';

const ROUNDS = 3;

/** The largest exponent that counts as linear growth, given the noise of a busy machine. */
const LINEAR = 1.15;

/** Something that there can be many of, and the numbers to try. */
interface Kind {
  readonly name: string;
  readonly title: string;
  readonly counts: readonly number[];
  /** The kernel's part of it, by the name in growth.c. */
  readonly kernel?: string;
}

const kinds: readonly Kind[] = [
  { name: 'handles', title: 'bound handles, open at a time', counts: [1, 10, 100, 1000, 10_000], kernel: 'handles' },
  // Each takes two descriptors.
  { name: 'shared', title: 'shared addresses in the registry', counts: [1, 10, 100, 1000, 4000], kernel: 'handles' },
  { name: 'clones', title: 'clones of one handle', counts: [1, 10, 100, 1000, 10_000], kernel: 'clones' },
  { name: 'options', title: 'socketOptions of one handle', counts: [1, 4, 16, 64], kernel: 'options' },
  { name: 'threads', title: 'threads that share an address', counts: [1, 2, 4, 8, 16] },
];

/**
 * The exponent e of a cost that grows as count^e: the slope over the larger half of the
 * counts, in logarithms. Smaller counts are dominated by the fixed cost.
 */
export function exponentOf(points: readonly Point[]): number {
  const upper = points.slice(Math.floor((points.length - 1) / 2));
  return slope(upper.map(({ count, took }) => [Math.log(count), Math.log(took)]));
}

/** Whether the growth is no worse than linear, or than the kernel's alone. */
export function isLinear({ ours, kernel }: Growth): boolean {
  const allowed = kernel.length === 0 ? LINEAR : Math.max(LINEAR, exponentOf(kernel) + LINEAR - 1);
  return exponentOf(ours) <= allowed;
}

/** The table to print. */
export function growthTable(growths: readonly Growth[]): readonly string[] {
  const each = ({ count, took }: Point) => `${(took / count / 1000).toFixed(1)} us`;
  return columns([
    ['', 'exponent', 'in C', 'one of the fewest', 'one of the most', ''],
    ...growths.map((growth) => {
      const { title, ours, kernel } = growth;
      const most = ours.at(-1)!;
      return [
        title,
        exponentOf(ours).toFixed(2),
        kernel.length === 0 ? '' : exponentOf(kernel).toFixed(2),
        each(ours[0]!),
        `${each(most)} of ${most.count}`,
        isLinear(growth) ? '' : 'WORSE THAN LINEAR',
      ];
    }),
  ]);
}

/** The medians of several rounds, each of which goes through all counts. */
async function measured(
  counts: readonly number[],
  measure: (count: number) => Promise<number>,
): Promise<readonly Point[]> {
  const samples = counts.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, count] of counts.entries()) samples[index]!.push(await measure(count));
  }
  return counts.map((count, index) => ({ count, took: median(samples[index]!) }));
}

/**
 * How the cost grows with the number of handles, shared addresses, clones, options and
 * threads. Prints the exponents and writes a plot.
 */
export async function growth(line: Line): Promise<{ did: string }> {
  const { node } = linePaths(line.name);
  const raw = await compiled(line, 'growth');
  const growths: Growth[] = [];
  for (const { name, title, counts, kernel } of kinds) {
    const args = ['--expose-gc', benchFile('growth.cjs'), name];
    growths.push({
      title,
      ours: await measured(counts, (count) => printed(node, [...args, String(count)])),
      kernel: kernel === undefined ? [] : await measured(counts, (count) => printed(raw, [kernel, String(count)])),
    });
  }
  for (const row of growthTable(growths)) say(row);
  const file = path.join(out, 'bench', `growth-${line.name}.svg`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, growthChart(`Cost as the work grows on ${line.name}`, growths));
  say(shown(file));
  const good = growths.filter(isLinear).length;
  return { did: `${good} of ${growths.length} grow no faster than their number` };
}
