// verify: everything that can fail because of what we wrote.
// In: binaries and fork trees of the lines, official binaries, and the project's own files.
// Out: counts of tests, the last line of which sums them up; an error where one failed.
import type { BaseRecord } from '../base/base.ts';
import { apply, node, onEach } from '../build/commands.ts';
import { chooseLine, isGit, isLinked, type Line, namedLines } from '../core/lines.ts';
import { isEmulated, linePaths } from '../core/paths.ts';
import { step } from '../core/report.ts';
import { ensure, lintNeeds, testNeeds } from '../core/system.ts';
import { conclude, type Tally } from '../core/tally.ts';
import { check as checkOver } from './check/check.ts';
import { fuzz as fuzzCalls } from './fuzz/fuzz.ts';
import { buildFuzzer, fuzzNative as fuzzCpp, fuzzNeeds, requireFound } from './fuzz/native.ts';
import { lint as runLinters } from './lint.ts';
import { mutate as leaveOut } from './mutate/hooks.ts';
import { nodeSuites } from './node-suites.ts';
import { sanitize as lookAt } from './sanitize/sanitize.ts';
import { requireFixedAddresses } from './sanitize/sanitizers.ts';
import { soak as soakFor } from './soak/soak.ts';
import { test as testAll, unitTests } from './suites.ts';

/** The number that a variable of the environment has, or another where it is not set. */
const number = (name: string, fallback: number): number => Number(process.env[name] || fallback);

/**
 * The checks over official binaries. Our tests take test/common from the line's own tree,
 * or from the default line's if there is no source of the line here.
 */
function checks(lines: readonly Line[], newest: boolean): ReadonlyArray<() => Promise<Tally>> {
  return lines.map((line) => async () => {
    const source = isLinked(line) ? line : chooseLine(undefined);
    await apply(source);
    return checkOver(line, linePaths(source.name).tree, newest);
  });
}

/** The check of the declarations against the binaries of those lines. */
async function typings(lines: readonly Line[]): Promise<ReadonlyArray<() => Promise<Tally>>> {
  if (lines.length === 0) return [];
  // The compilers are not installed where only a binary is built.
  const { types } = await import('./types/types.ts');
  return [() => step('types', () => types(lines))];
}

/** Runs every test, of every line or of the one that is named. */
export async function test(): Promise<void> {
  await step('packages', () => ensure(testNeeds));
  const built: Array<{ readonly line: Line; readonly base: BaseRecord }> = [];
  for (const line of namedLines().filter(isLinked)) built.push({ line, base: await node(line) });
  if (isEmulated) return testAll(built, []);
  const declarations = await typings(built.map(({ line }) => line));
  await testAll(built, [...declarations, ...checks(namedLines().filter(isGit), false)]);
}

/** Runs the tools' own tests. */
export const unit = () => conclude([() => step('unit tests', unitTests)]);

/** Runs every linter. */
export async function lint(line: Line): Promise<void> {
  await apply(line);
  await step('packages', () => ensure(lintNeeds));
  await step('lint', () => runLinters(line));
}

/** Compares the declarations in typings/ with the binaries. */
export async function types(): Promise<void> {
  const lines = namedLines().filter(isLinked);
  for (const line of lines) await node(line);
  await conclude(await typings(lines));
}

/** Tries the hooks of lib/ over official binaries. */
export const check = async () => conclude(checks(namedLines(), true));

/** Runs upstream's whole suites. */
export const suites = () => onEach('suites', testNeeds, nodeSuites);

/** Leaves out one hook after the other, or makes single changes to our own files. */
export async function mutate(line: Line): Promise<void> {
  const own = process.env['OWN'];
  const base = await node(line);
  if (own) {
    // What makes the changes is not installed where only a binary is built.
    const { mutateOwn } = await import('./mutate/own.ts');
    const choice = { own, seed: number('SEED', 1), sample: number('SAMPLE', 200), minutes: number('MINUTES', 60) };
    await step(`mutate ${line.name}`, () => mutateOwn(line, base, choice));
    return;
  }
  await step(`mutate ${line.name}`, () => leaveOut(line, base, process.env['ONLY'] || undefined));
}

/** Calls everything with hostile values. */
export async function fuzz(line: Line): Promise<void> {
  await node(line);
  const options = { calls: number('CALLS', 1e6), seed: number('SEED', 1), batch: number('BATCH', 0) };
  await conclude([() => step(`fuzz ${line.name}`, () => fuzzCalls(line, options))]);
}

/** Lets libFuzzer loose on what our C++ takes from JavaScript. */
export async function fuzzNative(line: Line): Promise<void> {
  await requireFixedAddresses();
  await step('packages', () => ensure(fuzzNeeds));
  const base = await node(line);
  const seed = number('SEED', 1);
  const built = await step(`fuzzer ${line.name}`, () => buildFuzzer(line, base));
  await step(`control ${line.name}`, () => requireFound(line, built.node, seed));
  const options = { seconds: number('SECS', 300), seed };
  await conclude([() => step(`fuzz-native ${line.name}`, () => fuzzCpp(line, built.node, options))]);
}

/** Runs random programs over the whole API. */
export async function soak(line: Line): Promise<void> {
  await node(line);
  const options = { seconds: 60 * number('MINUTES', 5), seed: number('SEED', 1), episode: number('EPISODE', 0) };
  await conclude([() => step(`soak ${line.name}`, () => soakFor(line, options))]);
}

/** Runs our C++ under the sanitizers. */
export async function sanitize(line: Line): Promise<void> {
  await requireFixedAddresses();
  const base = await node(line);
  await lookAt(line, base);
}
