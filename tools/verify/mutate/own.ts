import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { root } from '../../core/paths.ts';
import { counted, say } from '../../core/report.ts';
import { readAccepted } from './accepted.ts';
import { cppMutations } from './cpp.ts';
import { isScript, isUnit } from './ground.ts';
import { javascriptMutations } from './javascript.ts';
import { type Mutant, mutantsOf } from './mutation.ts';
import { shuffled } from './order.ts';
import { ownCode, Stand } from './stand.ts';
import { NO_PROGRAM, START_UP } from './trials.ts';

/** Which changes are tried. */
export interface Choice {
  /** What the paths of the files begin with, separated by commas: `lib,src/keep_alive.cc`. */
  readonly own: string;
  readonly seed: number;
  readonly sample: number;
  /** After this time no more are begun. */
  readonly minutes: number;
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
  const code = await ownCode(line);
  const files = chosenFiles([...code.keys()].filter((file) => isScript(file) || isUnit(file)), choice.own);
  const named = (await Promise.all(files.map(async (file) => {
    const text = code.get(file)!;
    return mutantsOf(text, isScript(file) ? await javascriptMutations(file, text) : cppMutations(file, text));
  }))).flat();
  const reasons = await readAccepted(path.join(root, 'tools', 'verify', 'mutate', 'accepted.json'), named);

  const stand = await Stand.of(line, base, files.some(isUnit));
  for (const test of stand.failing) say(`left out, it fails without a change: ${test}`);
  // Much of src/ is for errors that tests cannot cause, or for other systems.
  const all = named.filter((mutant) => isScript(mutant.mutation.file) || stand.reached(mutant) > 0);
  if (all.length < named.length) say(`${named.length - all.length} changes are left out, no test reaches them in src/`);

  const tried: Tried[] = [];
  for (const mutant of shuffled(all, choice.seed)) {
    if (tried.length === choice.sample) break;
    let by = stand.known(mutant);
    if (by === undefined) {
      if (performance.now() > until) break;
      by = await stand.try(mutant, `${tried.length + 1} of ${choice.sample}: ${mutant.name}`);
    }
    if (by !== NO_PROGRAM) tried.push({ mutant, by, reached: stand.reached(mutant) });
  }
  return conclude(tried, reasons, Math.min(choice.sample, all.length), `seed ${choice.seed}, ${all.length} changes in all`);
}
