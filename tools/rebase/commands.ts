// rebase: what changes the project's own patches and files.
// In: a fork tree with changes in it, or another base.
// Out: patches/, lib/, src/, ... and proposals.json, lines.json and bases.lock.json, written anew and
// only where applying them gives the very same tree; or conflicts to resolve in the fork tree.
import { existsSync } from 'node:fs';
import { fetchBase } from '../build/move.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { step } from '../core/report.ts';
import { buildNeeds, ensure } from '../core/system.ts';
import { exportLine } from '../fork/export/export.ts';
import { type ForkTree, pinnedLib } from '../fork/lib-tree.ts';
import { next as writeNext } from './next.ts';
import { rebase as begin } from './rebase.ts';
import { rebaseAbort, rebaseContinue } from './resume.ts';

/** Carries what was changed in the fork tree back to the project. */
export async function bringBack(line: Line): Promise<void> {
  await step('packages', () => ensure(buildNeeds));
  // The lock may have moved on since the work in the tree began.
  const base = await step(`fetch ${line.name}`, () => fetchBase(line, undefined, true));
  await step(`export ${line.name}`, () => exportLine(line, base));
}

/** The fork tree of a line, with lib/ alone if its source is not available. */
async function forkTree(line: Line): Promise<ForkTree> {
  const { tree } = linePaths(line.name);
  if (!isLinked(line) && !process.env['NODE_DIR'] && !existsSync(tree)) return pinnedLib(line);
  return { tree, base: await step(`fetch ${line.name}`, () => fetchBase(line)) };
}

/** Moves a line to the base that ONTO names. */
export async function rebase(line: Line): Promise<void> {
  await step('packages', () => ensure(buildNeeds));
  await step(`rebase ${line.name}`, async () => begin(line, await forkTree(line), process.env['ONTO'] ?? ''));
}

/** Goes on after a conflict. */
export const resume = (line: Line) => step(`rebase-continue ${line.name}`, () => rebaseContinue(line));

/** Brings back what was before. */
export const abort = (line: Line) => step(`rebase-abort ${line.name}`, () => rebaseAbort(line));

/** Writes the hooks that a line's newest release needs. */
export const next = (line: Line) => step(`next ${line.name}`, () => writeNext(line, process.env['ONTO'] ?? ''));
