import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { NPM_REMEDY, packInto } from '../core/npm.ts';
import { arch as own, forArch, out } from '../core/paths.ts';
import { remove } from '../core/remove.ts';
import { run } from '../core/run.ts';
import { obtain } from './files.ts';
import { lockedPackage } from './lock.ts';

/**
 * The archive of an npm package. It is fetched by hash if the lock has it, and
 * otherwise as the registry returns it.
 */
async function archiveOf(name: string, version: string, into: string): Promise<string> {
  const locked = lockedPackage(name, version);
  if (locked === undefined) return packInto(into, name, version);
  return (await obtain([locked.file], locked.date)).get(locked.file.path)!;
}

/** The package that has the official binaries for Linux, or for another system, on a processor. */
export const officialPackage = (arch: string = own, platform: string = process.platform) => `node-${platform}-${arch}`;

/**
 * The official binary of a Node release, from the npm registry. It is the
 * unpatched peer in tests and benchmarks, and is only fetched once.
 * @param version such as 24.21.0
 */
export async function officialNode(version: string): Promise<string> {
  const name = officialPackage();
  const dir = path.join(out, 'cache', 'official', forArch(version));
  const binary = path.join(dir, 'package', 'bin', 'node');
  if (existsSync(binary)) return binary;
  const partial = `${dir}.partial`;
  await remove(partial);
  await mkdir(partial, { recursive: true });
  const archive = await archiveOf(name, version, partial);
  await run('tar', ['-xzf', archive, '-C', partial], { todo: NPM_REMEDY });
  if (path.dirname(archive) === partial) await rm(archive);
  if (!existsSync(path.join(partial, 'package', 'bin', 'node'))) {
    throw new UserError(`${name}@${version} holds no bin/node`, NPM_REMEDY);
  }
  await remove(dir);
  await rename(partial, dir);
  return binary;
}

/** The folder of the public headers that come with the official binary of a release. */
export const headersOf = async (version: string): Promise<string> =>
  path.join(path.dirname(await officialNode(version)), '..', 'include', 'node');
