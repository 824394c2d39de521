import { existsSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { applyingMark } from '../../base/tree.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, root, shown } from '../../core/paths.ts';
import { loadProposals, type Placed, proposalsOn } from '../../core/proposals.ts';
import { say } from '../../core/report.ts';
import { commitProposals, hookFile } from '../apply.ts';
import { requireNoRebase } from '../under-way.ts';
import { exportPage } from './docs.ts';
import { changedLevels, foldHook, patchOf } from './hooks.ts';
import { allNames, type Change, changesBetween, choice, type Context, type Entry, type Files, isDoc, ownersOf, type Step } from './model.ts';
import { adopt, requirePlain } from './owned.ts';

/** The parts of the project that are needed to apply the proposals. */
const PARTS = ['lines.json', 'proposals.json', 'patches', 'doc-api', 'lib', 'src', 'test-parallel', 'benchmark'];

/** Copies those parts of the project. */
export async function copyProject(from: string, to: string): Promise<void> {
  for (const part of PARTS.filter((name) => existsSync(path.join(from, name)))) {
    await cp(path.join(from, part), path.join(to, part), { recursive: true });
  }
}

/** Stores the content of the work tree as a tree object, using a separate index. */
export async function snapshot(repository: Repository, index: string): Promise<string> {
  const unmerged = await repository.git(['diff', '--name-only', '--diff-filter=U']);
  if (unmerged !== '') {
    throw new UserError(`${unmerged.split('\n')[0]} has conflicts that are not resolved`, 'resolve them and run again');
  }
  const own = path.join(repository.dir, '.git', 'index');
  await rm(`${index}.lock`, { force: true });
  await copyFile(own, index);
  // git compares this time with those of files to decide which ones to read.
  const { atime, mtime } = await stat(own);
  await utimes(index, atime, mtime);
  const staged = repository.withIndex(index);
  await staged.git(['add', '--all']);
  return (await staged.git(['write-tree'])).trim();
}

const subjectOf = async (repository: Repository, commit: string) =>
  (await repository.git(['log', '-1', '--format=%s', commit])).trim();

/**
 * The base commit and the user's own commit for each proposal, if the user has
 * recreated these on the base, as `git rebase --autosquash` does; undefined
 * otherwise.
 */
async function remadeLevels(repository: Repository, levels: readonly string[]): Promise<readonly string[] | undefined> {
  const [base, ...proposals] = levels as [string, ...string[]];
  if (!await repository.isAncestor(base, 'HEAD')) return undefined;
  const commits = (await repository.commitsBetween(base, 'HEAD')).slice(0, proposals.length);
  const [ours, theirs] = await Promise.all([proposals, commits]
    .map((list) => Promise.all(list.map((commit) => subjectOf(repository, commit)))));
  return ours!.join('\n') === theirs!.join('\n') ? [base, ...commits] : undefined;
}

/** The user's commits on top of `from`, followed by the uncommitted changes. */
async function stepsTo(
  wanted: string,
  repository: Repository,
  from: string,
  levels: readonly string[],
): Promise<readonly Step[]> {
  const subjects = await Promise.all(levels.slice(1).map((commit) => subjectOf(repository, commit)));
  const steps: Step[] = [];
  for (const commit of await repository.commitsBetween(from, 'HEAD')) {
    const named = /^(?:(?:fixup|squash)! )+(.+)$/.exec(await subjectOf(repository, commit))?.[1];
    const fixup = named === undefined ? -1 : subjects.indexOf(named);
    steps.push(fixup === -1 ? { tree: commit } : { tree: commit, fixup });
  }
  return [...steps, { tree: wanted }];
}

/**
 * The result for the project: the files that change, and the proposals with the
 * files they own afterwards.
 */
interface Collected {
  readonly files: Files;
  readonly proposals: readonly Placed[];
}

/** Converts the changes in the tree to files of the project. */
async function collect(context: Context, line: Line, changes: readonly Change[]): Promise<Collected> {
  const { repository } = context;
  const owners = ownersOf(context.proposals);
  const files: Files = new Map();
  const proposals = [...context.proposals];
  const folded = new Map<string, readonly Entry[]>();
  for (const change of changes) {
    const { file, from, to } = change;
    const own = owners.get(file);
    if (own !== undefined) {
      const { name } = proposals[own.owner]!.proposal;
      if (to === undefined) {
        throw new UserError(`${file} was deleted, and ${name} owns it`,
                            `bring it back, export, then take ${own.owned} off proposals.json and delete it there`);
      }
      requirePlain(file, to);
      files.set(own.owned, await readFile(path.join(repository.dir, file)));
    } else if (isDoc(file)) {
      await exportPage(context, change, files);
    } else if (from === undefined) {
      await adopt(context, line, change, files, proposals);
    } else {
      folded.set(file, await foldHook(context, change));
    }
  }
  const trees = await changedLevels(context, folded);
  for (const [index, { proposal }] of context.proposals.entries()) {
    const text = await patchOf({ repository, proposals }, trees, index);
    files.set(path.relative(root, hookFile(proposal, line)), text === '' ? undefined : text);
  }
  return { files: differing(files), proposals };
}

/** The files that differ from those in the project. */
export function differing(files: Files, folder = root): Files {
  return new Map([...files].filter(([file, text]) => {
    const own = path.join(folder, file);
    if (text === undefined || !existsSync(own)) return text !== undefined || existsSync(own);
    return !readFileSync(own).equals(Buffer.from(text));
  }));
}

/** Writes all files next to their targets, then moves them into place. */
export async function writeAll(folder: string, files: Files): Promise<void> {
  const places = [...files].map(([file, text]) => ({ place: path.join(folder, file), text }));
  const beside = (place: string) => `${place}.bindery-new`;
  try {
    for (const { place, text } of places) {
      if (text === undefined) continue;
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(beside(place), text);
    }
  } catch (error) {
    // A full disk must not leave stray files behind.
    for (const { place } of places) await rm(beside(place), { force: true });
    throw error;
  }
  for (const { place, text } of places) {
    await (text === undefined ? rm(place, { force: true }) : rename(beside(place), place));
  }
}

/** The first file that differs between two trees. */
export async function firstDifference(repository: Repository, one: string, other: string): Promise<string | undefined> {
  return (await changesBetween(repository, one, other))[0]?.file;
}

/**
 * Checks that applying the files to the base, in a copy of the project, gives
 * the content of the user's tree.
 */
async function prove(
  { repository, scratch }: Context,
  line: Line,
  base: BaseRecord,
  wanted: string,
  collected: Collected,
): Promise<string> {
  const project = path.join(scratch, 'project');
  await copyProject(root, project);
  await writeAll(project, collected.files);
  loadProposals(project);
  const commit = await commitProposals(repository, collected.proposals, line, base, project);
  const file = await firstDifference(repository, wanted, commit);
  if (file === undefined) return commit;
  throw new UserError(`${file} would come back from the project otherwise than it is in the tree, so nothing was written`,
                      'bring that change into the project by hand, undo it in the tree and run again');
}

/**
 * Points the fork tree at the commit that applying the project now gives. Its
 * files already have that content.
 */
async function moveTree(
  repository: Repository,
  commit: string,
  wanted: string,
  index: string,
  date: string,
): Promise<void> {
  const head = (await repository.resolve('HEAD'))!;
  const isCommitted = await repository.resolve('HEAD^{tree}') === wanted;
  const backup = isCommitted ? head : await repository.commitTree(wanted, [head], 'before export\n', date);
  await repository.git(['update-ref', 'refs/bindery/before-export', backup]);
  const marker = applyingMark(repository.dir);
  await writeFile(marker, commit);
  await rename(index, path.join(repository.dir, '.git', 'index'));
  await repository.git(['update-ref', 'HEAD', commit]);
  await repository.git(['update-ref', 'refs/bindery/applied', commit]);
  await rm(marker);
}

/** The index of the proposal that PROPOSAL names. */
function chosenOf(proposals: readonly Placed[], line: Line): number | undefined {
  const name = process.env['PROPOSAL'];
  if (!name) return undefined;
  const chosen = allNames(proposals).indexOf(name);
  if (chosen !== -1) return chosen;
  throw new UserError(`there is no proposal ${name} on ${line.name}`, choice(allNames(proposals)));
}

/**
 * Finds the commit that the user's own commits are based on, and the commits of
 * the proposals: those made from the project, or the ones that the user has
 * replaced them with.
 */
async function standing(
  repository: Repository,
  applied: string,
  levels: readonly string[],
): Promise<{ readonly from: string; readonly levels: readonly string[] }> {
  if (await repository.isAncestor(applied, 'HEAD')) return { from: applied, levels };
  const remade = await remadeLevels(repository, levels);
  if (remade !== undefined) return { from: remade.at(-1)!, levels: remade };
  throw new UserError(`the commits of ${shown(repository.dir)} stand neither on refs/bindery/applied nor, one a proposal in order, on refs/bindery/base`,
                      'run `git reset --soft refs/bindery/applied` there, which keeps the files as they are, and run again');
}

/**
 * Checks that the tree was applied completely, and from the project as it is
 * now. The user may have changed it since.
 */
async function requireKnown(repository: Repository, line: Line, current: string, wanted: string): Promise<string> {
  const applied = await repository.resolve('refs/bindery/applied');
  const todo = `run \`make apply LINE=${line.name}\`, then run again`;
  if (applied === undefined || existsSync(applyingMark(repository.dir))) {
    throw new UserError(`${shown(repository.dir)} is not a whole fork tree`, todo);
  }
  const stale = await firstDifference(repository, applied, current);
  // If the tree matches the project, an interrupted export has already written it.
  if (stale === undefined || await firstDifference(repository, current, wanted) === undefined) return applied;
  throw new UserError(`the project's own files have changed since the tree was made (${stale}), and an export would undo that`,
                      'put them aside with `git stash`, export, then bring them back with `git stash pop`');
}

/**
 * Carries the changes in a line's fork tree back to the project: owned files,
 * hooks and sections of the manual. Nothing is written unless applying the
 * result gives exactly the same tree.
 */
export async function exportLine(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { dir, tree } = linePaths(line.name);
  requireNoRebase(line.name);
  const repository = new Repository(tree);
  const proposals = proposalsOn(line);
  const chosen = chosenOf(proposals, line);
  const scratch = path.join(dir, 'export-new');
  const index = path.join(tree, '.git', 'bindery-export-index');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const wanted = await snapshot(repository, index);
    const current = await commitProposals(repository, proposals, line, base);
    const applied = await requireKnown(repository, line, current, wanted);
    const made = [base.commit, ...await repository.commitsBetween(base.commit, current)];
    const { from, levels } = await standing(repository, applied, made);
    const steps = await stepsTo(wanted, repository, from, levels);
    const context = { repository, proposals, levels, steps, chosen, scratch };
    const changes = await changesBetween(repository, current, wanted);
    const collected = await collect(context, line, changes);
    const commit = await prove(context, line, base, wanted, collected);
    await writeAll(root, collected.files);
    if (commit !== await repository.resolve('HEAD') || commit !== applied) {
      await moveTree(repository, commit, wanted, index, base.date);
    }
    for (const file of [...collected.files.keys()].sort()) say(file);
    const count = collected.files.size;
    if (changes.length > 0) return { did: `${changes.length} files changed in the tree, ${count} updated in the project` };
    const patches = count === 0 ? 'the patches are as they should be' : `${count} patches written anew`;
    return { did: `nothing changed in the tree, ${patches}` };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await rm(index, { force: true });
  }
}
