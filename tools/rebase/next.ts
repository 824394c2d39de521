import { nodeVersion } from '../base/base.ts';
import { versionOf } from '../base/checkout.ts';
import { lastOf, lockedOf, publishedReleases } from '../base/releases.ts';
import { UserError } from '../core/errors.ts';
import { isGit, type Line, nextOf } from '../core/lines.ts';
import type { Done } from '../core/report.ts';
import { applyProposals } from '../fork/apply.ts';
import { libTree } from '../fork/lib-tree.ts';
import { rebase } from './rebase.ts';

/**
 * Writes the hooks of lib/ that a linked line needs for a release newer than
 * its base. They are kept next to its own where they differ, and `make rebase`
 * uses them once the source is available.
 * @param release such as 24.22.3; defaults to the newest published one if empty
 */
export async function next(line: Line, release: string): Promise<Done> {
  const locked = lockedOf(line);
  if (isGit(line) || locked === null) {
    throw new UserError(`${line.name} has no base that is locked`, `run \`make rebase LINE=${line.name} ONTO=<release>\``);
  }
  const version = (release || lastOf(line, await publishedReleases())) ?? '';
  const fork = await libTree(line, line.next === undefined ? nodeVersion(locked) : versionOf(line.next.release));
  await applyProposals(line.next === undefined ? line : nextOf(line), fork.base, fork.tree);
  return rebase(line, fork, version, undefined, 'next');
}
