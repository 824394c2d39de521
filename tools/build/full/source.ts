import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import { fullPaths, linePaths, shown } from '../../core/paths.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { run } from '../../core/run.ts';
import { snapshot } from '../../fork/export/export.ts';

/** What a full build is made from. */
export interface Source {
  readonly base: BaseRecord;
  /** The object id of what the fork tree had. */
  readonly content: string;
}

/** What the line's full build is made from, or undefined where none was begun. */
export const readSource = (line: Line) => readRecord<Source>(fullPaths(line.name).source, '`make node-full`');

/** Stores what the line's fork tree has now, edits included; resolves to its object id. */
export function forkContent(line: Line): Promise<string> {
  const repository = new Repository(linePaths(line.name).tree);
  return snapshot(repository, path.join(repository.dir, '.git', 'bindery-index'));
}

/** Links the base's libraries and headers, which a later fetch may replace. */
async function linkSysroot(from: string, to: string): Promise<void> {
  await rm(`${to}.partial`, { recursive: true, force: true });
  await run('cp', ['-al', from, `${to}.partial`]);
  await rename(`${to}.partial`, to);
}

/** Makes a folder hold what a repository has stored; files that are so already are not touched. */
async function checkOut(repository: string, content: string, folder: string): Promise<void> {
  const index = path.join(path.dirname(folder), 'index');
  await rm(`${index}.lock`, { force: true });
  await mkdir(folder, { recursive: true });
  const copy = new Repository(folder, {
    GIT_DIR: path.join(repository, '.git'), GIT_WORK_TREE: folder, GIT_INDEX_FILE: index,
  });
  // A file that was written again as it was is no other file.
  await copy.try(['update-index', '-q', '--refresh']);
  await copy.git(['read-tree', '--reset', '-u', content]);
}

/**
 * Takes what the fork tree has as the source of the line's full build. That has
 * files of its own, so that the fork tree may change while it runs.
 */
export async function takeSource(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { tree, sysroot } = linePaths(line.name);
  const full = fullPaths(line.name);
  const last = await readSource(line);
  if (last?.base.version !== base.version || !existsSync(full.sysroot)) {
    // Ninja does not look at the headers of a system, so it would keep what was compiled with others.
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
