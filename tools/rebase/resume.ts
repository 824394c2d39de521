import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import { type Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { type Placed } from '../core/proposals.ts';
import { type Done, say } from '../core/report.ts';
import { openIndex } from '../fork/apply.ts';
import { snapshot } from '../fork/export/export.ts';
import { type Change, changesBetween, content, idOf, isDoc, ownersOf } from '../fork/export/model.ts';
import { advance, commitNext, placedOn, show, stop, told } from './advance.ts';
import { undo } from './finish.ts';
import { mergeNext } from './merge.ts';
import { readState, removeState, type State, type Stopped, tipOf, writeState } from './state.ts';

/** Throws if the user's tree has a change that a proposal cannot carry. */
function requireCarried(
  { file, from, to }: Change,
  owners: ReturnType<typeof ownersOf>,
  proposals: readonly Placed[],
  at: number,
): void {
  const owner = owners.get(file)?.owner;
  const { name } = proposals[at]!.proposal;
  const todo = 'undo that and run again';
  if (owner !== undefined && owner !== at) {
    throw new UserError(`${file} was changed, and ${proposals[owner]!.proposal.name} owns it, not ${name}`, todo);
  }
  if (to === undefined) {
    throw new UserError(`${file} was deleted, and a proposal only changes files`, `${todo} (\`git checkout HEAD -- ${file}\`)`);
  }
  if (owner === undefined && from === undefined) {
    throw new UserError(`${file} is new in the tree, and hooks only change files`, 'remove it (`git rm -f`), or put what it has elsewhere, and run again');
  }
  if (to.mode !== (from?.mode ?? '100644')) {
    throw new UserError(`${file} has the mode ${to.mode}, and hooks change text alone`, todo);
  }
}

/** Throws if there are unresolved conflicts. */
async function requireResolved(repository: Repository, { conflicts }: Stopped): Promise<void> {
  const unmerged = await repository.git(['diff', '--name-only', '--diff-filter=U']);
  for (const { file } of conflicts) {
    const place = path.join(repository.dir, file);
    const text = await stat(place).then((found) => found.isFile(), () => false) ?
      await content(repository, (await repository.storeFiles([place]))[0]!) : '';
    const at = text.split('\n').findIndex((line) => /^(<{7}|>{7}) /.test(line));
    if (at === -1) continue;
    throw new UserError(`${file}:${at + 1} has a conflict marker`, 'resolve it, `git add` the file and run again');
  }
  if (unmerged === '') return;
  throw new UserError(`${unmerged.split('\n')[0]} is not marked as resolved`, 'resolve it, `git add` it and run again');
}

/** Lists the user's own commits, whose changes become part of the proposal. */
async function tellCommits(repository: Repository, tip: string, name: string): Promise<void> {
  if (!await repository.isAncestor(tip, 'HEAD')) {
    throw new UserError(`HEAD of ${shown(repository.dir)} is not on top of what the rebase has made`,
                        `run \`git reset --soft ${tip.slice(0, 10)}\` there, which keeps the files, and run again`);
  }
  const log = await repository.git(['log', '--reverse', '--format=commit %h %s', `${tip}..HEAD`]);
  for (const commit of log.split('\n').filter((said) => said !== '')) say(`${commit}: its changes become part of ${name}`);
}

/** Commits what the user has resolved as the next proposal. */
async function takeResolved(line: Line, state: State & { readonly stopped: Stopped }, project: string): Promise<State> {
  const repository = new Repository(state.tree);
  const { stopped, tree } = state;
  await requireResolved(repository, stopped);
  const proposals = placedOn(line, state, project);
  const at = state.commits.length;
  await tellCommits(repository, tipOf(state), state.names[at]!);
  const owners = ownersOf(proposals);
  const snapshotIndex = path.join(tree, '.git', 'bindery-rebase-index');
  const wanted = await snapshot(repository, snapshotIndex);
  await rm(snapshotIndex, { force: true });
  const page = (await changesBetween(repository, stopped.commit, wanted)).find(({ file }) => isDoc(file));
  if (page !== undefined) {
    throw new UserError(`${page.file} was changed in the tree, and its sections come from doc-api`,
                        `mend them there, undo it here with \`git checkout ${stopped.commit.slice(0, 10)} -- ${page.file}\` and run again`);
  }
  const edited: Record<string, string> = { ...state.edited };
  const tip = tipOf(state);
  const pages: string[] = [];
  for (const change of await changesBetween(repository, tip, wanted)) {
    if (isDoc(change.file)) {
      pages.push(change.file);
      continue;
    }
    requireCarried(change, owners, proposals, at);
    const owned = owners.get(change.file)?.owned;
    if (owned === undefined) continue;
    const [own] = await repository.storeFiles([path.join(project, owned)]);
    if (own !== change.to!.id) edited[owned] = change.to!.id;
  }
  // Sections are spliced again, into the pages as they were.
  const { staged, close } = await openIndex(repository, wanted);
  for (const file of pages) await staged.stage(new Map([[file, (await idOf(repository, tip, file))!]]));
  const resolved = (await staged.git(['write-tree'])).trim();
  await close();
  const merged = await mergeNext(line, repository, state, proposals, project, resolved);
  if (merged.conflicts.length > 0) return stop(state, merged.conflicts);
  return commitNext(line, { ...state, edited }, merged.tree, proposals, project);
}

/** Continues a rebase after conflicts were resolved, or after it was interrupted. */
export async function rebaseContinue(line: Line, dir = linePaths(line.name).dir, project = root): Promise<Done> {
  const state = await readState(line.name, dir);
  if (state.isAborting) {
    throw new UserError(`the rebase of ${line.name} is being undone`, `run \`make rebase-abort LINE=${line.name}\` again`);
  }
  const { stopped } = state;
  if (stopped === undefined) return told(await advance(line, state, project));
  if (stopped.isShown) {
    return told(await advance(line, await takeResolved(line, { ...state, stopped }, project), project));
  }
  const shownState = await show({ ...state, stopped });
  return stop(shownState, stopped.conflicts);
}

/** Restores the state before a rebase: the tree, its base and the project's files. */
export async function rebaseAbort(line: Line, dir = linePaths(line.name).dir, project = root): Promise<Done> {
  const state = await readState(line.name, dir);
  await writeState({ ...state, isAborting: true });
  await undo(state, project);
  await removeState(state);
  return { did: `${shown(state.tree)} is as it was, on ${state.base.version}` };
}
