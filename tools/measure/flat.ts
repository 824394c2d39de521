import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { benchFile, printed } from './programs.ts';

const DATAGRAMS = 10_000_000;

/** What may be added to the memory in use after the first tenth: fragments of the heap, not datagrams. */
const SLACK = 16 * 2 ** 20;

/** What the program prints: datagrams, and the bytes in use after each tenth of them. */
export interface Flow {
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
  readonly memory: readonly number[];
}

/** What is wrong: memory that grows, or datagrams that neither arrived nor were counted by the kernel. */
export function faultOf({ sent, received, dropped, memory }: Flow): string | undefined {
  const lost = sent - received - dropped;
  if (lost !== 0) return `${lost} of ${sent} datagrams are neither received nor among the ${dropped} that the kernel dropped`;
  const grown = memory.at(-1)! - memory[0]!;
  return grown > SLACK ? `the memory in use grew by ${grown} bytes over ${received} datagrams` : undefined;
}

/** Whether memory stays flat over many datagrams, and all of them are accounted for. */
export async function flat(line: Line): Promise<{ did: string }> {
  const flow = await printed<Flow>(linePaths(line.name).node, ['--expose-gc', benchFile('flat.cjs'), String(DATAGRAMS)]);
  const fault = faultOf(flow);
  if (fault !== undefined) throw new UserError(fault, 'run the program again with fewer, and look for what is kept');
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const { sent, received, dropped, memory } = flow;
  return { did: `${sent} datagrams sent, ${received} received, ${dropped} dropped by the kernel; ` +
    `${megabytes(memory[0]!)} in use after a tenth, ${megabytes(memory.at(-1)!)} at the end` };
}
