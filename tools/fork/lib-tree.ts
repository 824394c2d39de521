import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, LAYOUT, recordOf } from '../base/base.ts';
import { allTextsIn } from '../base/builtins.ts';
import { versionOf } from '../base/checkout.ts';
import { officialNode } from '../base/official.ts';
import { newTree, scratchIndex, startFork } from '../base/tree.ts';
import { Repository } from '../core/git.ts';
import type { GitLine, Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import { type Done, step } from '../core/report.ts';
import { refuseOwnWork } from './own-work.ts';
import { requireNoRebase } from './under-way.ts';

/** A fork tree and its base. */
export interface ForkTree {
  readonly tree: string;
  readonly base: BaseRecord;
}

/** A fixed date for the commits, so that equal texts have equal ids. */
const DATE = '1700000000 +0000';

/**
 * Commits the lib/ files embedded in a release's official binary, without
 * touching the work tree.
 */
export async function commitRelease(repository: Repository, version: string): Promise<string> {
  const texts = await allTextsIn(await officialNode(version));
  const files = Object.keys(texts);
  const git = path.join(repository.dir, '.git');
  const scratch = path.join(git, 'bindery-release');
  const index = scratchIndex(repository);
  await rm(index, { force: true });
  try {
    for (const [file, text] of Object.entries(texts)) {
      await mkdir(path.dirname(path.join(scratch, file)), { recursive: true });
      await writeFile(path.join(scratch, file), text);
    }
    const staged = repository.withIndex(index);
    const objects = await staged.storeFiles(files.map((file) => path.join(scratch, file)));
    await staged.stage(new Map(files.map((file, at) => [file, objects[at]!])));
    return await staged.commitIndex(`lib: import ${version}\n`, [], DATE);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await rm(index, { force: true });
  }
}

/**
 * Creates a fork tree with only lib/, for a line whose source is not available
 * here. The files are those embedded in the official binary of a release. An
 * existing tree of that version is kept.
 * @param version such as 22.23.3
 * @param name the tree's folder below the line's
 */
export async function libTree(line: Line, version: string, name = 'lib'): Promise<ForkTree & Done> {
  requireNoRebase(line.name);
  const tree = path.join(linePaths(line.name).dir, name);
  const known = await readRecord<BaseRecord>(recordOf(tree), 'the same command');
  if (known?.layout === LAYOUT && known.version === version) {
    return { tree, base: known, did: 'it is here' };
  }
  if (existsSync(path.join(tree, '.git'))) await refuseOwnWork(new Repository(tree));
  const partial = `${tree}.partial`;
  await rm(partial, { recursive: true, force: true });
  const repository = await newTree(partial);
  const commit = await commitRelease(repository, version);
  await startFork(repository, commit);
  await repository.git(['reset', '--quiet', '--hard']);
  const origin = `the official binary ${version}`;
  const base: BaseRecord = { layout: LAYOUT, version, origin, part: 'lib', configure: [], commit, date: DATE };
  await writeRecord(recordOf(partial), base);
  await rm(tree, { recursive: true, force: true });
  await rename(partial, tree);
  return { tree, base, did: 'made' };
}

/** The fork tree of lib/ alone, of the release that the line's hooks are written for. */
export const pinnedLib = (line: GitLine): Promise<ForkTree & Done> =>
  step(`lib of ${line.base.ref}`, () => libTree(line, versionOf(line.base.ref)));
