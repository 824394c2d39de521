// pull: proposals as pull requests that stand alone.
// In: fork trees, the project's proposals, and copies of the bases in which branches are built.
// Out: a branch for each proposal (branch.ts), what its building and its tests show (prove.ts), and
// the description of the pull request (pr-text.ts).
import type { BaseRecord } from '../base/base.ts';
import { apply } from '../build/commands.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { step } from '../core/report.ts';
import { docNeeds, ensure, fullNeeds, lintNeeds, testNeeds } from '../core/system.ts';
import { needFaults } from '../fork/needs.ts';
import { pr as makePr, requireNeeds } from './pr.ts';
import { proverOf } from './prove.ts';
import { prs as makeAll } from './prs.ts';

async function prepare(line: Line): Promise<BaseRecord> {
  const base = await apply(line);
  await step('packages', () => ensure([...lintNeeds, ...isLinked(line) ? [...fullNeeds, ...testNeeds, ...docNeeds] : []]));
  return base;
}

/** Makes and proves a branch with the proposal that PROPOSAL names. */
export async function pr(line: Line): Promise<void> {
  const name = process.env['PROPOSAL'] ?? '';
  // This takes seconds, and a base that has to be fetched first takes minutes.
  requireNeeds(line, name, needFaults(line));
  const base = await prepare(line);
  await step(`pr ${line.name}`, () => makePr(line, base, name, proverOf(line, base)));
}

/** Makes and proves a branch with each proposal of a line. */
export async function prs(line: Line): Promise<void> {
  const base = await prepare(line);
  await makeAll(line, base, proverOf(line, base));
}
