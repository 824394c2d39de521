import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { check } from '../../build/binary.ts';
import { build, relink } from '../../build/relink.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths } from '../../core/paths.ts';
import { isTest, proposalsOn } from '../../core/proposals.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { say, step } from '../../core/report.ts';
import { listing } from '../../core/table.ts';
import { landing } from '../../fork/apply.ts';
import { type Change, type Hook, hooksOn } from '../../fork/hooks.ts';
import { runTests, testName } from '../test-runner.ts';
import { refuseToGoOn, whileChanged } from './changed.ts';

/** A test on a line, and the proposal that it belongs to. */
interface OwnTest {
  readonly name: string;
  readonly proposal: string;
}

/** What is known about a hook: what fails without it, or null if nothing does. */
interface Finding {
  readonly hook: string;
  readonly missedBy: string | null;
}

type Findings = Record<string, Finding>;

/** The time limit in seconds for a test without a hook: some then wait forever. */
const LIMIT = 30;

/** How many tests run before the results are checked. */
const BATCH = 12;

/** Build failures that say nothing about the hook that is left out. */
const UNRELATED = /^the disk that holds |it printed nothing|ended by SIG|interrupted by user/;

/** The name of a hook: `one lib/net.js:130`. */
export function nameOf({ proposal, file, at }: Hook): string {
  return `${proposal} ${file}:${at}`;
}

/** Why no test can miss a hook, or undefined if one must. */
export function exemption({ file, removed, added }: Change): string | undefined {
  if (/^(tools\/doc|doc)\//.test(file)) return 'documentation, which no test reads';
  const header = (text: string) => /^\s*'[^']+\.h',$/.test(text);
  if (file === 'node.gyp' && [...removed, ...added].every(header)) return 'a list of headers, which no build reads';
  return undefined;
}

/**
 * The text of a file in the fork tree with one hook left out. Later proposals may have
 * moved it, but not changed it.
 * @returns undefined if its lines are not there
 */
export function textWithout(text: string, { at, removed, added }: Change): string | undefined {
  const lines = text.split('\n');
  const places = [...lines.keys()].filter((place) => added.every((line, index) => lines[place + index] === line));
  const [place] = places.sort((a, b) => Math.abs(a + 1 - at) - Math.abs(b + 1 - at));
  if (place === undefined || added.length === 0) return undefined;
  return [...lines.slice(0, place), ...removed, ...lines.slice(place + added.length)].join('\n');
}

/** The tests, those first that are most likely to miss a hook. */
export function ordered({ proposal, file }: Hook, tests: readonly OwnTest[]): readonly string[] {
  const words = path.basename(file).split(/[._]/).slice(0, -1).filter((word) => word !== '' && word !== 'wrap');
  const score = (test: OwnTest) =>
    (test.proposal === proposal ? 10 : 0) + words.filter((word) => test.name.split(/[/-]/).includes(word)).length;
  return [...tests].sort((a, b) => score(b) - score(a)).map(({ name }) => name);
}

function testsOf(line: Line): readonly OwnTest[] {
  return proposalsOn(line).flatMap(({ proposal, owns }) => owns
    .filter(isTest)
    .map((file) => ({ name: testName(landing(file)), proposal: proposal.name })));
}

/** A hash of the files that the proposals own, as they are in the fork tree. */
async function ownedHash(line: Line): Promise<string> {
  const hash = createHash('sha256');
  for (const file of proposalsOn(line).flatMap(({ owns }) => owns.map(landing))) {
    hash.update(`${file}\0`).update(await readFile(path.join(linePaths(line.name).tree, file))).update('\0');
  }
  return hash.digest('hex');
}

/** The first of some tests that fails, and fails again when run alone. */
async function firstFailure(line: Line, node: string, tests: readonly string[]): Promise<string | undefined> {
  for (let from = 0; from < tests.length; from += BATCH) {
    refuseToGoOn();
    const batch = tests.slice(from, from + BATCH);
    const results = await runTests(line, node, batch, 'mutate-tests.log', LIMIT);
    const failed = new Set(results.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name));
    for (const name of batch.filter((test) => failed.has(test))) {
      const [alone] = await runTests(line, node, [name], 'mutate-alone.log', LIMIT);
      if (alone?.outcome === 'fail') return name;
      say(`passed only when run alone: ${name}`);
    }
  }
  return undefined;
}

/** Builds the fork tree as it is. Resolves to the binary, or to why there is none that starts. */
async function tryBuild(line: Line, base: BaseRecord): Promise<{ node: string } | { failed: string }> {
  try {
    const { built } = await build(line, base);
    await check(built, base);
    return { node: built };
  } catch (error) {
    if (!(error instanceof UserError) || UNRELATED.test(error.message)) throw error;
    // The next build overwrites the log that the message names.
    return { failed: error.message.replace(/ \(log: .*\)$/, '') };
  }
}

