import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Unit } from '../../build/relink-graph.ts';
import { fewAtATime } from '../../core/abreast.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths } from '../../core/paths.ts';
import { remove } from '../../core/remove.ts';
import { say } from '../../core/report.ts';
import { inTemporary } from '../../core/temporary.ts';
import { TASKS } from '../test-runner.ts';
import { interruptible, refuseToGoOn } from './changed.ts';
import { linesIn, rangesOf, Variant } from './native.ts';
import { type Reach, readReach } from './reach.ts';
import { type Program, runTrial } from './trial.ts';

/** How long a test may take without a change, in milliseconds. */
const PATIENCE = 120_000;

/** A line's own files, with their texts in the fork tree. */
export type Texts = ReadonlyMap<string, string>;

export const isScript = (file: string): boolean => /^lib\/.*\.js$/.test(file);
export const isUnit = (file: string): boolean => /^src\/.*\.cc$/.test(file);

/** Where the lib/ is that the binary in the same folder loads, in place of the one inside it. */
const looseOf = (line: Line): string => path.join(linePaths(line.name).dir, 'mutate');

export const looseFile = (line: Line, file: string): string => path.join(looseOf(line), file);

/** The line's binary, except that it loads lib/ from a folder. Nothing is built for a change there. */
export const loose = (line: Line): Program => ({ command: path.join(looseOf(line), 'node'), env: {} });

/** Copies lib/ to where that binary loads it from. */
export async function layLib(line: Line): Promise<void> {
  const { tree } = linePaths(line.name);
  const folder = looseOf(line);
  await mkdir(folder, { recursive: true });
  await remove(path.join(folder, 'lib'));
  await cp(path.join(tree, 'lib'), path.join(folder, 'lib'), { recursive: true });
  await remove(path.join(folder, 'deps'));
  await symlink(path.join(tree, 'deps'), path.join(folder, 'deps'));
}

/** Builds the binary that loads lib/ from a folder. */
async function buildLoose(line: Line, units: readonly Unit[]): Promise<void> {
  const folder = looseOf(line);
  const variant = new Variant(line, units, folder, `'-DNODE_BUILTIN_MODULES_PATH="${folder}"'`);
  const loader = 'src/node_builtins.cc';
  await variant.compile(loader);
  await variant.link([loader]);
}

/** How long tests take without a change, in milliseconds. */
export type Times = Readonly<Record<string, number>>;

/** What is known of the tests before anything is changed. */
export interface Ground {
  readonly key: string;
  /** The tests that pass. */
  readonly took: Times;
  readonly reach: Reach;
}

export const fileOf = (line: Line, name: string): string => path.join(linePaths(line.name).tree, 'test', `${name}.js`);

/** Builds the binary that loads lib/ from a folder, and runs the tests with it. */
export async function survey(
  line: Line,
  key: string,
  tests: readonly string[],
  code: Texts,
  units: readonly Unit[],
): Promise<Ground & { did: string }> {
  return interruptible(() => inTemporary('bindery-mutate-', async (temp) => {
    await buildLoose(line, units);
    const coverage = path.join(temp, 'coverage');
    const took: Record<string, number> = {};
    const run = async (name: string, env: Program['env']) => {
      refuseToGoOn();
      const trial = { name, file: fileOf(line, name), limit: PATIENCE };
      const ended = await runTrial({ ...loose(line), env }, trial, temp);
      if (ended.outcome === 'pass') took[name] = Math.round(ended.took);
    };
    await fewAtATime(tests, TASKS, async (name, index) => {
      await run(name, { NODE_V8_COVERAGE: coverage });
      if (index % 25 === 24) say(`${index + 1} of ${tests.length} tests`);
    });
    for (const name of tests.filter((test) => took[test] === undefined)) {
      await run(name, {});
      if (took[name] === undefined) say(`left out, it fails without a change: ${name}`);
    }
    const reach = await readReach(coverage, [...code.keys()].filter(isScript));
    return { key, took, reach, did: `${Object.keys(took).length} of ${tests.length} tests pass` };
  }));
}

/** What is known of the tests and our own src/. */
export interface NativeGround {
  readonly key: string;
  readonly reach: Reach;
}

/** Runs the tests in a binary in which the compiler has our own src/ count its lines. */
export async function surveyNative(
  line: Line,
  key: string,
  tests: readonly string[],
  code: Texts,
  units: readonly Unit[],
): Promise<NativeGround & { did: string }> {
  return interruptible(() => inTemporary('bindery-mutate-', async (temp) => {
    const objects = path.join(temp, 'objects');
    const variant = new Variant(line, units, objects, '--coverage');
    const files = [...code.keys()].filter(isUnit);
    for (const file of files) {
      refuseToGoOn();
      await variant.compile(file);
      say(`compiled ${file}`);
    }
    const command = await variant.link(files);
    const reach = Object.fromEntries(files.map((file) => [file, [] as Array<readonly [string, number, number]>]));
    await fewAtATime(tests, TASKS, async (name, index) => {
      refuseToGoOn();
      const counts = path.join(temp, `counts-${index}`);
      const trial = { name, file: fileOf(line, name), limit: PATIENCE };
      await runTrial({ command, env: { GCOV_PREFIX: counts } }, trial, temp);
      for (const [file, lines] of await linesIn(counts, objects)) {
        reach[file]?.push(...rangesOf(code.get(file)!, lines).map(([from, to]) => [name, from, to] as const));
      }
      await remove(counts);
      if (index % 25 === 24) say(`${index + 1} of ${tests.length} tests`);
    });
    return { key, reach, did: `${new Set(Object.values(reach).flat().map(([test]) => test)).size} tests reach it` };
  }));
}
