import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { testName } from '../test-runner.ts';
import type { Mutation } from './mutation.ts';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What NODE_V8_COVERAGE makes a process write. */
export interface Coverage {
  readonly result: ReadonlyArray<{
    readonly url: string;
    readonly functions: ReadonlyArray<{ readonly ranges: readonly Range[] }>;
  }>;
}

/** For each file, which tests run which parts of it: test, from, to. */
export type Reach = Readonly<Record<string, ReadonlyArray<readonly [string, number, number]>>>;

/** The parts of a script that ran, as pairs of offsets. */
export function ranIn(functions: Coverage['result'][number]['functions']): ReadonlyArray<readonly [number, number]> {
  // Inner functions and blocks come after those that contain them once the longest are first.
  const ranges = functions.flatMap(({ ranges }) => ranges)
    .map(({ startOffset, endOffset, count }) => ({ from: startOffset, to: endOffset, ran: count > 0 }))
    .sort((a, b) => (b.to - b.from) - (a.to - a.from));
  const marks = new Uint8Array(ranges[0]?.to ?? 0);
  for (const { from, to, ran } of ranges) marks.fill(ran ? 1 : 0, from, to);
  const parts: Array<readonly [number, number]> = [];
  for (let from = marks.indexOf(1); from !== -1;) {
    const end = marks.indexOf(0, from);
    const to = end === -1 ? marks.length : end;
    parts.push([from, to]);
    from = marks.indexOf(1, to);
  }
  return parts;
}

/** Adds what one process ran. The test that it belongs to is among its scripts. */
function add(reach: Record<string, Array<readonly [string, number, number]>>, { result }: Coverage): void {
  const test = result.map(({ url }) => /\/test\/(parallel|sequential)\/[^/]+\.m?js$/.exec(url)?.[0])
    .find((file) => file !== undefined);
  if (test === undefined) return;
  for (const { url, functions } of result) {
    const id = /^node:(.+)$/.exec(url)?.[1];
    if (id === undefined) continue;
    const parts = ranIn(functions).map(([from, to]) => [testName(test.slice(1)), from, to] as const);
    (reach[`lib/${id}.js`] ??= []).push(...parts);
  }
}

/**
 * Reads what processes wrote into a folder.
 * @param files those whose coverage is of interest
 */
export async function readReach(folder: string, files: readonly string[]): Promise<Reach> {
  const reach: Record<string, Array<readonly [string, number, number]>> = {};
  for (const file of await readdir(folder)) {
    // A process that was killed leaves half of a file.
    let coverage: Coverage;
    try {
      coverage = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Coverage;
    } catch {
      continue;
    }
    add(reach, coverage);
  }
  return Object.fromEntries(files.map((file) => [file, reach[file] ?? []]));
}

/** The tests that run the place of a change. */
export function reaching(reach: Reach, { file, from }: Mutation): ReadonlySet<string> {
  return new Set((reach[file] ?? []).filter(([, start, end]) => start <= from && from < end).map(([test]) => test));
}
