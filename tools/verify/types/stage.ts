import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../core/paths.ts';

/** The package of declarations. */
export const typings = path.join(root, 'typings');

/** Its name on the registry. */
export const PACKAGE = '@bindery/types';

/** The majors of @types/node that the declarations have to go with. */
export const MAJORS = [20, 22, 24, 26] as const;
export type Major = typeof MAJORS[number];

/** Whether a file of the package is one that is published, besides texts. */
export function isPublished(name: string): boolean {
  return /\.(json|d\.m?ts)$/.test(name);
}

/**
 * Makes a folder that has the package and one major of @types/node installed,
 * so that a compiler finds both as it does in anybody's project.
 * @param from the package, as packed and unpacked or as it lies in the checkout
 */
export async function stage(folder: string, major: Major, from = typings): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const modules = path.join(folder, 'node_modules');
  await mkdir(path.join(modules, '@types'), { recursive: true });
  await symlink(path.join(root, 'node_modules', `types-node-${major}`), path.join(modules, '@types', 'node'));
  // A copy, as the real path of a link would lead to the checkout's @types/node.
  const own = path.join(modules, PACKAGE);
  await mkdir(own, { recursive: true });
  for (const name of await readdir(from)) {
    if (isPublished(name)) await cp(path.join(from, name), path.join(own, name));
  }
}

/** Where a staged folder has the package. */
export function stagedPackage(folder: string): string {
  return path.join(folder, 'node_modules', PACKAGE);
}
