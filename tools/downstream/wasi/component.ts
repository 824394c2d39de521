import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { out, root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import type { Stage } from '../stage.ts';

/** What the component is made of, in downstream/. */
const SOURCES = ['package-lock.json', 'wasi/build.mjs', 'wasi/guest.mjs', 'wasi/guest.wit'];

/**
 * Makes the component that has the cases, and transpiles it. Only repeated if a source or
 * the lock file has changed.
 * @returns the folder
 */
export async function component(stage: Stage): Promise<{ dir: string; did: string }> {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(await readFile(path.join(root, 'downstream', source)));
  const cache = path.join(out, 'cache', 'wasi');
  const dir = path.join(cache, hash.digest('hex').slice(0, 20));
  if (existsSync(dir)) return { dir, did: 'nothing has changed' };
  await mkdir(cache, { recursive: true });
  for (const name of await readdir(cache)) await rm(path.join(cache, name), { recursive: true });
  const partial = `${dir}.partial`;
  // The tools that make it get the Node.js that runs this.
  await run(process.execPath, [stage.file('wasi', 'build.mjs'), partial], { log: stage.log('wasi'), env: { NODE_OPTIONS: undefined } });
  await rename(partial, dir);
  return { dir, did: 'made' };
}
