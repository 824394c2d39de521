import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { officialNode } from '../../base/official.ts';
import { fewAtATime } from '../../core/abreast.ts';
import type { Line } from '../../core/lines.ts';
import { out, root, shown } from '../../core/paths.ts';
import { say, step } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import type { Tally } from '../../core/tally.ts';
import type { Stage } from '../stage.ts';
import { traced } from '../strace.ts';
import { type Case, type CaseRun, CASES, casesListing, casesTable, type Column, judge, type Outcome } from './cases.ts';
import { component } from './component.ts';

/** A program that takes this many seconds hangs: one with a case, and one with all of them. */
const LIMIT = { case: 10, all: 120 };

/** The exit code of timeout(1) for a program that hung. strace would leave it running if strace itself were ended. */
const ENDED = 124;

/** How often all cases run without strace, in a process each time, to see whether any hangs. */
const RUNS = 50;

/** Makes `process.binding()` throw for the handles of sockets, in worker threads as well. */
const PRELOAD = path.join(root, 'downstream', 'wasm', 'no-binding.cjs');

/** A way to run the component. */
interface Host {
  readonly name: string;
  readonly node: string;
  readonly host: 'stock' | 'ours';
}

const command = (stage: Stage, dir: string, { node, host }: Host, cases: readonly Case[], limit: number) => [
  'timeout', String(limit), node, '--no-warnings', ...host === 'ours' ? ['--require', PRELOAD] : [],
  stage.file('wasi', 'run.mjs'), dir, host, ...cases.map(({ name }) => name),
];

/** Runs a case under strace. */
async function trace(stage: Stage, dir: string, host: Host, each: Case): Promise<CaseRun> {
  const { result, threads } = await traced(command(stage, dir, host, [each], LIMIT.case), '%network', { accept: 'any' });
  const line = result.stdout.trim();
  return {
    fault: line === '' ? undefined : (JSON.parse(line) as { fault: string }).fault,
    end: result.code === ENDED ? 'hangs' : 'exit',
    trace: threads.join(''),
  };
}

/** Runs all cases, again and again, with our host. Returns what went wrong. */
async function repeat(stage: Stage, dir: string, host: Host): Promise<readonly string[]> {
  const runs = Array.from({ length: RUNS }, (_, index) => index + 1);
  const faults = await fewAtATime(runs, availableParallelism(), async (number) => {
    const [program, ...args] = command(stage, dir, host, CASES, LIMIT.all);
    const { code, stdout } = await run(program!, args, { accept: 'any', env: { NODE_OPTIONS: undefined } });
    if (code === ENDED) return [`run ${number} hung`];
    const outcomes = stdout.trim().split('\n').map((line) => JSON.parse(line) as { name: string; fault: string });
    const faulty = outcomes.filter(({ fault }) => fault !== '').map(({ name, fault }) => `run ${number}, ${name}: ${fault}`);
    return outcomes.length === CASES.length ? faulty : [...faulty, `run ${number} ended after ${outcomes.length} cases`];
  });
  return faults.flat();
}

/**
 * Runs a component that has wasi:sockets: with the host of jco, on the official binary and
 * on the line's, and with our host, which has the line's public API alone.
 */
export async function wasi(line: Line, base: BaseRecord, stage: Stage): Promise<Tally & { did: string }> {
  const { dir } = await step('the component', () => component(stage));
  const version = nodeVersion(base.version);
  const hosts: readonly Host[] = [
    { name: `preview2-shim, official v${version}`, node: await officialNode(version), host: 'stock' },
    { name: `preview2-shim, ${line.name}`, node: stage.node, host: 'stock' },
    { name: 'our host', node: stage.node, host: 'ours' },
  ];
  const table: Column[] = [];
  for (const host of hosts) {
    const outcomes: readonly Outcome[] = await fewAtATime(CASES, availableParallelism(), async (each) => {
      const first = judge(each, await trace(stage, dir, host, each));
      // A machine that is busy can be slow once.
      return first.verdict === 'hangs' ? judge(each, await trace(stage, dir, host, each)) : first;
    });
    table.push({ name: host.name, outcomes });
  }
  for (const row of casesTable(CASES, table)) say(row);

  const listing = path.join(out, 'downstream', `wasi-${line.name}.txt`);
  await mkdir(path.dirname(listing), { recursive: true });
  await writeFile(listing, casesListing(CASES, table));
  say(`what did not pass: ${shown(listing)}`);

  const ours = hosts.at(-1)!;
  const outcomes = table.at(-1)!.outcomes;
  const failed = CASES.flatMap(({ name }, index) => {
    const { verdict, why } = outcomes[index]!;
    return verdict === 'pass' ? [] : [`${name}: ${verdict}: ${why}`];
  });
  const repeated = await step(`all cases ${RUNS} times`, async () => {
    const faults = await repeat(stage, dir, ours);
    return { faults, did: `${faults.length} faults` };
  });
  for (const fault of [...failed, ...repeated.faults]) say(`FAILED ${fault}`);
  const passed = CASES.length - failed.length + (repeated.faults.length === 0 ? 1 : 0);
  return {
    did: `${CASES.length - failed.length} of ${CASES.length} cases passed with our host`,
    passed,
    failed: failed.length + repeated.faults.length,
  };
}
