import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Repository } from '../core/git.ts';

/**
 * What git ignores in a fork tree. .pc holds the state of the patch tool, out
 * is Node's build folder, and upstream's test-tracing-no-crash writes a trace
 * to the current directory.
 */
const EXCLUDED = ['/.pc/', '/out/', '/node_trace.*.log', '/config.gypi', '/config.mk', '/config.status', '/icu_config.gypi', '*.pyc', '__pycache__/'];

/**
 * Configures a fork tree's repository for speed: its thousands of files can be
 * recreated at any time.
 */
export async function prepareTree(repository: Repository): Promise<void> {
  await writeFile(path.join(repository.dir, '.git', 'info', 'exclude'), EXCLUDED.map((line) => `${line}\n`).join(''));
  await repository.git(['config', 'core.fsync', 'none']);
  await repository.git(['config', 'gc.auto', '0']);
  await repository.git(['config', 'core.looseCompression', '0']);
}

/** Creates a repository for a fork tree in a folder. */
export async function newTree(dir: string): Promise<Repository> {
  await mkdir(dir, { recursive: true });
  const repository = new Repository(dir);
  await repository.git(['init', '--quiet', '--initial-branch=fork']);
  await prepareTree(repository);
  return repository;
}

/** An index of a fork tree that is not the work tree's, for work beside it. */
export const scratchIndex = ({ dir }: Repository) => path.join(dir, '.git', 'bindery-index');

/** Marks a fork tree while its commits and files are being replaced. */
export const applyingMark = (tree: string) => path.join(tree, '.git', 'bindery-applying');

/** Makes a fork tree start at its base, with nothing applied. */
export async function startFork(repository: Repository, base: string): Promise<void> {
  for (const ref of ['refs/heads/fork', 'refs/bindery/base', 'refs/bindery/applied']) {
    await repository.git(['update-ref', ref, base]);
  }
}
