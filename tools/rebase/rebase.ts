import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, recordOf } from '../base/base.ts';
import { isOfNext } from '../base/releases.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { isTest, type Placed, proposalsOn } from '../core/proposals.ts';
import { type Done, say } from '../core/report.ts';
import { commitProposals, landing, messageOf, openIndex, removeLocks } from '../fork/apply.ts';
import { commitsBetween, snapshot } from '../fork/export/export.ts';
import { type Change, changesBetween, content, idOf, isDoc, ownersOf } from '../fork/export/model.ts';
import type { ForkTree } from '../fork/lib-tree.ts';
import { refuseOwnWork } from '../fork/own-work.ts';
import { elsewhere, requireNoRebase, wayBack } from '../fork/under-way.ts';
import { prepareFinish, refuseUntracked, undo, writeFinish } from './finish.ts';
import { asLanded, hasLanded } from './landed.ts';
import { type Merged, mergeNext } from './merge.ts';
import { levelsOfNext, lineBefore } from './next-hooks.ts';
import { resolveOnto } from './onto.ts';
import { type Onto, readState, removeState, type State, type Stopped, tipOf, writeState } from './state.ts';

/** What a rebase has done. */
export interface Rebased extends Done {
  /** The project's files that it wrote. */
  readonly files: readonly string[];
  /** What is to be known of the new base, if anything. */
  readonly note: string;
}

/** What of a proposal's own files a tree can have. */
const landings = ({ owns }: Placed, { part }: ForkTree['base']) =>
  owns.map(landing).filter((file) => part === undefined || file.startsWith('lib/'));

/** The line's proposals as the new base needs them. */
function placedOn(line: Line, state: State, project: string): readonly Placed[] {
  const { names, landed, taken } = state;
  const proposals = proposalsOn(lineBefore(line, state), project);
  if (proposals.map(({ proposal }) => proposal.name).join() !== names.join()) {
    throw new UserError(`proposals.json has other proposals on ${line.name} than when the rebase began`,
                        'bring its list back to what it was and run again');
  }
  return proposals.map((placed) => {
    const here = landed.includes(placed.proposal.name) ? asLanded(placed) : placed;
    return { ...here, owns: here.owns.filter((owned) => !taken.includes(owned)) };
  });
}

/** The carried proposals that the new base has. What has landed before must be there still. */
async function landedOn(
  repository: Repository,
  line: Line,
  proposals: readonly Placed[],
  onto: State['onto'],
): Promise<readonly string[]> {
  const landed: string[] = [];
  for (const { proposal, state } of proposals) {
    const { name, probe } = proposal;
    const isThere = await hasLanded(repository, onto.record.commit, proposal);
    if (state === 'carried' && isThere) landed.push(name);
    if (state === 'landed' && isThere === false) {
      throw new UserError(`${name} has landed on ${line.name}, and ${onto.name} does not have it in ${probe!.file}`,
                          'name a base that has it with ONTO, or correct its state in proposals.json');
    }
  }
  return landed;
}

/** The tests of what has landed whose names upstream's have: the line leaves these to upstream. */
async function takenBy(
  repository: Repository,
  proposals: readonly Placed[],
  landed: readonly string[],
  onto: Onto,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const { proposal, state, owns } of proposals) {
    if (state === 'carried' && !landed.includes(proposal.name)) continue;
    for (const owned of owns.filter(isTest)) {
      if (await idOf(repository, onto.record.commit, landing(owned)) !== undefined) taken.push(owned);
    }
  }
  return taken;
}

/** Stops where upstream uses the name of a file of ours. */
async function refuseTaken(
  repository: Repository,
  base: BaseRecord,
  onto: Onto,
  proposals: readonly Placed[],
): Promise<void> {
  for (const placed of proposals) {
    for (const file of landings(placed, base)) {
      if (await idOf(repository, onto.record.commit, file) === undefined) continue;
      throw new UserError(`${onto.name} has a ${file} of its own, and ${placed.proposal.name} owns one`,
                          'give ours another name in this project, run `make apply` and begin again');
    }
  }
}

/** Puts what is to be resolved into the work tree. Cut off, it can be run again. */
async function show(state: State & { readonly stopped: Stopped }): Promise<State> {
  const { stopped } = state;
  const repository = new Repository(state.tree);
  await removeLocks(repository);
  await repository.git(['reset', '--quiet', '--hard', stopped.commit]);
  await repository.git(['update-ref', 'HEAD', tipOf(state)]);
  await repository.git(['update-index', '--index-info'], { input: stopped.unmerged.map((entry) => `${entry}\n`).join('') });
  return writeState({ ...state, stopped: { ...stopped, isShown: true } });
}

