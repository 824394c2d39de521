import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { build } from '../../build/relink.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, root } from '../../core/paths.ts';
import { isTest, proposalsOn } from '../../core/proposals.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { counted, say, step } from '../../core/report.ts';
import { landing } from '../../fork/apply.ts';
import { hooksOn } from '../../fork/hooks.ts';
import { testName } from '../test-runner.ts';
import { readAccepted } from './accepted.ts';
import { cppMutations } from './cpp.ts';
import { isScript, isUnit, layLib, survey, surveyNative, type Texts } from './ground.ts';
import { javascriptMutations } from './javascript.ts';
import { type Mutant, mutantsOf } from './mutation.ts';
import { shuffled } from './order.ts';
import { reaching } from './reach.ts';
import { NO_PROGRAM, START_UP, Trials } from './trials.ts';

/** Which changes are tried. */
export interface Choice {
  /** What the paths of the files begin with, separated by commas: `lib,src/keep_alive.cc`. */
  readonly own: string;
  readonly seed: number;
  readonly sample: number;
  /** After this time no more are begun. */
  readonly minutes: number;
}

/** What is known about a change. It holds as long as the tests that it rests on are the same. */
interface Finding {
  readonly change: string;
  /** The test that fails, START_UP, NO_PROGRAM, or null if nothing fails. */
  readonly by: string | null;
  readonly restsOn: string;
}

/** A change that was tried, and what failed. */
interface Tried {
  readonly mutant: Mutant;
  readonly by: string | null;
  /** How many tests reach it. */
  readonly reached: number;
}

/** The share of the changes that must be caught. */
const AIM = 0.9;

const hashOf = (parts: Iterable<string>): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** A line's own files in the fork tree, with their texts. */
async function textsOn(line: Line, which: (file: string) => boolean): Promise<Texts> {
  const files = proposalsOn(line).flatMap(({ owns }) => owns).filter(which).map(landing);
  const { tree } = linePaths(line.name);
  const read = async (file: string) => [file, await readFile(path.join(tree, file), 'utf8')] as const;
  return new Map(await Promise.all(files.map(read)));
}

/**
 * Those of some files whose paths begin with what OWN says.
 * @throws UserError if none does
 */
export function chosenFiles(files: readonly string[], own: string): readonly string[] {
  const prefixes = own.split(',').filter((prefix) => prefix !== '');
  const stray = prefixes.find((prefix) => !files.some((file) => file.startsWith(prefix)));
  if (stray === undefined && prefixes.length > 0) {
    return files.filter((file) => prefixes.some((prefix) => file.startsWith(prefix)));
  }
  throw new UserError(`no file of ours that can be changed begins with ${stray ?? own}`,
                      'use OWN=lib, OWN=src, or a path such as OWN=lib/internal/keep_alive.js');
}

/** @throws UserError unless the numbers are some */
export function requireNumbers({ seed, sample, minutes }: Choice): void {
  const numbers = { SEED: seed, SAMPLE: sample, MINUTES: minutes };
  const odd = Object.entries(numbers).find(([, value]) => !(value > 0));
  if (odd !== undefined) throw new UserError(`${odd[0]} is no positive number`, `use ${odd[0]}=1, or leave it out`);
}

/** What was found before anything is changed, if it is still true, or what is found now. */
async function surveyed<T extends { readonly key: string }>(
  file: string,
  key: string,
  name: string,
  work: () => Promise<T & { did: string }>,
): Promise<T> {
  const known = await readRecord<T>(file, '`make mutate`');
  if (known?.key === key) return known;
  const found = await step(name, work);
  await writeRecord(file, found);
  return found;
}

