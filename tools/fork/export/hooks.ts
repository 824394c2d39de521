import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { scratchIndex } from '../../base/tree.ts';
import { UserError } from '../../core/errors.ts';
import type { Repository } from '../../core/git.ts';
import { allNames, type Change, changesBetween, choice, content, type Context, type Entry, idOf, isDoc, ownersOf } from './model.ts';

/**
 * The differences between two blobs, as line ranges in each. Indexes start at
 * 0, and the ends are exclusive.
 */
export async function hunksOf(repository: Repository, from: string, to: string) {
  const diff = await repository.git(['diff', '--no-color', '--no-ext-diff', '-U0', from, to]);
  return [...diff.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm)].map((match) => {
    const numbers = match.slice(1).map((text: string | undefined) => (text === undefined ? 1 : Number(text)));
    const [at, count, newAt, newCount] = numbers as [number, number, number, number];
    // For an empty range, git gives the number of the line before it.
    const start = count === 0 ? at : at - 1;
    const newStart = newCount === 0 ? newAt : newAt - 1;
    return { start, end: start + count, newStart, newEnd: newStart + newCount };
  });
}

/**
 * Merges two changes of a file, as `git merge-file` does.
 * @param ids the file with one change, with neither, and with the other
 * @param labels names for these three in conflict markers, which then show all
 *   of them; git merges slightly less in that format
 * @returns the merged text and the number of conflicts, which is above 127 if
 *   the file is not text
 */
export async function mergeFile(
  repository: Repository,
  scratch: string,
  ids: readonly [string, string, string],
  labels?: readonly [string, string, string],
): Promise<{ code: number; text: string }> {
  const files = await Promise.all(ids.map(async (id, index) => {
    const file = path.join(scratch, `merge-${index}`);
    await writeFile(file, await content(repository, id));
    return file;
  }));
  const form = labels === undefined ? [] : ['--diff3', ...labels.flatMap((label) => ['-L', label])];
  const { code, stdout } = await repository.try(['merge-file', '-p', '-q', ...form, ...files], { accept: 'any' });
  return { code, text: stdout };
}

/** Merges two changes of a file. Returns undefined if they touch the same or adjacent lines. */
async function merge(
  { repository, scratch }: Context,
  ours: string,
  base: string,
  theirs: string,
): Promise<string | undefined> {
  const { code, text } = await mergeFile(repository, scratch, [ours, base, theirs]);
  return code === 0 ? repository.store(text) : undefined;
}

/**
 * Moves one change of a file down through the proposals, starting with the
 * last, until it meets lines that a proposal has changed. That proposal owns
 * the change.
 * @param ids the file at every level
 * @param to the file with the change
 * @param stop a proposal at which to stop in any case
 * @returns the file at every level with the change, or undefined if no proposal
 *   owns it
 */
async function fold(
  context: Context,
  ids: readonly string[],
  to: string,
  stop?: number,
): Promise<readonly string[] | undefined> {
  const result = [...ids];
  let change = to;
  for (let level = ids.length - 1; level > 0; level--) {
    result[level] = change;
    if (level - 1 === stop) return result;
    if (ids[level] === ids[level - 1]) continue;
    const below = await merge(context, change, ids[level]!, ids[level - 1]!);
    // If the result equals the level below, the change reverted this proposal's own change.
    if (below === undefined || below === ids[level - 1]) return result;
    change = below;
  }
  return undefined;
}

/**
 * Folds the change from a file's last level to another version into the levels,
 * hunk by hunk. Returns the file at every level.
 */
