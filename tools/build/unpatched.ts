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
 * Makes the binary of a line's base alone, linked as the line's own is: between
 * the two nothing but the proposals differs, where an official binary is also
 * compiled and linked in another way.
 * @returns the line that has it, whose folder lies beside the other's
 */
export async function unpatched(line: Line, base: BaseRecord): Promise<Line> {
  // No proposal names this line, so that none is applied.
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

/** Where that binary lies. */
export const unpatchedNode = (bare: Line): string => linePaths(bare.name).node;
