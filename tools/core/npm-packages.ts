import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { out } from './paths.ts';
import { run } from './run.ts';

/**
 * Installs the packages in a folder's lock file without running any of their
 * scripts. They are fetched once per version of the lock file.
 * @returns the path of their node_modules
 */
export async function installLocked(folder: string): Promise<string> {
  const lock = await readFile(path.join(folder, 'package-lock.json'));
  const place = path.join(out, 'cache', 'npm', createHash('sha256').update(lock).digest('hex').slice(0, 16));
  if (!existsSync(place)) {
    const partial = `${place}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) await copyFile(path.join(folder, file), path.join(partial, file));
    await run('npm', ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--no-bin-links'],
              { cwd: partial, todo: 'check the network and npm\'s registry setting, then run again' });
    await rename(partial, place);
  }
  return path.join(place, 'node_modules');
}