async function foldAll(
  context: Context,
  file: string,
  ids: readonly string[],
  to: string,
  fixup?: number,
): Promise<readonly string[]> {
  const { repository, proposals, chosen } = context;
  const touching = proposals.flatMap((_, index) => (ids[index] === ids[index + 1] ? [] : [index]));
  if (fixup === undefined && touching.length === 1) return ids.map((id, level) => (level > touching[0]! ? to : id));
  const [before, after] = (await Promise.all([ids.at(-1)!, to].map((id) => content(repository, id))))
    .map((text) => text.split(/(?<=\n)/)) as [string[], string[]];
  const hunks = await hunksOf(repository, ids.at(-1)!, to);
  let result = ids;
  for (const [index, { end, newStart, newEnd }] of hunks.entries()) {
    const isLast = index === hunks.length - 1;
    const next = isLast ? to : await repository.store([...after.slice(0, newEnd), ...before.slice(end)].join(''));
    const folded = await fold(context, result, next, fixup) ??
      (chosen === undefined ? undefined : await fold(context, result, next, chosen));
    if (folded === undefined) {
      const names = allNames(proposals).filter((_, at) => touching.includes(at));
      const who = names.length === 0 ? 'no proposal changes that file' : `${names.join(' and ')} change that file elsewhere`;
      throw new UserError(`whose the change at ${file}:${newStart + 1} is cannot be told: ${who}`,
                          choice(names.length === 0 ? allNames(proposals) : names));
    }
    result = folded;
  }
  if (result.at(-1) === to) return result;
  throw new UserError(`${file} is not text, and no proposal changes it`, 'undo that change and run again');
}

/** An upstream file's content at every level, with the user's changes folded in. */
export async function foldHook(context: Context, { file, from, to }: Change): Promise<readonly Entry[]> {
  const { repository, levels, steps } = context;
  if (to === undefined) {
    throw new UserError(`${file} of upstream's was deleted, and hooks only change files`,
                        `bring it back with \`git checkout refs/bindery/applied -- ${file}\` and run again`);
  }
  if (from!.mode !== to.mode) {
    throw new UserError(`${file} had the mode ${from!.mode} and has ${to.mode}, and hooks change text alone`,
                        'give it back its mode and run again');
  }
  const at = (tree: string) => idOf(repository, tree, file);
  let ids: readonly string[] = (await Promise.all(levels.map(at))).map((id) => id!);
  const states = await Promise.all(steps.map(async ({ tree, fixup }) => ({ id: await at(tree), fixup })));
  for (const [index, { id, fixup }] of states.entries()) {
    // Commits that do not name a proposal are handled together with what follows them.
    const isOneWithNext = index + 1 < states.length && states[index + 1]!.fixup === fixup;
    if (isOneWithNext || id === undefined || id === ids.at(-1)) continue;
    ids = await foldAll(context, file, ids, id, fixup);
  }
  return ids.map((id) => ({ mode: to.mode, id }));
}

/** The trees of all levels with the content of some files replaced. */
export async function changedLevels(
  { repository, levels }: Context,
  folded: ReadonlyMap<string, readonly Entry[]>,
): Promise<readonly string[]> {
  if (folded.size === 0) return levels;
  const index = scratchIndex(repository);
  const staged = repository.withIndex(index);
  const trees: string[] = [];
  for (const [level, commit] of levels.entries()) {
    await staged.git(['read-tree', commit]);
    const input = [...folded].map(([file, { [level]: entry }]) => `${entry!.mode} ${entry!.id}\t${file}\n`).join('');
    await staged.git(['update-index', '--index-info'], { input });
    trees.push((await staged.git(['write-tree'])).trim());
  }
  await rm(index, { force: true });
  return trees;
}

/** The hooks of a proposal: its changes to upstream files other than the manual. */
export async function patchOf(
  { repository, proposals }: Pick<Context, 'repository' | 'proposals'>,
  trees: readonly string[],
  index: number,
): Promise<string> {
  const owners = ownersOf(proposals);
  const changes = (await changesBetween(repository, trees[index]!, trees[index + 1]!))
    .filter(({ file }) => !isDoc(file) && !owners.has(file));
  const added = changes.find(({ from }) => from === undefined);
  if (added !== undefined) {
    throw new UserError(`the patch of ${proposals[index]!.proposal.name} makes the file ${added.file}, and hooks only change files`,
                        'make it a file that the proposal owns and run again');
  }
  if (changes.length === 0) return '';
  // The length of an abbreviated id depends on the number of objects in the repository.
  const args = ['--literal-pathspecs', 'diff-tree', '-p', '--full-index', '--no-renames', trees[index]!, trees[index + 1]!];
  return repository.git([...args, '--', ...changes.map(({ file }) => file)]);
}
