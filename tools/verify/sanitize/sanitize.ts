import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { toolchain } from '../../build/configure.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, shown } from '../../core/paths.ts';
import { say, step } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { ownTestNames, runTests } from '../test-runner.ts';
import { requireReports } from './faults.ts';
import { buildSanitized, sanitizeLogs } from './node.ts';
import { RegistryProgram, STALL } from './registry.ts';
import { type Finding, findingsIn } from './reports.ts';
import { asan, type Sanitizer, tsan } from './sanitizers.ts';

/** The seeds of the registry's program, and how many rounds of 1600 acts it runs. */
const SEEDS = [1, 2, 3];
const ROUNDS = 50;

/**
 * The test in which threads of one process share, send and exit at random; its duration
 * in seconds and its seed.
 */
const STRESS = ['test/parallel/test-worker-bound-handle-stress.js', '60', '1'];

/** The time limit in seconds for a test: they are several times slower here. */
const LIMIT = 360;

/** The result of a part of the check: what it did, and all that it found. */
interface Outcome {
  readonly did: string;
  readonly faults: readonly Finding[];
}

/** A part of the check, with a binary that is built for it. */
type Part = (line: Line, node: string, sanitizer: Sanitizer) => Promise<Outcome>;

const logOf = (line: Line, name: string) => path.join(sanitizeLogs(line), `${name}.log`);

/** The registry of shared sockets by itself, in many threads. */
async function registry(line: Line, sanitizer: Sanitizer): Promise<Outcome> {
  const { dir, sysroot, tree } = linePaths(line.name);
  const program = new RegistryProgram({
    tools: await toolchain(sysroot), sysroot, tree, source: path.join(tree, 'src'),
    sanitizer, folder: path.join(dir, 'sanitize', sanitizer.name),
  });
  const binary = await program.build();
  const faults: Finding[] = [];
  for (const seed of SEEDS) {
    const log = logOf(line, `registry-${sanitizer.name}-${seed}`);
    const { did, found } = await program.run(binary, seed, ROUNDS, log);
    if (found.length === 0) say(did);
    faults.push(...found.map((what) => ({ what: `seed ${seed}: ${what}`, log })));
  }
  return { did: `${SEEDS.length} seeds`, faults };
}

/** Threads of one Node process that share, send and exit at random. */
const stress: Part = async (line, node, sanitizer) => {
  const log = logOf(line, `stress-${sanitizer.name}`);
  const flags = ['--expose-internals', '--expose-gc', '--no-warnings'];
  const cause = (output: string) => /^\w*Error\b.*$/m.exec(output)?.[0];
  const faults: Finding[] = [];
  try {
    const { stdout } = await run(node, [...flags, ...STRESS], {
      cwd: linePaths(line.name).tree, log, cause, stall: STALL,
    });
    say(stdout.trim());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    faults.push({ what: error.message.replace(/ \(log: .*\)$/, ''), log });
  }
  return { did: `${STRESS[1]} s`, faults };
};

/** The proposals' own tests. Failures are rerun alone, and without the sanitizer. */
const tests: Part = async (line, node, sanitizer) => {
  const names = ownTestNames(line);
  const results = await runTests(line, node, names, `sanitize/tests-${sanitizer.name}.log`, LIMIT);
  const faults: Finding[] = [];
  for (const { name } of results.filter((test) => test.outcome === 'fail')) {
    const log = `tests-${sanitizer.name}-${path.basename(name)}`;
    const fails = async (binary: string, suffix: string) =>
      (await runTests(line, binary, [name], `sanitize/${log}${suffix}.log`, LIMIT))[0]?.outcome === 'fail';
    if (!await fails(node, '')) say(`passed only when run alone: ${name}`);
    else if (await fails(linePaths(line.name).node, '-plain')) say(`fails without the sanitizer too: ${name}`);
    else faults.push({ what: `${name} fails`, log: logOf(line, log) });
  }
  return { did: `${results.length} tests`, faults };
};

/** Runs a part as a step, and prints what it found. */
async function part(name: string, work: () => Promise<Outcome>): Promise<number> {
  const { faults } = await step(name, async () => {
    const { did, faults: found } = await work();
    for (const { what, log } of found) say(`FOUND ${what} (log: ${shown(log)})`);
    return { did: `${did}, ${found.length === 0 ? 'nothing' : `${found.length} FOUND`}`, faults: found };
  });
  return faults.length;
}

/** Runs a part and adds what the sanitizer reported meanwhile. Earlier reports are in `known`. */
async function watched(
  line: Line,
  sanitizer: Sanitizer,
  known: Set<string>,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const { did, faults } = await work();
  const reports = (await findingsIn(sanitizeLogs(line), `${sanitizer.name}.`)).filter(({ what }) => !known.has(what));
  for (const { what } of reports) known.add(what);
  return { did, faults: [...reports, ...faults] };
}

/**
 * Checks a line's C++ with the compiler's sanitizers: the registry of shared sockets by
 * itself, then inside a binary.
 * @throws UserError if anything was found
 */
export async function sanitize(line: Line, base: BaseRecord): Promise<void> {
  // The reports of an earlier run must not be counted.
  await rm(sanitizeLogs(line), { recursive: true, force: true });
  await mkdir(sanitizeLogs(line), { recursive: true });
  let faults = 0;
  for (const sanitizer of [asan, tsan]) {
    const { name, title } = sanitizer;
    faults += await part(`registry ${line.name}, ${title}`, () => registry(line, sanitizer));
    const { node } = await step(`build node-${name} ${line.name}`, () => buildSanitized(line, base, sanitizer));
    await step(`faults ${line.name}, ${title}`, () => requireReports(node, sanitizer, sanitizeLogs(line)));
    const known = new Set<string>();
    for (const [what, work] of Object.entries({ 'threads': stress, 'our tests': tests })) {
      faults += await part(`${what} ${line.name}, ${title}`,
                           () => watched(line, sanitizer, known, () => work(line, node, sanitizer)));
    }
  }
  if (faults > 0) throw new UserError(`the sanitizers found ${faults} faults on ${line.name}`, 'each is named above, with its log');
}
