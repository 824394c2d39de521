import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import type { Tally } from '../../core/tally.ts';
import { buildSanitized, sanitizeLogs } from '../sanitize/node.ts';
import { findingsIn, removeReports } from '../sanitize/reports.ts';
import { asan, type Sanitizer } from '../sanitize/sanitizers.ts';
import { fuzzFile } from './fuzz.ts';
import { runReporting } from './run.ts';

/** The package that brings libFuzzer, alone, without the compiler that it belongs to. */
const PACKAGE = 'libclang-rt-dev';

/** What Debian calls this machine's processor in the name of libFuzzer's archive. */
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The seconds in which the control's fault has to be found; it takes a few. */
const CONTROL = 120;

/** The seconds without a word after which the engine hangs. */
const STALL = 300;

/** The bytes of the longest input. */
const LONGEST = 400;

async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name));
}

/** libFuzzer without a main function, the newest that is installed. */
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

/** What coverage-guided fuzzing needs besides what builds. */
export const fuzzNeeds = [{ package: PACKAGE, present: async () => await findEngine() !== undefined }];

/** The compiler's view of a binary that libFuzzer is in. */
export function fuzzer(engine: string): Sanitizer {
  return {
    ...asan,
    name: 'fuzz',
    title: 'libFuzzer, AddressSanitizer and UBSan',
    flags: `${asan.flags} -fsanitize-coverage=trace-pc,trace-cmp`,
    link: `${asan.link} -Wl,--wrap=__sanitizer_cov_trace_pc -Wl,--whole-archive ${engine} -Wl,--no-whole-archive`,
    // The process ends in the middle of things.
    options: 'detect_leaks=0:print_stacktrace=1:halt_on_error=1',
    part: fuzzFile('driver.cc'),
  };
}

/** How far libFuzzer has got. */
export interface Progress {
  /** How many inputs it has run. */
  readonly inputs: number;
  /** Blocks that were reached, as far as a hash tells them apart. */
  readonly blocks: number;
  /** Inputs that are kept, because each reaches what no other does. */
  readonly kept: number;
}

/** What libFuzzer prints as it goes, from the beginning to the end. */
export function progressOf(text: string): readonly Progress[] {
  return [...text.matchAll(/^#(\d+)\t.*cov: (\d+) .*corp: (\d+)\//gm)]
    .map(([, inputs, blocks, kept]) => ({ inputs: Number(inputs), blocks: Number(blocks), kept: Number(kept) }));
}

/** What a run of the engine came to. */
interface Outcome {
  readonly progress: readonly Progress[];
  /** The input that ended it. */
  readonly input?: string;
  readonly faults: readonly string[];
}

/** Runs the engine over a folder of inputs, or over the one input that is given. */
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
 * Lets libFuzzer find a fault that is committed for four certain bytes.
 * @throws UserError where it does not find it
 */
export async function requireFound(line: Line, node: string, seed: number): Promise<{ did: string }> {
  const inputs = await mkdtemp(path.join(tmpdir(), 'fuzz-control-'));
  const from = performance.now();
  try {
    const { faults, input, progress } = await engine(
      line, node, inputs, [`-max_total_time=${CONTROL}`, `-seed=${seed}`], { FUZZ_CONTROL: '1' });
    if (input === undefined || !faults.some((what) => /heap-use-after-free/.test(what))) {
      throw new UserError(`libFuzzer did not find the fault of tools/verify/fuzz/driver.cc in ${CONTROL} s`,
                          'its coverage does not reach it here: see the log native.log of the line');
    }
    await rm(input);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    return { did: `the fault was found after ${progress.at(-1)?.inputs ?? 0} inputs, ${seconds} s` };
  } finally {
    await rm(inputs, { recursive: true, force: true });
  }
}

/** Builds the binary that libFuzzer is in. */
export async function buildFuzzer(line: Line, base: BaseRecord): Promise<{ node: string; did: string }> {
  const archive = await findEngine();
  if (archive === undefined) throw new UserError('libFuzzer is not there', `install ${PACKAGE}, then run the same command again`);
  await mkdir(sanitizeLogs(line), { recursive: true });
  return buildSanitized(line, base, fuzzer(archive));
}

/**
 * Fuzzes the C++ of a line, guided by what of it is reached. The inputs are
 * kept for the next run, which begins with them.
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
  // A tenth of the lines tells how it grew.
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
