import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { withNeeds } from '../core/proposals.ts';
import { say } from '../core/report.ts';
import { bring, commitAlone, setBranch } from './branch.ts';
import { requireClean } from './lint.ts';
import { describe } from './pr-text.ts';
import { type Prover, requireProved } from './prove.ts';

/**
 * Makes a branch that holds one proposal, in the fork tree or in the checkout in
 * NODE_DIR, proves it, and writes the description of its pull request. Work trees, indexes
 * and HEADs are left alone.
 * @param name the proposal
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
