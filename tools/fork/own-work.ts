import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';
import { shown } from '../core/paths.ts';

/**
 * Throws if a fork tree has work that would be lost if it were recreated:
 * changed files, or commits that are not of a proposal.
 * @throws UserError naming the tree and the first changed file
 */
export async function refuseOwnWork(repository: Repository): Promise<void> {
  const head = await repository.resolve('HEAD');
  const applied = await repository.resolve('refs/bindery/applied');
  const changed = await repository.git(['status', '--porcelain', '--untracked-files=no']);
  if (head === applied && changed.trim() === '') return;
  const what = head === applied ? `changes (${changed.trim().split('\n')[0]!.trim()} ...)` : 'commits of its own';
  throw new UserError(`the fork tree ${shown(repository.dir)} has ${what}`,
                      'bring them into this project and undo them there, or run with KEEP_TREE=1 to build it as it is');
}
