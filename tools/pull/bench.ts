import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { unpatched, unpatchedNode } from '../build/unpatched.ts';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { counted, step } from '../core/report.ts';
import { type Change, changesOf, percent, type Rate, RUNS, samplesOf, slower } from '../measure/bench/compare.ts';
import { told } from '../measure/programs.ts';
import { type Branch, hookedBy } from './branch.ts';
import { buildBranch, type Stand } from './stand.ts';
import { topicsOf } from './topics.ts';

/** One of upstream's benchmarks, and the values of its parameters. */
interface Program {
  readonly folder: string;
  readonly file: string;
  readonly settings: readonly string[];
}

const DATA: Program = { folder: 'net', file: 'net-c2s.js', settings: ['dur=0.5', 'len=102400', 'type=buf'] };
const CONNECTIONS: Program = { folder: 'tls', file: 'tls-connect.js', settings: ['dur=0.5', 'concurrency=10'] };
const SHORT = ['dur=0.5', 'len=256'];
const REQUESTS: Program = { folder: 'http', file: 'client-request-body.js', settings: [...SHORT, 'type=buf'] };
const DATAGRAMS: Program = { folder: 'dgram', file: 'single-buffer.js', settings: SHORT };
const MESSAGES: Program = { folder: 'child_process', file: 'child-process-ipc-roundtrip.js', settings: SHORT };

/** What runs the code that a topic is about. */
const PROGRAMS: Readonly<Record<string, readonly Program[]>> = {
  'net': [DATA, CONNECTIONS],
  'tls': [CONNECTIONS],
  'http': [REQUESTS],
  'dgram': [DATAGRAMS],
  'child-process': [MESSAGES],
};

/** Upstream's benchmarks of what changes in some files change. */
export const programsOf = (files: readonly string[]): readonly Program[] =>
  [...new Set(topicsOf(files).flatMap((topic) => PROGRAMS[topic] ?? []))];

/** A table of what changed, and whether that is more than chance makes. */
export function changesTable(changes: readonly Change[], load: number): string {
  const rows = changes.map(({ name, change, p }) => `| \`${name}\` | ${percent(change)} | ${p.toFixed(3)} |`);
  const missed = slower(changes).map(({ name }) => `\`${name}\``);
  return [
    `Upstream's \`benchmark/compare.js\`, with ${RUNS} samples of each configuration: this branch, with what it needs,`,
    'against the base, which is built and linked in the same way. The machine is shared with other work: the load average was',
    `${load.toFixed(1)} on ${counted(availableParallelism(), 'processor')} before it began.`,
    '',
    '| Configuration | Change | p (Welch) |',
    '| --- | --- | --- |',
    ...rows,
    '',
    `Slower by more than chance explains among ${changes.length} (Bonferroni's correction, 5 %): ${missed.join(', ') || 'none'}.`,
  ].join('\n');
}

/** Compares a branch's binary with the base's, if upstream has a benchmark of what it changes. */
export async function benchBranch(
  stand: Stand,
  line: Line,
  base: BaseRecord,
  branch: Branch,
): Promise<string | undefined> {
  const programs = programsOf(await hookedBy(branch));
  if (programs.length === 0) return undefined;
  const old = unpatchedNode(await unpatched(line, base));
  const { tree, node, logs } = linePaths(stand.bare.name);
  await step(`build ${branch.name}`, async () => ({ did: counted((await buildBranch(stand, branch)).units, 'unit') }));
  const [load] = loadavg();
  const rates: Rate[] = [];
  let missing = 0;
  await mkdir(logs, { recursive: true });
  await step(`benchmarks ${branch.name}`, async () => {
    for (const { folder, file, settings } of programs) {
      const log = path.join(logs, `compare-${branch.name}-${folder}.csv`);
      await writeFile(log, '');
      const samples = await samplesOf({ tree, old, node, folder, file, settings, log });
      rates.push(...samples.rates);
      missing += samples.missing;
    }
    return { did: `${counted(rates.length, 'sample')}${told(missing)}` };
  });
  const changes = changesOf(rates);
  if (changes.length > 0) return changesTable(changes, load!);
  throw new UserError('upstream\'s compare.js printed no rates', `see compare-${branch.name}-*.csv in ${shown(logs)}`);
}