/** Prints what survives, and says what was found. */
export function conclude(
  tried: readonly Tried[],
  reasons: ReadonlyMap<Mutant, string>,
  sample: number,
  of: string,
): { did: string } {
  const survivors = tried.filter(({ by }) => by === null);
  const unexplained = survivors.filter(({ mutant }) => !reasons.has(mutant));
  for (const { mutant, reached } of survivors) {
    const why = reasons.has(mutant) ? `accepted: ${reasons.get(mutant)!}` : `reached by ${counted(reached, 'test')}`;
    say(`survives: ${mutant.name} (${why})`);
  }
  const caught = tried.length - survivors.length;
  const starts = tried.filter(({ by }) => by === START_UP).length;
  const share = tried.length === 0 ? 0 : 100 * caught / tried.length;
  const summary = `${caught} of ${tried.length} changes are caught, ${share.toFixed(1)} % (${starts} by ${START_UP}), ` +
    `${survivors.length - unexplained.length} accepted; ${of}`;
  if (unexplained.length > 0 || caught < AIM * tried.length) {
    throw new UserError(`${unexplained.length} survive: ${summary}`,
                        'write a test that fails with them, or give a reason in tools/verify/mutate/accepted.json');
  }
  if (tried.length < sample) return { did: `${summary}; run again for the others` };
  return { did: summary };
}

/**
 * Makes single changes to a line's own files and runs the proposals' own tests until one
 * fails. The results are kept, so that the next run continues where this one stopped.
 * @throws UserError if too many changes survive, or if one does without a reason
 */
export async function mutateOwn(line: Line, base: BaseRecord, choice: Choice): Promise<{ did: string }> {
  requireNumbers(choice);
  const until = performance.now() + 60_000 * choice.minutes;
  const { dir } = linePaths(line.name);
  const code = await textsOn(line, (file) => /^(lib|src)\//.test(file));
  const tests = new Map([...await textsOn(line, isTest)].map(([file, text]) => [testName(file), text]));
  const files = chosenFiles([...code.keys()].filter((file) => isScript(file) || isUnit(file)), choice.own);
  const named = (await Promise.all(files.map(async (file) => {
    const text = code.get(file)!;
    return mutantsOf(text, isScript(file) ? await javascriptMutations(file, text) : cppMutations(file, text));
  }))).flat();
  const reasons = await readAccepted(path.join(root, 'tools', 'verify', 'mutate', 'accepted.json'), named);

  const codeHash = hashOf([base.commit, JSON.stringify(hooksOn(line.name)), ...[...code].flat()]);
  const testsHash = hashOf([...tests].flat());
  const key = hashOf([codeHash, testsHash]);
  await layLib(line);
  const { units } = await build(line, base);
  const ground = await surveyed(path.join(dir, 'mutate-ground.json'), key, 'without a change',
                                () => survey(line, key, [...tests.keys()], code, units));
  const native = files.some(isUnit) ?
    await surveyed(path.join(dir, 'mutate-native.json'), key, 'what reaches src/',
                   () => surveyNative(line, key, [...tests.keys()], code, units)) :
    { reach: {} };
  const reach = { ...ground.reach, ...native.reach };
  // Much of src/ is for errors that tests cannot cause, or for other systems.
  const all = named.filter(({ mutation }) => isScript(mutation.file) || reaching(reach, mutation).size > 0);
  if (all.length < named.length) say(`${named.length - all.length} changes are left out, no test reaches them in src/`);

  const findingsFile = path.join(dir, 'mutate-own.json');
  const findings = await readRecord<Record<string, Finding>>(findingsFile, '`make mutate`') ?? {};
  const restingOn = (by: string | null) => (by === null ? testsHash : hashOf([tests.get(by.split(' ')[0]!) ?? '']));
  const trials = new Trials(line, ground, units, reach);
  const tried: Tried[] = [];
  for (const mutant of shuffled(all, choice.seed)) {
    if (tried.length === choice.sample) break;
    const id = hashOf([codeHash, mutant.mutation.file, mutant.text]);
    const known = findings[id];
    let by = known?.by;
    if (known?.restsOn !== restingOn(by ?? null)) {
      if (performance.now() > until) break;
      await step(`${tried.length + 1} of ${choice.sample}: ${mutant.name}`, async () => {
        by = await trials.try(mutant);
        findings[id] = { change: mutant.name, by, restsOn: restingOn(by) };
        await writeRecord(findingsFile, findings);
        return { did: by === null ? 'SURVIVES' : `${by === NO_PROGRAM ? 'refused' : 'caught'} by ${by}` };
      });
    }
    if (by !== NO_PROGRAM) tried.push({ mutant, by: by ?? null, reached: reaching(reach, mutant.mutation).size });
  }
  return conclude(tried, reasons, Math.min(choice.sample, all.length), `seed ${choice.seed}, ${all.length} changes in all`);
}
