import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { out } from './paths.ts';
import { remove } from './remove.ts';
import { run, type RunOptions } from './run.ts';

export const NPM_REMEDY = 'check the network and npm\'s registry setting, then run again';

/** Runs npm; resolves to its standard output. */
export async function npm(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return (await run('npm', args, { todo: NPM_REMEDY, ...options })).stdout;
}

/**
 * All versions of a package that the registry has.
 * @param options.patient whether to retry and wait if the registry does not
 *   answer
 */
export async function versionsOf(name: string, { patient = true } = {}): Promise<readonly string[]> {
  const limits = patient ? [] : ['--fetch-retries=0', '--fetch-timeout=5000'];
  return JSON.parse(await npm(['view', name, 'versions', '--json', ...limits])) as readonly string[];
}

/**
 * Fetches the archive of a package from the registry.
 * @returns its path in that folder
 */
export async function packInto(folder: string, name: string, version: string): Promise<string> {
  const printed = await npm(['pack', '--silent', '--pack-destination', folder, `${name}@${version}`]);
  return path.join(folder, printed.trim().split('\n').at(-1)!);
}

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
    await remove(partial);
    await mkdir(partial, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) await copyFile(path.join(folder, file), path.join(partial, file));
    await npm(['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--no-bin-links'], { cwd: partial });
    await rename(partial, place);
  }
  return path.join(place, 'node_modules');
}
