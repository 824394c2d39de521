import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chooseSysroot, recordOf } from '../base/base.ts';
import { LOCK, withLocked } from '../base/lock.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { shown } from '../core/paths.ts';
import { loadProposals, type Placed, proposalsOn } from '../core/proposals.ts';
import { writeRecord } from '../core/record.ts';
import { remove } from '../core/remove.ts';
import { commitProposals, hookFile, removeLocks } from '../fork/apply.ts';
import { copyProject, differing, firstDifference, writeAll } from '../fork/export/export.ts';
import { patchOf } from '../fork/export/hooks.ts';
import { content, type Files } from '../fork/export/model.ts';
import { recordLanded, recordTaken, withValue } from './landed.ts';
import { lineAfter, lineBefore, putHooks, putStates } from './next-hooks.ts';
import { type Finish, type State, writeState } from './state.ts';

const sectionsOf = (patch: string) => patch.split(/^(?=diff --git )/m).filter((section) => section !== '');

/** Replaces the sections of a patch that are for lib/, and keeps the others. */
function withLib(old: string, lib: string): string {
  const isLib = (section: string) => section.startsWith('diff --git a/lib/');
  const sections = [...sectionsOf(lib), ...sectionsOf(old).filter((section) => !isLib(section))];
  // Sort as git does. A section starts with its file's path.
  return sections.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join('');
}

const textOf = (file: string) => (existsSync(file) ? readFile(file, 'utf8') : Promise.resolve(''));

/** The new content of the project's files. */
async function collect(
  repository: Repository,
  line: Line,
  state: State,
  proposals: readonly Placed[],
  project: string,
): Promise<Files> {
  const files: Files = new Map();
  const trees = [state.onto.record.commit, ...state.commits];
  for (const [index, { proposal }] of proposals.entries()) {
    const file = hookFile(proposal, lineBefore(line, state), project);
    const hooks = await patchOf({ repository, proposals }, trees, index);
    const isKept = state.base.part === 'lib' && !state.landed.includes(proposal.name);
    const text = isKept ? withLib(await textOf(file), hooks) : hooks;
    await putHooks(files, line, state, proposal, text, project);
  }
  for (const [owned, id] of Object.entries(state.edited)) files.set(owned, await content(repository, id));
  let list = await textOf(path.join(project, 'proposals.json'));
  const lines = await textOf(path.join(project, 'lines.json'));
  if (state.from !== undefined || state.to !== undefined) {
    putStates(files, line, state, { list, lines });
    list = files.get('proposals.json')!.toString();
  }
  const changes = state.to === 'next' ? [] : [
    ...state.landed.map((name) => () => recordLanded(list, name, line, state.onto.release)),
    ...state.taken.map((owned) => () => recordTaken(list, owned, line)),
  ];
  for (const change of changes) {
    const { text, left } = change();
    list = text;
    for (const file of left) files.set(file, undefined);
  }
  files.set('proposals.json', list);
  const { locked } = state.onto;
  if (locked !== undefined) files.set(LOCK, withLocked(await textOf(path.join(project, LOCK)), line, locked));
  if (state.onto.ref !== undefined) {
    files.set('lines.json', withValue(files.get('lines.json')?.toString() ?? lines, `/lines/${line.name}/base/ref`, state.onto.ref));
  }
  return differing(files, project);
}

/**
 * Checks that applying the files to the new base, in a copy of the project,
 * gives the merged tree.
 */
async function prove(repository: Repository, line: Line, state: State, files: Files, project: string): Promise<string> {
  const copy = path.join(path.dirname(state.tree), 'rebase-new');
  await remove(copy);
  try {
    await copyProject(project, copy);
    await writeAll(copy, files);
    loadProposals(copy);
    const after = lineAfter(line, state);
    const commit = await commitProposals(repository, proposalsOn(after, copy), after, state.onto.record, copy);
    const file = await firstDifference(repository, state.commits.at(-1) ?? state.onto.record.commit, commit);
    if (file === undefined) return commit;
    throw new UserError(`${file} would come from the project otherwise than it was merged, so nothing was written`,
                        `bring the project's files back to what they were, or undo the rebase with \`make rebase-abort LINE=${line.name}\``);
  } finally {
    await remove(copy);
  }
}

