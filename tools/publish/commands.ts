// publish: what people install and read.
// In: a line's binary and libraries, the npm that goes with it, and the pages of the fork tree's manual.
// Out: packages in out/<line>/dist, tried from the finished archives, and pages in out/doc/<line>,
// looked at in a browser.
import type { BaseRecord } from '../base/base.ts';
import { apply, node } from '../build/commands.ts';
import type { Line } from '../core/lines.ts';
import { step } from '../core/report.ts';
import { distNeeds, docNeeds, ensure, tryNeeds } from '../core/system.ts';
import { conclude } from '../core/tally.ts';
import { distCheck } from './dist/check.ts';
import { dist as makePackages } from './dist/dist.ts';
import { reproduce } from './dist/reproduce.ts';
import { doc as makePages } from './doc/doc.ts';
import { checkTry } from './try/check.ts';
import { makeTry } from './try/package.ts';

/** Makes the packages of a line, of the binary that is there or is built for them. */
export async function packages(line: Line): Promise<BaseRecord> {
  const base = await node(line);
  await step(`dist ${line.name}`, () => makePackages(line, base));
  return base;
}

/** Makes the packages of a line and tries them; makes them twice where REPRODUCE is set. */
export async function dist(line: Line): Promise<void> {
  await step('packages', () => ensure(distNeeds));
  const base = await packages(line);
  const parts = [() => step(`dist check ${line.name}`, () => distCheck(line, base))];
  if (process.env['REPRODUCE']) parts.push(() => step(`dist again ${line.name}`, () => reproduce(line, base)));
  await conclude(parts);
}

/** Makes the package for Node.js as it is, and tries it. */
export async function tryOut(): Promise<void> {
  await step('packages', () => ensure(tryNeeds));
  const { tarball } = await step('try', makeTry);
  await conclude([() => step('try check', () => checkTry(tarball))]);
}

/** Renders the pages of the manual that have sections of ours. */
export async function doc(line: Line): Promise<void> {
  const base = await apply(line);
  await step('packages', () => ensure(docNeeds));
  await step(`doc ${line.name}`, () => makePages(line, base));
}
