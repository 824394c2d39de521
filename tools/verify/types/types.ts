import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fewAtATime } from '../../core/abreast.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, root } from '../../core/paths.ts';
import { say, step } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { type Tally, total } from '../../core/tally.ts';
import { type Block, blocksOf, checkBlocks, runBlock } from './blocks.ts';
import { compareTypes, type Fault, withoutKnown } from './compare.ts';
import { constantFaults } from './constants.ts';
import { declared } from './declared.ts';
import { type Mutation, mutations } from './mutations.ts';
import { checkPackage, pack, unpack } from './package.ts';
import { Compiler, faultsOf, type Overlay, STRICT } from './program.ts';
import { type Runtime, runtimeOf } from './runtime.ts';
import { type Major, MAJORS, stage, stagedPackage, typings } from './stage.ts';

type Result = Tally & { readonly did: string };

/** The TypeScript packages that the declarations must work with, the oldest first. */
const COMPILERS = ['typescript-5.4', 'typescript-5.9', 'typescript', 'typescript-7'] as const;

/** How many programs may run at a time. */
const AT_ONCE = 2;

const work = path.join(out, 'types');
const cell = (major: Major) => path.join(work, `node-${major}`);

/** The type tests, in a staged folder. */
const TESTS = ['api.mts', 'import.mts', 'require.cts', 'existing.mts'] as const;
/** The one that must compile without the package, too. */
const EXISTING = 'existing.mts' satisfies typeof TESTS[number];
const testsIn = (folder: string) => TESTS.map((name) => path.join(folder, 'test', name));

/** Counts what passes, and prints what does not. */
class Count {
  #passed = 0;
  #failed = 0;

  add(name: string, faults: readonly string[]): void {
    if (faults.length === 0) {
      this.#passed++;
      return;
    }
    this.#failed++;
    say(`FAILED ${name}`);
    for (const fault of faults) say(`  ${fault.replaceAll('\n', '\n    ')}`);
  }

