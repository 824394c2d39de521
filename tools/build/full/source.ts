import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { scratchIndex } from '../../base/tree.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import { fullPaths, linePaths, shown } from '../../core/paths.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { run } from '../../core/run.ts';
import { snapshot } from '../../fork/export/export.ts';

/** What a full build is made from. */
export interface Source {
  readonly base: BaseRecord;
  /** The object id of the fork tree's content. */
  readonly content: string;
}

/** What the line's full build is made from, or undefined if none was started. */
export const readSource = (line: Line) => readRecord<Source>(fullPaths(line.name).source, '`make node-full`');

/**
 * Stores the current content of the line's fork tree, including edits; resolves
 * to its object id.
 */
export function forkContent(line: Line): Promise<string> {
  const repository = new Repository(linePaths(line.name).tree);
  return snapshot(repository, scratchIndex(repository));
}

/** Hard-links the base's libraries and headers, because a later fetch may replace the originals. */
async function linkSysroot(from: string, to: string): Promise<void> {
  await rm(`${to}.partial`, { recursive: true, force: true });
  await run('cp', ['-al', from, `${to}.partial`]);
  await rename(`${to}.partial`, to);
}

/** Checks out stored content into a folder. Files that are already up to date are not touched. */
async function checkOut(repository: string, content: string, folder: string): Promise<void> {
  const index = path.join(path.dirname(folder), 'index');
  await rm(`${index}.lock`, { force: true });
  await mkdir(folder, { recursive: true });
  const copy = new Repository(folder, {
    GIT_DIR: path.join(repository, '.git'), GIT_WORK_TREE: folder, GIT_INDEX_FILE: index,
  });
  // A file that was rewritten with the same content has not changed.
  await copy.try(['update-index', '-q', '--refresh']);
  await copy.git(['read-tree', '--reset', '-u', content]);
}

/**
 * Makes the current content of the fork tree the source of the line's full
 * build. It is copied, so that the fork tree may change during the build.
 */
export async function takeSource(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { tree, sysroot } = linePaths(line.name);
  const full = fullPaths(line.name);
  const last = await readSource(line);
  if (last?.base.version !== base.version || !existsSync(full.sysroot)) {
    // Ninja does not check system headers, so it would keep what was compiled with the old ones.
    for (const old of [full.source, full.sysroot, path.join(full.tree, 'out')]) {
      await rm(old, { recursive: true, force: true });
    }
    await mkdir(full.dir, { recursive: true });
    await linkSysroot(sysroot, full.sysroot);
  }
  const content = await forkContent(line);
  await checkOut(tree, content, full.tree);
  await writeRecord(full.source, { base, content } satisfies Source);
  return { did: `${shown(full.tree)}${last?.content === content ? ' is unchanged' : ''}` };
}