/** Reports conflicts, and what to do about them. */
function stop({ line, tree, names, commits, onto }: State, conflicts: Stopped['conflicts']): never {
  for (const { file, line: at, what } of conflicts) say(`${file}${at === undefined ? '' : `:${at}`}: ${what}`);
  const count = conflicts.length === 1 ? 'a conflict' : `${conflicts.length} conflicts`;
  throw new UserError(`${names[commits.length]!} has ${count} with ${onto.name}`,
                      `resolve in ${shown(tree)}, \`git add\` there, then \`make rebase-continue LINE=${line}\`, or \`make rebase-abort LINE=${line}\``);
}

/** Commits the next proposal. */
async function commitNext(
  line: Line,
  state: State,
  tree: string,
  proposals: readonly Placed[],
  project: string,
): Promise<State> {
  const { proposal } = proposals[state.commits.length]!;
  const { date } = state.onto.record;
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const input = await messageOf(proposal, lineBefore(line, state), project);
  const commit = (await new Repository(state.tree).git(['commit-tree', tree, '-p', tipOf(state)], { input, env })).trim();
  return writeState({ ...state, stopped: undefined, commits: [...state.commits, commit] });
}

/** Records conflicts, and leaves the work tree ready to resolve them. */
async function leave(state: State, { tree, conflicts, unmerged }: Merged): Promise<never> {
  const repository = new Repository(state.tree);
  const input = 'what was merged, to be resolved\n';
  const commit = (await repository.git(['commit-tree', tree, '-p', tipOf(state)], { input })).trim();
  await refuseUntracked(repository, commit);
  const stopped = { commit, conflicts, unmerged, isShown: false };
  await writeState({ ...state, stopped });
  await show({ ...state, stopped });
  return stop(state, conflicts);
}

function summary({ names, landed, onto, finish, isReturn }: State): string {
  if (isReturn) return `the project's patches are those of ${onto.name}, which the tree stands on again`;
  const files = Object.entries(finish?.files ?? {}).filter(([file]) => file.startsWith('patches/'));
  const refreshed = files.filter(([, text]) => text !== null).length;
  const taken = landed.length === 0 ? '' : `, ${landed.length} landed (${landed.join(', ')})`;
  return `${names.length - landed.length} proposals merged on ${onto.name}${taken}, ${refreshed} patches refreshed`;
}

/** What to know of a base that lines.json does not name. */
function noteOn(line: Line, { name, record }: Onto): string {
  if (record.onto === undefined) return '';
  const named = isLinked(line) ? line.base.suite : line.base.ref;
  return `; the patches now belong to ${name}, a base that this machine alone has (lines.json names ${named}): ` +
    `\`${wayBack(line)}\` goes back`;
}

/** Names the files that were written, and what is to be known. */
function told({ did, files, note }: Rebased): Done {
  for (const file of files) say(file);
  return { did: `${did}${note}` };
}

/** Merges the proposals that are left, then writes the result. */
async function advance(line: Line, begun: State, project: string): Promise<Rebased> {
  let state = begun;
  const proposals = placedOn(line, state, project);
  const repository = new Repository(state.tree);
  while (state.finish === undefined && state.commits.length < proposals.length) {
    const merged = await mergeNext(line, repository, state, proposals, project);
    if (merged.conflicts.length > 0) return leave(state, merged);
    state = await commitNext(line, state, merged.tree, proposals, project);
  }
  const finished = state.finish === undefined ?
    await prepareFinish(line, state, proposals, project) :
    { ...state, finish: state.finish };
  await writeFinish(finished, project);
  await removeState(finished);
  return { did: summary(finished), files: Object.keys(finished.finish.files), note: noteOn(line, finished.onto) };
}

/** A base's record, and its text where a file has it: who hands it on may have put more beside it. */
async function recorded(fork: ForkTree): Promise<{ base: BaseRecord; text: string | null }> {
  const file = recordOf(fork.tree);
  if (!existsSync(file)) return { base: fork.base, text: null };
  const text = await readFile(file, 'utf8');
  return { base: JSON.parse(text) as BaseRecord, text };
}

/** The project on the base that lines.json names, where its patches are not those of the base that the tree has. */
async function returned(
  line: Line,
  repository: Repository,
  begun: State,
  error: UserError,
  project: string,
): Promise<State> {
  const { base, onto } = begun;
  const stale = new UserError(error.message, elsewhere(line, base.onto!));
  if (onto.record.onto !== undefined || !isLinked(line) && onto.ref !== line.base.ref) throw stale;
  const proposals = proposalsOn(line, project);
  const commit = await commitProposals(repository, proposals, line, onto.record, project).catch(() => { throw stale; });
  await refuseUntracked(repository, commit);
  return { ...begun, isReturn: true, finish: { commit, files: {}, previous: {} } };
}

/**
 * Moves a line to another base, proposal by proposal: hooks are merged
 * three-way and written anew, what upstream has taken is recorded as landed.
 * Where git cannot merge, it stops with the tree ready to resolve.
 * @param name what ONTO says: a git ref, a folder, or a newer version
 * @param project the project whose files they are, or a copy of it
 * @param to says that the hooks become those of the line's next release, beside its own
 */
