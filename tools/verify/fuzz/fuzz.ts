import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Line } from '../../core/lines.ts';
import { linePaths, root, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import type { Tally } from '../../core/tally.ts';
import { runReporting } from '../reporting.ts';

/** The number of calls in a batch, after which nothing of it may be left. */
const BATCH = 5000;

/** The number of batches that a process runs before it is replaced. */
const TOGETHER = 10;

/** If no batch ends in this many seconds, the process hangs. */
const STALL = 180;

/** What the program prints: a finding, or its progress. */
type Report =
  { readonly fault: string; readonly call: string } |
  { readonly batch: number; readonly calls: number; readonly threw: number } |
  { readonly done: true };

/** Something that is not as documented, and the call that showed it. */
export interface FuzzFinding {
  readonly fault: string;
  /** The batch, the index in it, and the call itself. */
  readonly call: string;
}

/** The results of one process of the program. */
export interface FuzzRun {
  readonly calls: number;
  /** How many of them threw. */
  readonly threw: number;
  readonly findings: readonly FuzzFinding[];
}

/** Options of a run. */
export interface FuzzOptions {
  /** The minimum number of calls. */
  readonly calls: number;
  readonly seed: number;
  /** The first batch; set it to reproduce a batch of an earlier run. */
  readonly batch?: number;
}

/** The path of a part of the program. */
export function fuzzFile(file: string): string {
  return path.join(root, 'tools', 'verify', 'fuzz', file);
}

/** The call that a process was in when it ended, which it had recorded beforehand. */
async function lastCall(trace: string): Promise<string> {
  const text = await readFile(trace, 'utf8').catch(() => '');
  return text.replaceAll('\0', '') || 'before the first call';
}

/**
 * Runs one process of the program in a separate folder. A signal, an exit code or a stall
 * is a finding.
 * @param program the script
 * @param args its seed, first batch, number of batches, and calls in each
 * @param log gets everything that it prints
 */
export async function fuzzProcess(
  node: string,
  program: string,
  args: readonly number[],
  log: string,
  stall = STALL,
): Promise<FuzzRun> {
  const trace = `${log}.call`;
  const { reports, failure } = await runReporting<Report>(node, [program, ...args.map(String), trace], { log, stall });
  const findings: FuzzFinding[] = reports.filter((report) => 'fault' in report);
  const isDone = reports.some((report) => 'done' in report);
  if (failure !== undefined || !isDone) {
    findings.push({ fault: failure ?? 'it ended before it was done', call: await lastCall(trace) });
  }
  const { calls, threw } = reports.findLast((report) => 'batch' in report) ?? { calls: 0, threw: 0 };
  return { calls, threw, findings };
}

/**
 * What identifies a finding: the method and the fault without the values, or only the
 * fault if it occurred later.
 */
function keyOf({ fault, call }: FuzzFinding): string {
  if (/^(uncaught|later): /.test(fault)) return fault;
  return `${/^\S+ ([^(]*)/.exec(call)?.[1] ?? call} ${fault}`;
}

/**
 * Calls every public method of a line's binary with arguments that nobody should pass,
 * and prints each call that does not end as documented.
 */
export async function fuzz(line: Line, { calls, seed, batch = 0 }: FuzzOptions): Promise<Tally & { did: string }> {
  const folder = path.join(linePaths(line.name).logs, 'fuzz-args');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const each = Math.min(BATCH, calls);
  const batches = Math.ceil(calls / each);
  const known = new Map<string, FuzzFinding>();
  let made = 0;
  let threw = 0;
  let passed = 0;
  let failed = 0;
  for (let done = 0; done < batches; done += TOGETHER) {
    const first = batch + done;
    const count = Math.min(TOGETHER, batches - done);
    const log = path.join(folder, `${seed}-${first}.log`);
    const result = await fuzzProcess(linePaths(line.name).node, fuzzFile('args.cjs'), [seed, first, count, each], log);
    made += result.calls;
    threw += result.threw;
    if (result.findings.length > 0) failed++;
    else passed++;
    for (const finding of result.findings) {
      if (known.has(keyOf(finding))) continue;
      known.set(keyOf(finding), finding);
      say(`FOUND ${finding.fault}`);
      say(`  in ${finding.call} (log: ${shown(log)})`);
      say(`  again: make fuzz LINE=${line.name} SEED=${seed} BATCH=${Number.parseInt(finding.call) || first} CALLS=${each}`);
    }
  }
  const found = known.size === 0 ? 'nothing' : `${known.size} FOUND`;
  return { did: `seed ${seed}: ${made} calls, ${threw} threw, ${found}`, passed, failed };
}
