import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import type { Tally } from '../../core/tally.ts';
import { inTemporary } from '../../core/temporary.ts';
import { runReporting } from '../reporting.ts';
import { buildSanitized, sanitizeLogs } from '../sanitize/node.ts';
import { findingsIn, removeReports } from '../sanitize/reports.ts';
import { asan, type Sanitizer } from '../sanitize/sanitizers.ts';
import { fuzzFile } from './fuzz.ts';

/** The package that contains libFuzzer, without the compiler that it belongs to. */
const PACKAGE = 'libclang-rt-dev';

/** Debian's name for this machine's architecture in the file name of libFuzzer's archive. */
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The time in seconds in which the control's fault must be found. It takes a few. */
const CONTROL = 120;

/** If the engine prints nothing for this many seconds, it hangs. */
const STALL = 300;

/** The maximum size of an input in bytes. */
const LONGEST = 400;

async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name));
}

/** The newest installed libFuzzer without a main function. */
export async function findEngine(usr = '/usr/lib'): Promise<string | undefined> {
  const name = `libclang_rt.fuzzer_no_main-${PROCESSORS[process.arch]}.a`;
  const found: string[] = [];
  for (const llvm of await entries(usr)) {
    if (!path.basename(llvm).startsWith('llvm-')) continue;
    for (const version of await entries(path.join(llvm, 'lib', 'clang'))) {
      const archives = await entries(path.join(version, 'lib', 'linux'));
      found.push(...archives.filter((file) => path.basename(file) === name));
    }
  }
  return found.sort().at(-1);
}

/** What coverage-guided fuzzing needs besides the requirements of a build. */
export const fuzzNeeds = [{ package: PACKAGE, present: async () => await findEngine() !== undefined }];

/** The compiler options for a binary that contains libFuzzer. */
export function fuzzer(engine: string): Sanitizer {
  return {
    ...asan,
    name: 'fuzz',
    title: 'libFuzzer, AddressSanitizer and UBSan',
    flags: `${asan.flags} -fsanitize-coverage=trace-pc,trace-cmp`,
    link: `${asan.link} -Wl,--wrap=__sanitizer_cov_trace_pc -Wl,--whole-archive ${engine} -Wl,--no-whole-archive`,
    // The process exits in the middle of a call.
    options: 'detect_leaks=0:print_stacktrace=1:halt_on_error=1',
    part: fuzzFile('driver.cc'),
  };
}

/** libFuzzer's progress. */
export interface Progress {
  /** How many inputs it has run. */
  readonly inputs: number;
  /** The number of blocks reached, as far as a hash can tell them apart. */
  readonly blocks: number;
  /** The number of inputs that are kept because each reaches something new. */
  readonly kept: number;
}

/** libFuzzer's status lines, from beginning to end. */
export function progressOf(text: string): readonly Progress[] {
  return [...text.matchAll(/^#(\d+)\t.*cov: (\d+) .*corp: (\d+)\//gm)]
    .map(([, inputs, blocks, kept]) => ({ inputs: Number(inputs), blocks: Number(blocks), kept: Number(kept) }));
}

/** The result of a run of the engine. */
interface Outcome {
  readonly progress: readonly Progress[];
  /** The input that ended it. */
  readonly input?: string;
  readonly faults: readonly string[];
}

/** Runs the engine over a folder of inputs, or over a single given input. */
async function engine(
  line: Line,
  node: string,
  inputs: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const logs = sanitizeLogs(line);
  await removeReports(logs, 'fuzz.');
  const findings = path.join(linePaths(line.name).logs, 'fuzz');
  const log = path.join(findings, 'native.log');
  await mkdir(findings, { recursive: true });
  const own = [`-max_len=${LONGEST}`, `-artifact_prefix=${findings}/`, '-rss_limit_mb=0', '-detect_leaks=0', '-timeout=60'];
  const { failure: ended } = await runReporting(
    node, ['--single-threaded-gc', fuzzFile('native.cjs'), ...own, ...args, inputs], { log, env, stall: STALL });
  const text = await readFile(log, 'utf8');
  const input = /Test unit written to (\S+)/.exec(text)?.[1];
  const reports = (await findingsIn(logs, 'fuzz.')).map(({ what }) => what);
  const faults = ended === undefined ? reports : reports.length > 0 ? reports : [ended];
  return { progress: progressOf(text), faults, ...input === undefined ? {} : { input } };
}

/**
 * Lets libFuzzer find a fault that depends on four specific bytes.
 * @throws UserError if it does not find it
 */
export async function requireFound(line: Line, node: string, seed: number): Promise<{ did: string }> {
  return inTemporary('fuzz-control-', async (inputs) => {
    const from = performance.now();
    const { faults, input, progress } = await engine(
      line, node, inputs, [`-max_total_time=${CONTROL}`, `-seed=${seed}`], { FUZZ_CONTROL: '1' });
    if (input === undefined || !faults.some((what) => /heap-use-after-free/.test(what))) {
      throw new UserError(`libFuzzer did not find the fault of tools/verify/fuzz/driver.cc in ${CONTROL} s`,
                          'its coverage does not reach it here: see the log native.log of the line');
    }
    await rm(input);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    return { did: `the fault was found after ${progress.at(-1)?.inputs ?? 0} inputs, ${seconds} s` };
  });
}

/** Builds the binary that contains libFuzzer. */
export async function buildFuzzer(line: Line, base: BaseRecord): Promise<{ node: string; did: string }> {
  const archive = await findEngine();
  if (archive === undefined) throw new UserError('libFuzzer is not there', `install ${PACKAGE}, then run the same command again`);
  await mkdir(sanitizeLogs(line), { recursive: true });
  return buildSanitized(line, base, fuzzer(archive));
}

/**
 * Fuzzes a line's C++, guided by coverage. The inputs are kept, and the next run starts
 * with them.
 */
export async function fuzzNative(
  line: Line,
  node: string,
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
): Promise<Tally & { did: string }> {
  const inputs = path.join(out, 'cache', 'fuzz', line.name);
  await mkdir(inputs, { recursive: true });
  const { progress, faults, input } = await engine(line, node, inputs, [`-max_total_time=${seconds}`, `-seed=${seed}`, '-reduce_inputs=1']);
  const last = progress.at(-1);
  if (last === undefined) throw new UserError('libFuzzer did not begin', 'see the log native.log of the line');
  // A tenth of the lines suffices to show how it grew.
  const every = Math.max(1, Math.floor(progress.length / 10));
  const rows = progress.filter((_, index) => index % every === 0 || index === progress.length - 1);
  say(`inputs, blocks reached, inputs kept: ${rows.map((row) => `${row.inputs} ${row.blocks} ${row.kept}`).join(', ')}`);
  for (const what of faults) say(`FOUND ${what}${input === undefined ? '' : ` with the input ${shown(input)}`}`);
  return {
    did: `seed ${seed}: ${last.inputs} inputs, ${last.blocks} blocks reached, ${last.kept} inputs kept, ` +
      (faults.length === 0 ? 'nothing' : `${faults.length} FOUND`),
    passed: 1,
    failed: faults.length,
  };
}