  get result(): Result {
    const [passed, failed] = [this.#passed, this.#failed];
    return { did: `${passed} of ${passed + failed} passed`, passed, failed };
  }
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The errors in a compiler's output, each with the lines that explain it. */
export function errorsIn(output: string): readonly string[] {
  return output.trim().split(/\n(?! )/).filter((error) => error !== '');
}

/**
 * The errors of a compiler in a staged folder, without those in @types/node alone:
 * version 26 does not support TypeScript 5.4.
 */
async function compile(compiler: string, folder: string): Promise<readonly string[]> {
  const tsc = path.join(root, 'node_modules', compiler, 'bin', 'tsc');
  const errors = async (project: string) => {
    const args = [tsc, '-p', project, '--pretty', 'false'];
    const { code, stdout, stderr } = await run(process.execPath, args, { accept: 'any', cwd: folder });
    return code === 0 ? [] : errorsIn(`${stdout}${stderr}`);
  };
  const all = await errors('tsconfig.json');
  if (all.length === 0) return all;
  const alone = await errors('alone.json');
  return all.filter((error) => !alone.includes(error));
}

/**
 * Compiles the declarations and the type tests with each combination of @types/node and
 * TypeScript.
 */
async function matrix(here: Compiler): Promise<Result> {
  const count = new Count();
  for (const major of MAJORS) {
    const existing = path.join(cell(major), 'test', EXISTING);
    const program = here.program(cell(major), [existing], new Map(), { ...STRICT, types: ['node'] });
    count.add(`${EXISTING} with @types/node ${await versionOf(`types-node-${major}`)} alone`, faultsOf(program));
  }
  const cells = MAJORS.flatMap((major) => COMPILERS.map((compiler) => ({ major, compiler })));
  await fewAtATime(cells, AT_ONCE, async ({ major, compiler }) => {
    const name = `@types/node ${await versionOf(`types-node-${major}`)}, TypeScript ${await versionOf(compiler)}`;
    count.add(name, await compile(compiler, cell(major)));
  });
  return count.result;
}

/** The major of @types/node that matches a line, or the closest older one. */
function majorOf(line: Line): Major {
  return MAJORS.findLast((each) => each <= line.base.major) ?? MAJORS[0];
}

const texts = (faults: readonly Fault[]) => faults.map(({ what, why }) => `${what}: ${why}`);

/** All faults that the comparison finds in the declarations on a line. */
function faultsOn(line: Line, compiler: Compiler, runtime: Runtime, overlay?: Overlay): readonly Fault[] {
  const found = declared(compiler, cell(majorOf(line)), overlay);
  const faults = [...withoutKnown(line.name, compareTypes(found, runtime)), ...constantFaults(found)];
  return [...new Map(faults.map((fault) => [fault.what, fault])).values()];
}

function comparison(line: Line, compiler: Compiler, runtime: Runtime): Result {
  const found = declared(compiler, cell(majorOf(line)));
  const count = new Count();
  const faults = faultsOn(line, compiler, runtime);
  // Every claim was compared. A fault need not be about a claim.
  const named = new Set(faults.map(({ what }) => what));
  for (const { owner, name } of found.claims) {
    const what = owner === 'net.SocketConstants' ? `net.constants.${name}` : `${owner}#${name}`;
    if (!named.has(what)) count.add(what, []);
  }
  for (const fault of faults) count.add(fault.what, texts([fault]));
  return count.result;
}

/** Checks that a mutation is detected by what should detect it, and by nothing unrelated. */
function missed(mutation: Mutation, line: Line, compiler: Compiler, runtime: Runtime): readonly string[] {
  const folder = cell(majorOf(line));
  const overlay = new Map([[path.join(stagedPackage(folder), mutation.file), mutation.text]]);
  if (mutation.found === undefined) {
    return faultsOf(compiler.program(folder, testsIn(folder), overlay)).length > 0 ? [] : ['no type test found it'];
  }
  const faults = faultsOn(line, compiler, runtime, overlay);
  const others = faults.filter(({ what }) => what !== mutation.found);
  return [
    ...faults.length > others.length ? [] : [`the comparison did not find ${mutation.found}`],
    ...texts(others).map((text) => `the comparison found ${text}`),
  ];
}

function mutationTests(lines: readonly Line[], compiler: Compiler, runtimes: ReadonlyMap<Line, Runtime>): Result {
  const count = new Count();
  // A type test that fails anyway would detect every mutation.
  for (const folder of new Set(lines.map((line) => cell(majorOf(line))))) {
    count.add(`no mutation, ${path.basename(folder)}`, faultsOf(compiler.program(folder, testsIn(folder))));
  }
  for (const mutation of mutations()) {
    // If a newer @types/node declares the same, leaving it out is not a fault.
    const line = lines.find((each) => mutation.major === undefined || majorOf(each) === mutation.major);
    if (line !== undefined) count.add(mutation.name, missed(mutation, line, compiler, runtimes.get(line)!));
  }
  return count.result;
}

async function blocks(line: Line, compiler: Compiler): Promise<Result> {
  const count = new Count();
  const found = await blocksOf(line);
  const faults = new Map<Block, string[]>(found.map((block) => [block, []]));
  for (const { block, why } of checkBlocks(compiler, cell(majorOf(line)), found)) faults.get(block)!.push(why);
  await fewAtATime(found, AT_ONCE, async (block, index) => {
    const fault = await runBlock(line, path.join(work, line.name, `block-${index}`), block);
    if (fault !== undefined) faults.get(block)!.push(fault.why);
  });
  for (const [block, why] of faults) count.add(block.where, why);
  return count.result;
}

/**
 * Verifies the package of declarations: packs it and checks the result, compiles it in
 * all combinations, compares it with each line's binary, checks that this comparison
 * detects mutations, and runs the code in the documents.
 * @param lines the lines whose binaries are built
 */
export async function types(lines: readonly Line[]): Promise<Result> {
  const compiler = new Compiler();
  const results: Result[] = [];
  const count = async (name: string, task: () => Promise<Result> | Result) => {
    results.push(await step(name, async () => task()));
  };
  await mkdir(work, { recursive: true });
  const packed = await pack(path.join(work, 'pack'));
  for (const major of MAJORS) {
    await stage(cell(major), major);
    await unpack(packed.tarball, cell(major));
    await cp(path.join(typings, 'test'), path.join(cell(major), 'test'), { recursive: true });
    const settings = { compilerOptions: STRICT, files: testsIn('.') };
    await writeFile(path.join(cell(major), 'tsconfig.json'), JSON.stringify(settings));
    const alone = { compilerOptions: { ...STRICT, types: ['node'] }, files: ['alone.mts'] };
    await writeFile(path.join(cell(major), 'alone.json'), JSON.stringify(alone));
    await writeFile(path.join(cell(major), 'alone.mts'), 'export {};\n');
  }
  await count('the package', async () => {
    const checks = new Count();
    const { node } = linePaths(lines[0]!.name);
    for await (const { name, faults } of checkPackage(work, packed, node)) checks.add(name, faults);
    return checks.result;
  });
  await count('declarations in every project', () => matrix(compiler));
  const runtimes = new Map<Line, Runtime>();
  for (const line of lines) {
    const runtime = await runtimeOf(line.name);
    runtimes.set(line, runtime);
    await count(`declarations of ${line.name}`, () => comparison(line, compiler, runtime));
  }
  await count('mutations of the declarations', () => mutationTests(lines, compiler, runtimes));
  for (const line of lines) await count(`code of the documents on ${line.name}`, () => blocks(line, compiler));
  const { passed, failed } = total(results);
  return { did: `${passed} of ${passed + failed} passed`, passed, failed };
}
