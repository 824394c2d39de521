import type { BaseRecord } from '../base/base.ts';
import { lockedLine } from '../base/lock.ts';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { step } from '../core/report.ts';
import { applyProposals } from '../fork/apply.ts';
import { fetchBase } from './move.ts';
import { relink } from './relink.ts';

/**
 * Builds the binary of a line's base without proposals, linked in the same way
 * as the line's own. The proposals are then the only difference between the
 * two, whereas an official binary is also compiled and linked differently.
 * @returns a line with that binary, in a folder next to the other line's
 */
export async function unpatched(line: Line, base: BaseRecord): Promise<Line> {
  // No proposal mentions this line, so none is applied.
  const bare = { ...line, name: `${line.name}-base` };
  const own = await step(`fetch ${bare.name}`, () => fetchBase(bare, lockedLine(line.name)));
  if (own.version !== base.version) {
    throw new UserError(`${line.name} stands on ${base.version}, and ${bare.name} on ${own.version}`,
                        `go back to what is locked: \`make rebase LINE=${line.name} ONTO=${own.version}\``);
  }
  await step(`apply ${bare.name}`, () => applyProposals(bare, own));
  await step(`build ${bare.name}`, () => relink(bare, own));
  return bare;
}

/** The path of that binary. */
export const unpatchedNode = (bare: Line): string => linePaths(bare.name).node;
