import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, chooseSysroot, LAYOUT, originOf, readBase, recordOf } from '../base/base.ts';
import { fetchCheckout } from '../base/checkout.ts';
import { lockedLine, type LockedLine } from '../base/lock.ts';
import { makeBase } from '../base/make-base.ts';
import { Repository } from '../core/git.ts';
import { isLinked, type Line, type LinkedLine } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { writeRecord } from '../core/record.ts';
import { remove } from '../core/remove.ts';
import { applyProposals } from '../fork/apply.ts';
import { refuseOwnWork } from '../fork/own-work.ts';
import { requireNoRebase } from '../fork/under-way.ts';
import { configure, toolchain } from './configure.ts';

const oldOf = (tree: string) => `${tree}.old`;

const partialOf = (tree: string) => `${tree}.partial`;

/**
 * Replaces a tree with a complete one. If this is interrupted, `recover()`
 * restores the old tree.
 */
async function replaceTree(tree: string, next: string): Promise<void> {
  await remove(oldOf(tree));
  if (existsSync(tree)) await rename(tree, oldOf(tree));
  await rename(next, tree);
  await remove(oldOf(tree));
}

/** Cleans up after a run that was interrupted or failed while it was replacing a tree. */
async function recover(tree: string): Promise<void> {
  for (const rest of [partialOf(tree), `${partialOf(tree)}.debian`]) await remove(rest);
  if (!existsSync(oldOf(tree))) return;
  if (existsSync(tree)) await remove(oldOf(tree));
  else await rename(oldOf(tree), tree);
}

/**
 * Creates the locked base next to the line's current one. It replaces that once
 * the proposals apply to it and Node's configure has succeeded.
 */
async function moveTo(line: LinkedLine, locked: LockedLine): Promise<BaseRecord> {
  const paths = linePaths(line.name);
  const { dir, tree } = paths;
  const partial = partialOf(tree);
  const record = await makeBase(line, locked, dir, partial);
  // Try everything that can still fail while the old tree exists.
  if (existsSync(tree)) {
    await applyProposals(line, record, partial);
    const sysroot = path.join(dir, 'sysroots', record.sysroot!);
    const release = path.join(partial, path.relative(tree, paths.release));
    await configure(line, record, await toolchain(sysroot), { ...paths, tree: partial, sysroot, release });
  }
  await replaceTree(tree, partial);
  return record;
}

/**
 * Gives a line its locked base, or if its source comes from upstream's
 * repository, the release that lines.json names. That is the source, as the
 * base commit of the fork tree, and for a linked line also the libraries and
 * headers of that version. Nothing is fetched again if it is already there.
 * @param locked what the base is made of, if not what the line's own lock says
 * @param isKept whether to accept the present base, whatever the lock says
 */
export async function fetchBase(
  line: Line,
  locked?: LockedLine,
  isKept?: boolean,
): Promise<BaseRecord & { did: string }> {
  const { dir, tree } = linePaths(line.name);
  await mkdir(dir, { recursive: true });
  await recover(tree);
  const present = await readBase(line, dir, locked, isKept);
  if (present !== undefined) {
    if (present.sysroot !== undefined) await chooseSysroot(dir, present.sysroot);
    return { ...present, did: `${present.version} is here, nothing to download` };
  }
  requireNoRebase(line.name);
  if (existsSync(path.join(tree, '.git'))) await refuseOwnWork(new Repository(tree));
  if (isLinked(line)) {
    const record = await moveTo(line, locked ?? lockedLine(line.name));
    await chooseSysroot(dir, record.sysroot!);
    return { ...record, did: record.version };
  }
  const fetched = await fetchCheckout(line, tree);
  const record: BaseRecord = { ...fetched, layout: LAYOUT, origin: originOf(line), configure: [] };
  await writeRecord(recordOf(tree), record);
  return { ...record, did: `${record.version}, its whole source` };
}
