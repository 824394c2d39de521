import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors.ts';
import { out } from './paths.ts';
import { run } from './run.ts';

/**
 * The official binary of a Node release, from the npm registry: the unpatched
 * peer in tests and benchmarks. Fetched once.
 * @param version such as 24.21.0
 */
export async function officialNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const dir = path.join(out, 'cache', 'official', version);
  const binary = path.join(dir, 'package', 'bin', 'node');
  if (existsSync(binary)) return binary;
  const partial = `${dir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const todo = 'check the network and npm\'s registry setting, then run again';
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', partial, `${name}@${version}`], { todo });
  const archive = stdout.trim().split('\n').at(-1) ?? '';
  await run('tar', ['-xzf', path.join(partial, archive), '-C', partial], { todo });
  if (!existsSync(path.join(partial, 'package', 'bin', 'node'))) {
    throw new UserError(`${name}@${version} holds no bin/node`, todo);
  }
  await rm(path.join(partial, archive));
  await rm(dir, { recursive: true, force: true });
  await rename(partial, dir);
  return binary;
}
