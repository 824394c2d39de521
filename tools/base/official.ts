import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { out } from '../core/paths.ts';
import { remove } from '../core/remove.ts';
import { run } from '../core/run.ts';
import { obtain } from './files.ts';
import { lockedPackage } from './lock.ts';

/**
 * The archive of an npm package. It is fetched by hash if the lock has it, and
 * otherwise as the registry returns it.
 */
async function archiveOf(name: string, version: string, into: string, todo: string): Promise<string> {
  const locked = lockedPackage(name, version);
  if (locked !== undefined) return (await obtain([locked.file], locked.date)).get(locked.file.path)!;
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', into, `${name}@${version}`], { todo });
  return path.join(into, stdout.trim().split('\n').at(-1) ?? '');
}

/**
 * The official binary of a Node release, from the npm registry. It is the
 * unpatched peer in tests and benchmarks, and is only fetched once.
 * @param version such as 24.21.0
 */
export async function officialNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const dir = path.join(out, 'cache', 'official', version);
  const binary = path.join(dir, 'package', 'bin', 'node');
  if (existsSync(binary)) return binary;
  const partial = `${dir}.partial`;
  await remove(partial);
  await mkdir(partial, { recursive: true });
  const todo = 'check the network and npm\'s registry setting, then run again';
  const archive = await archiveOf(name, version, partial, todo);
  await run('tar', ['-xzf', archive, '-C', partial], { todo });
  if (path.dirname(archive) === partial) await rm(archive);
  if (!existsSync(path.join(partial, 'package', 'bin', 'node'))) {
    throw new UserError(`${name}@${version} holds no bin/node`, todo);
  }
  await remove(dir);
  await rename(partial, dir);
  return binary;
}
