import type { BaseRecord } from '../base/base.ts';
import type { Line } from '../core/lines.ts';
import { step } from '../core/report.ts';
import { type Tally, total } from '../core/tally.ts';
import { clients } from './clients.ts';
import { ports } from './ports.ts';
import { sockets } from './sockets.ts';
import { type Stage, stageDownstream } from './stage.ts';
import { suites } from './suites.ts';
import { runFolder } from './tests.ts';
import { wasi } from './wasi/wasi.ts';
import { wasm } from './wasm/wasm.ts';

/** Compares what deno_net documents about its load-balanced listener with `shared: true`. */
const threads = (stage: Stage) =>
  runFolder(stage, 'threads', ['load-balanced.test.js'], (name) => name.slice(name.indexOf(': ') + 2));

/** Runs fastify, ws and undici from npm over sockets that they adopt. */
const servers = (stage: Stage) =>
  runFolder(stage, 'servers', ['fastify.test.js', 'ws.test.js', 'undici.test.js'], (name) => name.replace('.test.js', ''));

/**
 * Runs programs and packages that know nothing about this project with the line's binary,
 * and shows what its API does for them.
 */
export async function downstream(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const stage = await step(`packages ${line.name}`, () => stageDownstream(line, base));
  const parts: readonly Tally[] = [
    await step(`WebAssembly ${line.name}`, () => wasm(line)),
    await step(`WASI ${line.name}`, () => wasi(line, base, stage)),
    await step(`ports ${line.name}`, () => ports(line, stage)),
    await step(`sockets ${line.name}`, () => sockets(stage)),
    await step(`threads ${line.name}`, () => threads(stage)),
    await step(`servers ${line.name}`, () => servers(stage)),
    await step(`clients ${line.name}`, () => clients(line, stage)),
    await step(`suites ${line.name}`, () => suites(stage, base)),
  ];
  const { passed, failed } = total(parts);
  return { did: `${passed} passed, ${failed} failed`, passed, failed };
}