/** What fails in the fork tree as it is: the build, a test, or nothing. */
async function firstMiss(line: Line, base: BaseRecord, tests: readonly string[]): Promise<string | null> {
  const outcome = await tryBuild(line, base);
  if ('failed' in outcome) return `the build: ${outcome.failed}`;
  return await firstFailure(line, outcome.node, tests) ?? null;
}

/** Nothing may fail while every hook is present. */
async function requireSound(line: Line, base: BaseRecord, tests: readonly OwnTest[]): Promise<{ did: string }> {
  const miss = await firstMiss(line, base, tests.map(({ name }) => name));
  if (miss !== null) {
    throw new UserError(`with every hook in it, the fork tree of ${line.name} fails: ${miss}`,
                        'make `make test` pass, then run again');
  }
  return { did: `${tests.length} tests pass` };
}

/** A hook as it is in the fork tree, and the key of its recorded result. */
interface Mutant {
  readonly hook: Hook;
  readonly text: string;
  readonly key: string;
}

async function mutantOf(line: Line, base: BaseRecord, hook: Hook, owned: string): Promise<Mutant> {
  const file = path.join(linePaths(line.name).tree, hook.file);
  const text = textWithout(await readFile(file, 'utf8'), hook);
  if (text === undefined) {
    throw new UserError(`the fork tree has no lines that are those of the hook ${nameOf(hook)}`,
                        'run `make apply`; a hook that only removes lines, or that another proposal changes, cannot be tried');
  }
  const key = createHash('sha256').update(JSON.stringify([base.commit, hook.file, text, owned])).digest('hex');
  return { hook, text, key };
}

function hooksToTry(line: Line, only: string | undefined): readonly Hook[] {
  const hooks = hooksOn(line.name).filter(({ proposal }) => only === undefined || proposal === only);
  if (hooks.length > 0) return hooks;
  throw new UserError(`${only ?? 'no proposal'} has no hooks on ${line.name}`,
                      `use ONLY=${[...new Set(hooksOn(line.name).map(({ proposal }) => proposal))].join(' or ONLY=')}`);
}

/**
 * Leaves out each hook of a line in turn, builds, and runs the proposals' own tests until
 * one fails. The results are kept, so that an interrupted run continues where it stopped.
 * @param only the proposal whose hooks are tried; all of them if it is not given
 * @throws UserError naming the hooks that no test misses
 */
export async function mutate(line: Line, base: BaseRecord, only?: string): Promise<{ did: string }> {
  const { dir, tree } = linePaths(line.name);
  const file = path.join(dir, 'mutate.json');
  const findings = await readRecord<Findings>(file, '`make mutate`') ?? {};
  const hooks = hooksToTry(line, only);
  const owned = await ownedHash(line);
  const mutants = await Promise.all(hooks
    .filter((hook) => exemption(hook) === undefined)
    .map((hook) => mutantOf(line, base, hook, owned)));
  const unknown = mutants.filter(({ key }) => findings[key] === undefined);
  const tests = testsOf(line);
  if (unknown.length > 0) await step('with every hook', () => requireSound(line, base, tests));
  for (const [index, { hook, text, key }] of unknown.entries()) {
    await step(`${index + 1} of ${unknown.length}: without ${nameOf(hook)}`, async () => {
      const missedBy = await whileChanged(path.join(tree, hook.file), text,
                                          () => firstMiss(line, base, ordered(hook, tests)));
      findings[key] = { hook: nameOf(hook), missedBy };
      await writeRecord(file, findings);
      return { did: missedBy ?? 'MISSED BY NO TEST' };
    });
  }
  // The build folder still has the result without the last hook.
  if (unknown.length > 0) await step(`build ${line.name}`, () => relink(line, base));
  const found = new Map(mutants.map(({ hook, key }) => [hook, findings[key]!.missedBy]));
  return conclude(hooks, found);
}

/** Prints what misses each hook. */
function conclude(hooks: readonly Hook[], found: ReadonlyMap<Hook, string | null>): { did: string } {
  const row = (hook: Hook) => {
    const exempt = exemption(hook);
    const missedBy = exempt === undefined ? found.get(hook) ?? 'NOTHING' : `exempt: ${exempt}`;
    return [nameOf(hook), (hook.added[0] ?? '').trim().slice(0, 40), missedBy];
  };
  process.stdout.write(listing([['hook', 'begins with', 'missed by'], ...hooks.map(row)]));
  const unmissed = hooks.filter((hook) => found.get(hook) === null);
  if (unmissed.length > 0) {
    throw new UserError(`nothing fails without ${unmissed.length} of ${hooks.length} hooks: ${unmissed.map(nameOf).join(', ')}`,
                        'write a test that does, or take the hook out');
  }
  return { did: `${found.size} hooks are missed, ${hooks.length - found.size} exempt` };
}
