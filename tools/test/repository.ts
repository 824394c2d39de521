// Git repositories that tests make. It imports tools that depend on BINDERY_OUT.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { type BaseRecord, LAYOUT } from '../base/base.ts';
import { newTree, startFork } from '../base/tree.ts';
import { Repository } from '../core/git.ts';
import type { Texts } from './files.ts';
import { DATE } from './project.ts';

/** Changes to files by path; null removes a file. */
export type Changes = Readonly<Record<string, string | null>>;

/** The record of a fork tree's base. */
export const baseRecord = (commit: string): BaseRecord =>
  ({ layout: LAYOUT, version: '24.21.0-1', origin: 'forky', configure: [], commit, date: DATE });

/** Commits changes on top of a commit, or as the first one, without touching the work tree. */
export async function commit(
  repository: Repository,
  parent: string | undefined,
  message: string,
  changes: Changes,
): Promise<string> {
  const index = path.join(repository.dir, '.git', 'test-index');
  const staged = repository.withIndex(index);
  await staged.git(['read-tree', ...parent === undefined ? ['--empty'] : [parent]]);
  for (const [file, content] of Object.entries(changes)) {
    if (content === null) await staged.git(['update-index', '--force-remove', file]);
    else await staged.stage(new Map([[file, await staged.store(content)]]));
  }
  const made = await staged.commitIndex(`${message}\n`, parent === undefined ? [] : [parent], DATE);
  rmSync(index);
  return made;
}

/** Makes a repository in a folder, with one commit that has these files, on the branch `fork`. */
export async function repositoryOf(dir: string, texts: Texts): Promise<Repository> {
  const repository = await newTree(dir);
  const base = await commit(repository, undefined, 'deps: import', texts);
  await repository.git(['reset', '--quiet', '--hard', base]);
  return repository;
}

/** Makes a fork tree whose base has these files, with nothing applied. */
export async function forkTree(dir: string, texts: Texts): Promise<{ repository: Repository; base: string }> {
  const repository = await repositoryOf(dir, texts);
  const base = (await repository.resolve('HEAD'))!;
  await startFork(repository, base);
  return { repository, base };
}

/** Who small projects belong to. */
export const me = { name: 'Zoë Q', email: 'zoe@example.com' };
export const signature = `Signed-off-by: ${me.name} <${me.email}>`;

/** Makes a repository of a small project's own folder, with a name and an address to sign off with. */
export async function ownRepository(dir: string): Promise<Repository> {
  const repository = new Repository(dir);
  await repository.git(['init', '--quiet']);
  await repository.git(['config', 'user.name', me.name]);
  await repository.git(['config', 'user.email', me.email]);
  return repository;
}