export async function rebase(
  line: Line,
  fork: ForkTree,
  name: string,
  project = root,
  to?: State['to'],
): Promise<Done> {
  return told(await rebaseTo(line, fork, name, project, to));
}

/** Does what rebase() does, and prints nothing of the files. */
export async function rebaseTo(
  line: Line,
  fork: ForkTree,
  name: string,
  project: string,
  to?: State['to'],
): Promise<Rebased> {
  const { tree } = fork;
  requireNoRebase(line.name, path.dirname(tree));
  const repository = new Repository(tree);
  if (existsSync(path.join(tree, '.git', 'bindery-applying'))) {
    throw new UserError(`${shown(tree)} is not a whole fork tree`, `run \`make apply LINE=${line.name}\`, then run again`);
  }
  await refuseOwnWork(repository);
  const { base, text } = await recorded(fork);
  const before = lineBefore(line, to === 'next' && line.next !== undefined ? { from: 'next' } : {});
  const present = proposalsOn(before, project);
  const last = await commitProposals(repository, present, before, base, project).catch((error: unknown) => {
    if (base.onto === undefined || !(error instanceof UserError)) throw error;
    return error;
  });
  const isStale = last instanceof UserError;
  const own = [base.commit, ...await commitsBetween(repository, base.commit, isStale ? 'refs/bindery/applied' : last)];
  const onto = await resolveOnto(line, { tree, base }, name, own);
  const { next } = line;
  const isDue = next !== undefined && !isStale && to === undefined && isOfNext(line, onto.release);
  const levels = isDue ? await levelsOfNext({ ...line, next }, repository, base, project) : own;
  const from = isDue || before.isNext ? 'next' : undefined;
  const proposals = proposalsOn(lineBefore(line, { ...from && { from } }), project);
  const commitOf = async (ref: string) => (await repository.resolve(ref))!;
  const head = await repository.try(['symbolic-ref', '--quiet', 'HEAD']);
  const landed = isStale ? [] : await landedOn(repository, line, proposals, onto);
  const begun: State = {
    line: line.name,
    tree,
    base,
    onto,
    ...from && { from },
    ...to && { to },
    names: proposals.map(({ proposal }) => proposal.name),
    landed,
    taken: isStale ? [] : await takenBy(repository, proposals, landed, onto),
    levels,
    commits: [],
    edited: {},
    previous: {
      head: head.stdout.trim(),
      commit: await commitOf('HEAD'),
      applied: await commitOf('refs/bindery/applied'),
      base: await commitOf('refs/bindery/base'),
      record: text,
    },
  };
  const state = isStale ? await returned(line, repository, begun, last, project) : begun;
  await refuseTaken(repository, base, onto, placedOn(line, state, project));
  for (const owned of state.taken) say(`${onto.name} has a ${landing(owned)} of its own, so ${line.name} leaves out ours`);
  await writeState(state);
  await repository.git(['update-ref', 'refs/bindery/onto', onto.record.commit]);
  return advance(line, state, project);
}

/** Stops where the user's tree has something that a proposal cannot carry. */
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

/** Stops where the conflicts are not resolved. */
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

/** Names the user's own commits, whose changes the proposal takes. */
async function tellCommits(repository: Repository, tip: string, name: string): Promise<void> {
  const { code } = await repository.try(['merge-base', '--is-ancestor', tip, 'HEAD']);
  if (code !== 0) {
    throw new UserError(`HEAD of ${shown(repository.dir)} is not on top of what the rebase has made`,
                        `run \`git reset --soft ${tip.slice(0, 10)}\` there, which keeps the files, and run again`);
  }
  const log = await repository.git(['log', '--reverse', '--format=commit %h %s', `${tip}..HEAD`]);
  for (const commit of log.split('\n').filter((said) => said !== '')) say(`${commit}: its changes become part of ${name}`);
}

/** Takes what the user has resolved as the next proposal. */
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
  // Sections are spliced anew, into the pages as they were.
  const { staged, close } = await openIndex(repository, wanted);
  for (const file of pages) await staged.stage(new Map([[file, (await idOf(repository, tip, file))!]]));
  const resolved = (await staged.git(['write-tree'])).trim();
  await close();
  const merged = await mergeNext(line, repository, state, proposals, project, resolved);
  if (merged.conflicts.length > 0) return stop(state, merged.conflicts);
  return commitNext(line, { ...state, edited }, merged.tree, proposals, project);
}

/** Goes on with a rebase: from what was resolved, or from where it was cut off. */
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

/** Brings back what was before a rebase: the tree, its base and the project's files. */
export async function rebaseAbort(line: Line, dir = linePaths(line.name).dir, project = root): Promise<Done> {
  const state = await readState(line.name, dir);
  await writeState({ ...state, isAborting: true });
  await undo(state, project);
  await removeState(state);
  return { did: `${shown(state.tree)} is as it was, on ${state.base.version}` };
}
