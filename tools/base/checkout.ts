import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { GitLine } from '../core/lines.ts';
import { shown } from '../core/paths.ts';
import { run } from '../core/run.ts';
import { prepareTree, startFork } from './tree.ts';

/** What a fork tree was made from. */
export interface Checkout {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
}

/** A clone that prints nothing for this many seconds is considered stuck. */
const STALL = 120;

/** The version that a release tag stands for. */
export const versionOf = (tag: string) => tag.replace(/^v/, '');

/**
 * Clones the tag into a new repository, from a checkout whose objects it shares
 * or over the network.
 */
async function bring({ base, name }: GitLine, into: string): Promise<void> {
  const { repository, ref } = base;
  const checkout = process.env['NODE_DIR'];
  if (!checkout) {
    await run('git', ['clone', '--progress', '--no-checkout', '--depth=1', `--branch=${ref}`, repository, into], {
      env: { GIT_TERMINAL_PROMPT: '0' },
      stall: STALL,
      todo: `name a checkout of Node that has ${ref} with NODE_DIR=<folder>, or verify what can be with \`make check LINE=${name}\``,
    });
    return;
  }
  const source = new Repository(path.resolve(checkout));
  if (!existsSync(source.dir) || await source.resolve(ref) === undefined) {
    throw new UserError(`${checkout} is no repository that has ${ref}`,
                        `run \`git fetch ${repository} tag ${ref}\` there, or name another with NODE_DIR=<folder>`);
  }
  await source.git(['clone', '--quiet', '--shared', '--no-checkout', '.', into]);
}

/**
 * Creates a line's fork tree from upstream's repository, at the release that
 * lines.json names. If it is cloned from a checkout (NODE_DIR), it has the
 * history too.
 * @param tree the folder of the fork tree, which is replaced
 */
export async function fetchCheckout(line: GitLine, tree: string): Promise<Checkout> {
  const partial = `${tree}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(path.dirname(partial), { recursive: true });
  await bring(line, partial);
  const repository = new Repository(partial);
  const commit = await repository.resolve(`${line.base.ref}^{commit}`);
  if (commit === undefined) {
    throw new UserError(`${shown(partial)} has no ${line.base.ref}`, 'correct base.ref in lines.json');
  }
  const date = await repository.dateOf(commit);
  await prepareTree(repository);
  await repository.git(['checkout', '--quiet', '-B', 'fork', commit]);
  await startFork(repository, commit);
  await rm(tree, { recursive: true, force: true });
  await rename(partial, tree);
  return { version: versionOf(line.base.ref), commit, date };
}
