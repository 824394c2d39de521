import type { BaseRecord } from '../base/base.ts';
import { beside } from '../build/unpatched.ts';
import { relink } from '../build/relink.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { counted, say } from '../core/report.ts';
import { checkOut, readyTree } from '../fork/apply.ts';
import type { Branch } from './branch.ts';

/** A copy of a line's base in which one branch after the other is checked out and built. */
export interface Stand {
  /** A line that stands for its folder. */
  readonly bare: Line;
  readonly own: BaseRecord;
}

/** The stand of a line, next to it. */
export const standOf = (line: Line, base: BaseRecord): Promise<Stand> => beside(line, base, 'pr');

/**
 * Builds a branch's binary. Only files that differ from the branch before are written, and
 * ccache has what was compiled for any of them.
 */
export async function buildBranch({ bare, own }: Stand, { repository, commit }: Branch): Promise<{ units: number }> {
  const { tree } = linePaths(bare.name);
  const there = await readyTree(tree);
  await there.git(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', repository.dir, commit]);
  say(`${counted(await checkOut(there, commit), 'file')} written`);
  return relink(bare, own, true);
}
