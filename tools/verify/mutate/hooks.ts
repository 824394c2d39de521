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

/**
 * The change that leaves a hook out of a file in the fork tree. Later proposals may have
 * moved its lines, but not changed them.
 * @returns undefined if they are not there
 */
export function without(text: string, { file, at, removed, added }: Change): Mutation | undefined {
  const lines = text.split('\n');
  const places = [...lines.keys()].filter((place) => added.every((line, index) => lines[place + index] === line));
  const [place] = places.sort((a, b) => Math.abs(a + 1 - at) - Math.abs(b + 1 - at));
  if (place === undefined || added.length === 0) return undefined;
  const offset = (line: number) => lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  const replacement = removed.map((line) => `${line}\n`).join('');
  return { file, from: offset(place), to: offset(place + added.length), replacement };
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

/** @throws UserError if the lines of the hook are not in the file */
function mutantOf(hook: Hook, text: string, hooks: readonly Hook[]): Mutant {
  const mutation = without(text, hook) ?? without(text, asChanged(hook, hooks));
  if (mutation !== undefined) return mutantsOf(text, [mutation])[0]!;
  throw new UserError(`the fork tree has no lines that are those of the hook ${nameOf(hook)}`,
                      'run `make apply`; a hook that only removes lines cannot be tried');
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
  const mutants = hooks.filter((hook) => exemption(hook) === undefined)
    .map((hook) => ({ hook, mutant: mutantOf(hook, texts.get(hook.file)!, all) }));
  const stand = await Stand.of(line, base, true);
  if (stand.failing.length > 0) {
    throw new UserError(`with every hook in it, these tests fail: ${stand.failing.join(', ')}`,
                        'make `make test` pass, then run again');
  }
  const missedBy = new Map<Hook, string | null>();
  for (const [index, { hook, mutant }] of mutants.entries()) {
    const known = stand.known(mutant);
    const title = `${index + 1} of ${mutants.length}: without ${nameOf(hook)}`;
    missedBy.set(hook, known === undefined ? await stand.try(mutant, title) : known);
  }
  return conclude(hooks, missedBy);
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
