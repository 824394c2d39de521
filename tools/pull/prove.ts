import { createHash } from 'node:crypto';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { unpatched, unpatchedNode } from '../build/unpatched.ts';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line, type LinkedLine } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { isTest, type Placed } from '../core/proposals.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import { counted, say, step } from '../core/report.ts';
import { run } from '../core/run.ts';
import { compare, type TestResult } from '../core/tap.ts';
import { landing, pageOf } from '../fork/apply.ts';
import { checkPages, pagesOf } from '../publish/doc/doc.ts';
import { testName, testsOf, twice } from '../verify/test-runner.ts';
import { benchBranch } from './bench.ts';
import { type Branch, hookedBy } from './branch.ts';
import { hookFaults } from './lint.ts';
import { buildBranch, type Stand, standOf } from './stand.ts';
import { testsAbout, topicsOf } from './topics.ts';

/** What was found out about a branch. */
export interface Proof {
  /** What is true of it, as items of a list. */
  readonly facts: readonly string[];
  readonly faults: readonly string[];
  /** How many of its own tests passed, and of upstream's, if it was built. */
  readonly own?: number;
  readonly upstream?: number;
  readonly seconds: number;
  /** What its benchmarks have shown, if they were run. */
  readonly bench?: string;
}

/** Finds out about a branch. */
export type Prover = (branch: Branch, placed: Placed) => Promise<Proof>;

/** What one part of the proof adds to it. */
interface Part {
  readonly did: string;
  readonly faults: readonly string[];
  /** How many tests passed. */
  readonly passed: number;
}

/** Modules that must load because they are made of what proposals change. */
const MODULES = ['net', 'dgram', 'http', 'https', 'tls', 'http2', 'cluster', 'worker_threads', 'child_process'];

const part = (did: string, faults: readonly string[] = [], passed = 0): Part => ({ did, faults, passed });

const said = (what: string, names: readonly string[]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`]);

const count = (results: readonly TestResult[], outcome: TestResult['outcome']) =>
  results.filter((test) => test.outcome === outcome).length;

/** The proposal's own tests, with the branch's binary. */
async function ownTests({ bare }: Stand, { owns }: Placed): Promise<Part> {
  const tests = owns.filter(isTest).map((file) => testName(landing(file)));
  if (tests.length === 0) return part('it has no tests of its own');
  const results = await twice(bare, linePaths(bare.name).node, tests, 'pr-own');
  const failed = results.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name);
  const passed = count(results, 'pass');
  const did = `${passed} of its ${results.length} tests passed, ${count(results, 'skip')} skipped`;
  return part(did, said('its tests fail', failed), passed);
}

/**
 * Upstream's tests of the files that the proposal changes, with the branch's binary. What
 * fails is run again with the base's.
 */
async function upstreamTests({ bare, own }: Stand, line: Line, base: BaseRecord, branch: Branch): Promise<Part> {
  const topics = topicsOf(await hookedBy(branch));
  if (topics.length === 0) return part('it changes no file that upstream has tests of by name');
  const { tree, node } = linePaths(bare.name);
  const ours = await twice(bare, node, await testsOf(tree, own.commit, testsAbout(topics)), 'pr-upstream');
  const failed = ours.filter(({ name, outcome }) => outcome === 'fail' && line.differs?.[name] === undefined);
  const alone = failed.length === 0 ? [] : await (async () => {
    const old = await unpatched(line, base);
    return twice(old, unpatchedNode(old), failed.map(({ name }) => name), 'pr-base');
  })();
  const { failures } = compare(failed, alone);
  const passed = count(ours, 'pass');
  const did = `${passed} of upstream's ${ours.length} tests of ${topics.join(', ')} passed, ${count(ours, 'skip')} skipped, ` +
    `${count(ours, 'fail') - failures.length} fail with the base as well`;
  return part(did, said('tests of upstream\'s fail', failures), passed);
}

/** The pages of the manual that the proposal changes. */
async function pages({ bare, own }: Stand, { docs }: Placed): Promise<Part> {
  if (docs.length === 0) return part('it changes no page of the manual');
  const { faults } = await checkPages(bare, own, await pagesOf(bare, own, docs));
  const names = [...new Set(docs.map((doc) => path.basename(pageOf(doc))))];
  return part(`the pages ${names.join(', ')} render, without broken links and unknown types`, faults);
}

