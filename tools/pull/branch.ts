import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { proposalsOn, withNeeds } from '../core/proposals.ts';
import { commitProposals } from '../fork/apply.ts';
import { changesBetween } from '../fork/export/model.ts';
import { authorship, type Person, person, signedCommits } from '../upstream/series.ts';

/** A proposal's branch and what it is based on. */
export interface Branch {
  readonly repository: Repository;
  readonly name: string;
  readonly commit: string;
  /** The names of the earlier proposals that it depends on. */
  readonly needs: readonly string[];
}

/**
 * Points a branch at the commit that was made for it. The previous such commit is kept in
 * a private reference: if the branch points elsewhere, it holds someone's work.
 */
export async function setBranch(repository: Repository, name: string, commit: string): Promise<void> {
  const branch = `refs/heads/bindery/${name}`;
  const made = `refs/bindery/pr/${name}`;
  const before = await repository.resolve(branch);
  const where = `the branch bindery/${name} of ${shown(repository.dir)}`;
  if (before !== undefined && before !== commit && before !== await repository.resolve(made)) {
    throw new UserError(`${where} has commits that were not made here`,
                        `rename it (\`git branch -m bindery/${name} <name>\`) or delete it there, then run again`);
  }
  const worktrees = await repository.git(['worktree', 'list', '--porcelain']);
  if (before !== commit && worktrees.split('\n').includes(`branch ${branch}`)) {
    throw new UserError(`${where} is checked out`, 'check out another branch there, then run again');
  }
  await repository.git(['update-ref', branch, commit]);
  await repository.git(['update-ref', made, commit]);
}

/** The same repository, with the user as the author of its commits. */
const signedBy = (dir: string, signer: Person, date: string) => new Repository(dir, {
  ...authorship(signer, date),
  GIT_COMMITTER_NAME: signer.name,
  GIT_COMMITTER_EMAIL: signer.email,
});

/** The files of upstream's that the proposal itself changes, without those that it needs. */
export async function hookedBy({ repository, commit }: Branch): Promise<readonly string[]> {
  return modifiedBetween(repository, `${commit}^`, commit);
}

/** The files that are in both trees and differ. */
export async function modifiedBetween(
  repository: Repository,
  before: string,
  after: string,
): Promise<readonly string[]> {
  const changes = await changesBetween(repository, before, after);
  return changes.filter(({ from, to }) => from !== undefined && to !== undefined).map(({ file }) => file);
}

/** How many lines the proposal itself adds outside tests and documents. */
export async function addedBy({ repository, commit }: Branch): Promise<number> {
  const counts = await repository.git(['diff', '--numstat', '--no-renames', `${commit}^`, commit, '--', '.', ':!test', ':!doc']);
  return [...counts.matchAll(/^(\d+)\t/gm)].reduce((sum, [, added]) => sum + Number(added), 0);
}

/** Commits a proposal and all before it; resolves to the commit of each. */
async function commitsUntil(
  repository: Repository,
  line: Line,
  base: BaseRecord,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const all = proposalsOn(line);
  const placed = all.slice(0, all.findIndex(({ proposal }) => proposal.name === name) + 1);
  const commits = await repository.commitsBetween(base.commit, await commitProposals(repository, placed, line, base));
  return new Map(placed.map(({ proposal }, index) => [proposal.name, commits[index]!]));
}

/** Commits a proposal, and the ones it needs, on top of the line's base, in the fork tree. */
export async function commitAlone(line: Line, base: BaseRecord, name: string): Promise<Branch> {
  const signer = await person();
  const repository = signedBy(linePaths(line.name).tree, signer, base.date);
  const placed = withNeeds(line, name);
  const whole = await commitsUntil(repository, line, base, name);
  const tip = await commitProposals(repository, placed, line, base, root, whole);
  const commit = await signedCommits(repository, line, base, signer, tip, placed);
  return { repository, name, commit, needs: placed.slice(0, -1).map(({ proposal }) => proposal.name) };
}

/** The checkout in NODE_DIR. */
async function checkoutAt(folder: string, signer: Person, date: string): Promise<Repository> {
  const todo = 'name a checkout of nodejs/node with NODE_DIR=<folder>';
  const top = await new Repository(path.resolve(folder)).try(['rev-parse', '--show-toplevel']).catch(() => undefined);
  if (top === undefined || top.code !== 0) throw new UserError(`${folder} is no checkout of git's`, todo);
  const repository = signedBy(top.stdout.trim(), signer, date);
  const { code } = await repository.try(['cat-file', '-e', 'HEAD:node.gyp']);
  if (code !== 0) throw new UserError(`${folder} is not Node's source`, todo);
  return repository;
}

/** Copies the old contents of the files that a commit changes, so that git can merge. */
async function copyOrigins(from: Repository, to: Repository, commit: string): Promise<void> {
  const changes = await from.git(['diff-tree', '-r', '--no-renames', '--diff-filter=M', `${commit}^`, commit]);
  for (const [, id] of changes.matchAll(/^:\d+ \d+ ([0-9a-f]+) /gm)) {
    await to.store(await from.git(['cat-file', 'blob', id!]));
  }
}

/** Applies a commit of the fork tree to the index of a checkout with a three-way merge. */
async function transplant(from: Repository, staged: Repository, commit: string, head: string): Promise<void> {
  await copyOrigins(from, staged, commit);
  const input = await from.git(['diff', '--binary', '--full-index', '--no-renames', '--src-prefix=a/', '--dst-prefix=b/', `${commit}^`, commit]);
  const { code, stderr } = await staged.try(['apply', '--cached', '--3way'], { input });
  if (code === 0) return;
  const unmerged = (await staged.git(['diff', '--cached', '--name-only', '--diff-filter=U'])).split('\n')[0];
  let said = stderr;
  if (unmerged) {
    // A merge does not say where it failed, but a plain apply does.
    await staged.git(['read-tree', head]);
    said = (await staged.try(['apply', '--cached', '--check', `--include=${unmerged}`], { input })).stderr;
  }
  const at = /patch failed: (\S+:\d+)/.exec(said)?.[1] ?? (unmerged || (/^error: (.*)$/m.exec(said)?.[1] ?? said.trim()));
  throw new UserError(`the change conflicts with ${shown(staged.dir)}, at ${at}`,
                      'check out a commit nearer to the line there, or apply the branch of the fork tree by hand');
}

/** Recreates a branch's commits on the HEAD of a checkout without touching its work tree. */
export async function bring(branch: Branch, base: BaseRecord, folder: string): Promise<Branch> {
  const repository = await checkoutAt(folder, await person(), base.date);
  const index = (await repository.git(['rev-parse', '--path-format=absolute', '--git-path', 'bindery-pr-index'])).trim();
  const staged = repository.withIndex(index);
  let commit = (await repository.resolve('HEAD'))!;
  await rm(`${index}.lock`, { force: true });
  try {
    await staged.git(['read-tree', commit]);
    for (const next of await branch.repository.commitsBetween(base.commit, branch.commit)) {
      await transplant(branch.repository, staged, next, commit);
      const message = await branch.repository.git(['log', '-1', '--format=%B', next]);
      commit = await staged.commitIndex(`${message.trim()}\n`, [commit], base.date);
    }
  } finally {
    await rm(index, { force: true });
  }
  return { ...branch, repository, commit };
}
