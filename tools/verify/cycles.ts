import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { linePaths, root } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import type { Tally } from '../core/tally.ts';

const CYCLES = 100_000;

/** The growth from a leak of 200 bytes per cycle. Noise is a tenth of it. */
const GROWTH = 16 * 2 ** 20;

interface Held {
  readonly descriptors: number;
  /** Resident set size in bytes. */
  readonly memory: number;
}

interface Way {
  readonly way: string;
  readonly cycles: number;
  readonly before: Held;
  readonly after: Held;
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/**
 * Creates and closes sockets in one process in every way, and checks that it holds no
 * more descriptors and memory after all cycles than after a fifth of them.
 */
export async function cycles(line: Line): Promise<Tally & { did: string }> {
  const script = path.join(root, 'tools', 'verify', 'cycles.cjs');
  // Small young generations, so that growth is not just V8 expanding its heap.
  const flags = ['--expose-gc', '--max-semi-space-size=1'];
  const { stdout } = await run(linePaths(line.name).node, [...flags, script, String(CYCLES)]);
  const ways = stdout.trim().split('\n').map((text) => JSON.parse(text) as Way);
  let failed = 0;
  for (const { way, cycles: count, before, after } of ways) {
    const flat = after.descriptors === before.descriptors && after.memory - before.memory < GROWTH;
    if (!flat) failed++;
    say(`${flat ? '' : 'FAILED '}${count} x ${way}: descriptors ${before.descriptors} to ${after.descriptors}, ` +
      `memory ${megabytes(before.memory)} to ${megabytes(after.memory)} MB`);
  }
  const passed = ways.length - failed;
  return { did: `${passed} of ${ways.length} flat`, passed, failed };
}
