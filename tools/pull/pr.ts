import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { withNeeds } from '../core/proposals.ts';
import { say } from '../core/report.ts';
import type { NeedFault } from '../fork/needs.ts';
import { bring, commitAlone, setBranch } from './branch.ts';
import { requireClean } from './lint.ts';
import { describe } from './pr-text.ts';
import { type Prover, requireProved } from './prove.ts';

/**
 * @param faults what all proposals of the line use and do not need
 * @throws UserError with the first thing that a proposal, or one that it needs, uses and does not need
 */
export function requireNeeds(line: Line, name: string, faults: readonly NeedFault[]): void {
  const names = new Set(withNeeds(line, name).map(({ proposal }) => proposal.name));
  const [fault, ...more] = faults.filter(({ proposal }) => names.has(proposal));
  if (fault === undefined) return;
  throw new UserError(`${fault.text}${more.length === 0 ? '' : `, and ${more.length} more of the kind`}`,
                      'name in proposals.json what it needs, or move what it uses, and run again (`make lint` shows all)');
}

/**
 * Makes a branch that holds one proposal, in the fork tree or in the checkout in
 * NODE_DIR, proves it, and writes the description of its pull request. Work trees, indexes
 * and HEADs are left alone.
 * @param name the proposal, of which requireNeeds() holds
 * @throws UserError if it does not apply, a linter finds something in it, it does not do
 *   what it is for, or the branch holds someone's work
 */
export async function pr(line: Line, base: BaseRecord, name: string, prove: Prover): Promise<{ did: string }> {
  const placed = withNeeds(line, name).at(-1)!;
  await requireClean(line, placed);
  const alone = await commitAlone(line, base, name);
  const proof = await prove(alone, placed);
  requireProved(proof, name, line);
  const checkout = process.env['NODE_DIR'];
  const branch = checkout ? await bring(alone, base, checkout) : alone;
  const text = await describe(branch, placed, line, base, proof);
  await setBranch(branch.repository, name, branch.commit);
  const file = path.join(linePaths(line.name).dir, 'pr', `${name}.md`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  say(shown(file));
  const top = branch.needs.length === 0 ? '' : `, on top of ${branch.needs.join(', ')}`;
  return { did: `bindery/${name} in ${shown(branch.repository.dir)}${top}` };
}