/** Checks the result of merging all proposals, and records what has to be written. */
export async function prepareFinish(
  line: Line,
  state: State,
  proposals: readonly Placed[],
  project: string,
): Promise<State & { readonly finish: Finish }> {
  const repository = new Repository(state.tree);
  const files = await collect(repository, line, state, proposals, project);
  const commit = await prove(repository, line, state, files, project);
  await refuseUntracked(repository, commit);
  const names = [...files.keys()].sort();
  const previous = await Promise.all(names.map(async (name) => {
    const place = path.join(project, name);
    return [name, existsSync(place) ? await readFile(place, 'utf8') : null] as const;
  }));
  const next = {
    ...state,
    stopped: undefined,
    finish: {
      commit,
      files: Object.fromEntries(names.map((name) => [name, files.get(name)?.toString() ?? null])),
      previous: Object.fromEntries(previous),
    },
  };
  await writeState(next);
  return next;
}

/** Throws if the commit has a file where the user has an untracked one. */
export async function refuseUntracked(repository: Repository, commit: string): Promise<void> {
  const list = async (args: readonly string[]) => (await repository.git([...args, '-z'])).split('\0');
  const others = new Set(await list(['ls-files', '--others']));
  const file = (await list(['ls-tree', '-r', '--name-only', commit])).find((name) => name !== '' && others.has(name));
  if (file === undefined) return;
  throw new UserError(`${file} in ${shown(repository.dir)} is nobody's, and the rebase has one to put there`,
                      'move it out of the tree and run again');
}

const filesFrom = (record: Finish['files']): Files =>
  new Map(Object.entries(record).map(([file, text]) => [file, text ?? undefined]));

async function moveTo(repository: Repository, commit: string, applied: string, base: string): Promise<void> {
  await removeLocks(repository);
  await repository.git(['reset', '--quiet', '--hard', commit]);
  await repository.git(['update-ref', 'refs/bindery/applied', applied]);
  await repository.git(['update-ref', 'refs/bindery/base', base]);
  await repository.git(['update-ref', '-d', 'refs/bindery/onto']);
}

/** Removes files that only a rebase uses, even after one that was interrupted. */
async function removeScratch(tree: string): Promise<void> {
  const inGit = ['bindery-index', 'bindery-index.lock', 'bindery-rebase', 'bindery-rebase-index', 'bindery-rebase-index.lock'];
  const beside = ['onto', 'rebase-new', 'rebase.json.partial'];
  const places = [
    ...inGit.map((file) => path.join(tree, '.git', file)),
    ...beside.map((file) => path.join(path.dirname(tree), file)),
  ];
  for (const place of places) await remove(place);
}

/** Writes what was recorded. Can be run again if it was interrupted. */
export async function writeFinish(state: State & { readonly finish: Finish }, project: string): Promise<void> {
  const { finish, onto, tree } = state;
  await writeAll(project, filesFrom(finish.files));
  await moveTo(new Repository(tree), finish.commit, finish.commit, onto.record.commit);
  if (onto.locked !== undefined) {
    await chooseSysroot(path.dirname(tree), onto.record.sysroot!);
    // The new headers may be older than objects compiled with the old ones.
    await remove(path.join(tree, 'out'));
  }
  await writeRecord(recordOf(tree), onto.record);
  await removeScratch(tree);
}

/** Restores everything that a rebase has changed. Can be run again if it was interrupted. */
export async function undo(state: State, project: string): Promise<void> {
  const { base, finish, stopped, previous, tree } = state;
  const repository = new Repository(tree);
  if (finish !== undefined) await writeAll(project, filesFrom(finish.previous));
  // If a checkout was interrupted, there may be files of the new base that are not in any index.
  const cut = finish?.commit ?? (stopped?.isShown === false ? stopped.commit : undefined);
  await removeLocks(repository);
  if (cut !== undefined) await repository.git(['reset', '--quiet', '--hard', cut]);
  if (previous.head !== '') await repository.git(['symbolic-ref', 'HEAD', previous.head]);
  await moveTo(repository, previous.commit, previous.applied, previous.base);
  if (base.sysroot !== undefined) await chooseSysroot(path.dirname(tree), base.sysroot);
  const record = recordOf(tree);
  await writeAll(path.dirname(record), new Map([[path.basename(record), previous.record ?? undefined]]));
  await removeScratch(tree);
}
