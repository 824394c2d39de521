import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Repository } from '../core/git.ts';

/**
 * What git leaves alone in a fork tree: .pc is the patch tool's memory, out is where Node builds, and upstream's
 * test-tracing-no-crash writes a trace where it is run.
 */
const EXCLUDED = ['/.pc/', '/out/', '/node_trace.*.log', '/config.gypi', '/config.mk', '/config.status', '/icu_config.gypi', '*.pyc', '__pycache__/'];

/** Sets a fork tree's repository up for thousands of files that can be made again. */
export async function prepareTree(repository: Repository): Promise<void> {
  await writeFile(path.join(repository.dir, '.git', 'info', 'exclude'), EXCLUDED.map((line) => `${line}\n`).join(''));
  await repository.git(['config', 'core.fsync', 'none']);
  await repository.git(['config', 'gc.auto', '0']);
  await repository.git(['config', 'core.looseCompression', '0']);
}

/** Lets a fork tree begin at its base, with nothing applied. */
export async function startFork(repository: Repository, base: string): Promise<void> {
  for (const ref of ['refs/heads/fork', 'refs/bindery/base', 'refs/bindery/applied']) {
    await repository.git(['update-ref', ref, base]);
  }
}
