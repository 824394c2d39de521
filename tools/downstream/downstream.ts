import type { BaseRecord } from '../base/base.ts';
import type { Line } from '../core/lines.ts';
import { step } from '../core/report.ts';
import type { Tally } from '../core/tally.ts';
import { ports } from './ports.ts';
import { servers } from './servers.ts';
import { sockets } from './sockets.ts';
import { stageDownstream } from './stage.ts';
import { suites } from './suites.ts';
import { threads } from './threads.ts';
import { wasm } from './wasm/wasm.ts';

/**
 * Runs programs and packages that know nothing about this project with the line's binary,
 * and shows what its API does for them.
 */
export async function downstream(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const stage = await step(`packages ${line.name}`, () => stageDownstream(line, base));
  const parts: readonly Tally[] = [
    await step(`WebAssembly ${line.name}`, () => wasm(line)),
    await step(`ports ${line.name}`, () => ports(line, stage)),
    await step(`sockets ${line.name}`, () => sockets(stage)),
    await step(`threads ${line.name}`, () => threads(stage)),
    await step(`servers ${line.name}`, () => servers(stage)),
    await step(`suites ${line.name}`, () => suites(stage, base)),
  ];
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  return { did: `${passed} passed, ${failed} failed`, passed, failed };
}
