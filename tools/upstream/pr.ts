import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { type Placed, withNeeds } from '../core/proposals.ts';
import { say } from '../core/report.ts';
import { commitProposals } from '../fork/apply.ts';
import { lintFiles } from './linters.ts';
import { type Branch, describe } from './pr-text.ts';
import { authorship, type Person, person, signedCommits } from './series.ts';

/**
 * Points a branch at the commit that was made for it. The previous such commit is kept in
 * a private reference: if the branch points elsewhere, it holds someone's work.
 */
async function setBranch(repository: Repository, name: string, commit: string): Promise<void> {
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

/** Commits a proposal, and the ones it needs, on top of the line's base. */
async function commitAlone(line: Line, base: BaseRecord, name: string): Promise<Branch> {
  const signer = await person();
  const repository = signedBy(linePaths(line.name).tree, signer, base.date);
  const placed = withNeeds(line, name);
  const tip = await commitProposals(repository, placed, line, base, root, true);
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
async function bring(branch: Branch, base: BaseRecord, folder: string): Promise<Branch> {
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

/** @throws UserError with the first finding of a linter in a proposal's files */
async function requireClean(line: Line, { proposal, owns, docs }: Placed): Promise<void> {
  const found = (await lintFiles(line, [...owns, ...docs])).replaceAll(`${root}${path.sep}`, '');
  if (found === '') return;
  const lines = found.split('\n').map((text) => text.trim()).filter((text) => text !== '');
  // eslint and remark print the file name on a separate line.
  const first = /[: ]/.test(lines[0]!) ? lines[0]! : lines.slice(0, 2).join(':');
  throw new UserError(`a linter found something in ${proposal.name}: ${first}`, 'correct it (`make lint` shows all), then run again');
}

/**
 * Makes a branch that holds one proposal, in the fork tree or in the checkout in
 * NODE_DIR, and writes the description of its pull request. Work trees, indexes and HEADs
 * are left alone.
 * @param name the proposal
 * @throws UserError if it does not apply, a linter finds something in it, or the branch
 *   holds someone's work
 */
export async function pr(line: Line, base: BaseRecord, name: string): Promise<{ did: string }> {
  const placed = withNeeds(line, name).at(-1)!;
  await requireClean(line, placed);
  const alone = await commitAlone(line, base, name);
  const checkout = process.env['NODE_DIR'];
  const branch = checkout ? await bring(alone, base, checkout) : alone;
  const text = await describe(branch, placed, line, base);
  await setBranch(branch.repository, name, branch.commit);
  const file = path.join(linePaths(line.name).dir, 'pr', `${name}.md`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  say(shown(file));
  const top = branch.needs.length === 0 ? '' : `, on top of ${branch.needs.join(', ')}`;
  return { did: `bindery/${name} in ${shown(branch.repository.dir)}${top}` };
}
