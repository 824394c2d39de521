import type { BaseRecord } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { listing } from '../../core/table.ts';
import { type Change, type Hook, hooksOn } from '../../fork/hooks.ts';
import { type Mutant, mutantsOf, type Mutation } from './mutation.ts';
import { hookedCode, Stand } from './stand.ts';

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

/** How many lines of later hooks may be between those of a hook. */
const GAP = 20;

/** Where the lines of a hook are from a place on, or undefined if they are not there in their order. */
function placesFrom(lines: readonly string[], added: readonly string[], start: number): readonly number[] | undefined {
  const places: number[] = [];
  for (const line of added) {
    const place = lines.indexOf(line, places.length === 0 ? start : places.at(-1)! + 1);
    if (place === -1 || place - start > added.length + GAP) return undefined;
    places.push(place);
  }
  return places;
}

/**
 * The change that leaves a hook out of a file in the fork tree. Later proposals may have
 * moved its lines, or put others in between, but not changed them.
 * @returns undefined if they are not there
 */
export function without(text: string, { file, at, removed, added }: Change): Mutation | undefined {
  const lines = text.split('\n');
  const found = [...lines.keys()]
    .filter((start) => lines[start] === added[0])
    .map((start) => placesFrom(lines, added, start))
    .filter((places) => places !== undefined);
  const spread = (places: readonly number[]) => places.at(-1)! - places[0]!;
  const distance = (places: readonly number[]) => Math.abs(places[0]! + 1 - at);
  const [places] = found.sort((a, b) => spread(a) - spread(b) || distance(a) - distance(b));
  if (places === undefined) return undefined;
  const offset = (line: number) => lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  const [first, last] = [places[0]!, places.at(-1)!];
  const between = lines.slice(first, last).filter((_, index) => !places.includes(first + index));
  const replacement = [...removed, ...between].map((line) => `${line}\n`).join('');
  return { file, from: offset(first), to: offset(last + 1), replacement };
}

/** A hook with what later hooks have made of its lines. */
export function asChanged(hook: Hook, hooks: readonly Hook[]): Hook {
  return hooks.reduce((changed, { file, removed, added }) => {
    if (file !== hook.file || removed.length === 0) return changed;
    const lines = changed.added;
    const place = [...lines.keys()].find((start) => removed.every((line, index) => lines[start + index] === line));
    return place === undefined ? changed : { ...changed, added: lines.toSpliced(place, removed.length, ...added) };
  }, hook);
}

/** Why a hook cannot be left out on its own, or undefined if it can. */
export function entangled(hook: Hook, hooks: readonly Hook[]): string | undefined {
  if (hook.added.length === 0) return 'it only removes lines';
  const own = new Set(hook.added.filter((line) => line.trim() !== ''));
  const later = hooks.slice(hooks.indexOf(hook) + 1)
    .find(({ file, removed }) => file === hook.file && removed.some((line) => own.has(line)));
  return later && `${later.proposal}, which is tried, changes its lines`;
}

/**
 * What becomes of a file without a hook, or why that cannot be tried.
 * @throws UserError if the lines of the hook are not in the file
 */
function mutantOf(hook: Hook, text: string, hooks: readonly Hook[]): Mutant | string {
  const mutation = without(text, hook) ?? without(text, asChanged(hook, hooks));
  if (mutation !== undefined) return mutantsOf(text, [mutation])[0]!;
  const reason = entangled(hook, hooks);
  if (reason !== undefined) return reason;
  throw new UserError(`the fork tree has no lines that are those of the hook ${nameOf(hook)}`, 'run `make apply`, then run again');
}

function hooksToTry(all: readonly Hook[], line: Line, only: string | undefined): readonly Hook[] {
  const hooks = all.filter(({ proposal }) => only === undefined || proposal === only);
  if (hooks.length > 0) return hooks;
  throw new UserError(`${only ?? 'no proposal'} has no hooks on ${line.name}`,
                      `use ONLY=${[...new Set(all.map(({ proposal }) => proposal))].join(' or ONLY=')}`);
}

/**
 * Leaves out each hook of a line in turn, and runs the proposals' own tests until one fails.
 * The results are kept, so that an interrupted run continues where it stopped.
 * @param only the proposal whose hooks are tried; all of them if it is not given
 * @throws UserError naming the hooks that no test misses
 */
export async function mutate(line: Line, base: BaseRecord, only?: string): Promise<{ did: string }> {
  const all = hooksOn(line.name);
  const hooks = hooksToTry(all, line, only);
  const texts = await hookedCode(line);
  const exempt = new Map<Hook, string>();
  const mutants = new Map<Hook, Mutant>();
  for (const hook of hooks) {
    const found = exemption(hook) ?? mutantOf(hook, texts.get(hook.file)!, all);
    if (typeof found === 'string') exempt.set(hook, found);
    else mutants.set(hook, found);
  }
  const stand = await Stand.of(line, base, true);
  if (stand.failing.length > 0) {
    throw new UserError(`with every hook in it, these tests fail: ${stand.failing.join(', ')}`,
                        'make `make test` pass, then run again');
  }
  const missedBy = new Map<Hook, string | null>();
  for (const [hook, mutant] of mutants) {
    const known = stand.known(mutant);
    const title = `${missedBy.size + 1} of ${mutants.size}: without ${nameOf(hook)}`;
    missedBy.set(hook, known === undefined ? await stand.try(mutant, title) : known);
  }
  return conclude(hooks, exempt, missedBy);
}

/** Prints what misses each hook. */
function conclude(
  hooks: readonly Hook[],
  exempt: ReadonlyMap<Hook, string>,
  found: ReadonlyMap<Hook, string | null>,
): { did: string } {
  const row = (hook: Hook) => {
    const missedBy = exempt.has(hook) ? `exempt: ${exempt.get(hook)}` : found.get(hook) ?? 'NOTHING';
    return [nameOf(hook), (hook.added[0] ?? '').trim().slice(0, 40), missedBy];
  };
  process.stdout.write(listing([['hook', 'begins with', 'missed by'], ...hooks.map(row)]));
  const unmissed = hooks.filter((hook) => found.get(hook) === null);
  if (unmissed.length > 0) {
    throw new UserError(`nothing fails without ${unmissed.length} of ${hooks.length} hooks: ${unmissed.map(nameOf).join(', ')}`,
                        'write a test that does, or take the hook out');
  }
  return { did: `${found.size} hooks are missed, ${exempt.size} exempt` };
}