async function built(stand: Stand, branch: Branch): Promise<Part> {
  const { units } = await buildBranch(stand, branch);
  await run(linePaths(stand.bare.name).node, ['-e', `for (const name of ${JSON.stringify(MODULES)}) require(name)`], {
    todo: `see what its modules lack in ${linePaths(stand.bare.name).tree}`,
    cause: (output) => /^\w*Error\b.*$/m.exec(output)?.[0],
  });
  return part(`it compiles (${counted(units, 'unit')}) and loads`);
}

async function hooks(line: Line, base: BaseRecord, branch: Branch): Promise<Part> {
  const faults = await hookFaults(line, base, branch);
  for (const fault of faults) say(fault);
  return part(`linters find ${faults.length === 0 ? 'nothing in its files and' : `${counted(faults.length, 'fault')} in`} its hooks`, faults);
}

/**
 * Lints what a branch changes of upstream's files. Where there is a library to link with, the
 * branch is then built alone and tried.
 */
async function prove(line: Line, base: BaseRecord, branch: Branch, placed: Placed): Promise<Proof> {
  const from = performance.now();
  const { name } = branch;
  const parts = [await step(`hooks ${name}`, () => hooks(line, base, branch))];
  const counts: { own?: number; upstream?: number } = {};
  if (isBuilt(line, base)) {
    const stand = await standOf(line, base);
    const tried = [
      await step(`build ${name}`, () => built(stand, branch)),
      await step(`its tests ${name}`, () => ownTests(stand, placed)),
      await step(`upstream's tests ${name}`, () => upstreamTests(stand, line, base, branch)),
      await step(`pages ${name}`, () => pages(stand, placed)),
    ] as const;
    parts.push(...tried);
    Object.assign(counts, { own: tried[1].passed, upstream: tried[2].passed });
  } else {
    parts.push(part(`it was not built: there is no library of ${base.onto ?? line.name} to link it with`));
  }
  return {
    facts: parts.map(({ did }) => did),
    faults: parts.flatMap(({ faults }) => faults),
    ...counts,
    seconds: Math.round((performance.now() - from) / 1000),
  };
}

/** Whether there is a library to link branches with. */
const isBuilt = (line: Line, base: BaseRecord): line is LinkedLine => isLinked(line) && base.onto === undefined;

/** What identifies a proof: the branch's tree and that below, and what of it is the proposal's. */
async function keyOf({ repository, commit }: Branch, { owns, docs }: Placed, base: BaseRecord): Promise<string> {
  const trees = await repository.git(['rev-parse', `${commit}^{tree}`, `${commit}^^{tree}`]);
  return createHash('sha256').update(JSON.stringify([trees, base.sysroot, owns, docs])).digest('hex');
}

/**
 * Proves branches of a line. A proof without a fault is kept, and holds as long as the branch
 * has the same tree. With BENCH, the branch is compared with its base as well.
 */
export function proverOf(line: Line, base: BaseRecord): Prover {
  const file = path.join(linePaths(line.name).dir, 'pr', 'proofs.json');
  return async (branch, placed) => {
    const known = await readRecord<Record<string, Proof>>(file, '`make pr`') ?? {};
    const key = await keyOf(branch, placed, base);
    const found = known[key] ?? await prove(line, base, branch, placed);
    if (found.faults.length > 0) return found;
    const bench = process.env['BENCH'] && isBuilt(line, base) ? await benchBranch(await standOf(line, base), line, base, branch) : undefined;
    const proof = bench === undefined ? found : { ...found, bench };
    if (proof !== known[key]) await writeRecord(file, { ...known, [key]: proof });
    return proof;
  };
}

/** @throws UserError with everything that is wrong with a branch */
export function requireProved({ faults }: Proof, name: string, line: Line): void {
  if (faults.length === 0) return;
  throw new UserError(`${name}: ${faults.join('; ')}`, `correct it in this project and run again (the branch is in ${shown(linePaths(`${line.name}-pr`).tree)} and its logs beside it)`);
}
