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
 * Fetches a line's base a second time, into a folder next to the line's.
 * @param what the folder is for; its name ends in that
 * @returns a line that stands for the folder, and its base
 */
export async function beside(line: Line, base: BaseRecord, what: string): Promise<{ bare: Line; own: BaseRecord }> {
  // No proposal mentions this line, so none is applied.
  const bare = { ...line, name: `${line.name}-${what}` };
  const own = await step(`fetch ${bare.name}`, () => fetchBase(bare, lockedLine(line.name)));
  if (own.version !== base.version) {
    throw new UserError(`${line.name} stands on ${base.version}, and ${bare.name} on ${own.version}`,
                        `go back to what is locked: \`make rebase LINE=${line.name} ONTO=${own.version}\``);
  }
  return { bare, own };
}

/**
 * Builds the binary of a line's base without proposals, linked in the same way
 * as the line's own. The proposals are then the only difference between the
 * two, whereas an official binary is also compiled and linked differently.
 * @returns a line with that binary
 */
export async function unpatched(line: Line, base: BaseRecord): Promise<Line> {
  const { bare, own } = await beside(line, base, 'base');
  await step(`apply ${bare.name}`, () => applyProposals(bare, own));
  await step(`build ${bare.name}`, () => relink(bare, own));
  return bare;
}

/** The path of that binary. */
export const unpatchedNode = (bare: Line): string => linePaths(bare.name).node;
