import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../core/paths.ts';

/** The package of declarations. */
export const typings = path.join(root, 'typings');

/** Its name in the registry. */
export const PACKAGE = '@bindery/types';

/** The majors of @types/node that the declarations must work with. */
export const MAJORS = [20, 22, 24, 26] as const;
export type Major = typeof MAJORS[number];

/** Whether a file of the package is published, apart from texts. */
export function isPublished(name: string): boolean {
  return /\.(json|d\.m?ts)$/.test(name);
}

/**
 * Creates a folder with the package and one major of @types/node installed, so that a
 * compiler finds both as in any project.
 * @param from the package, either packed and unpacked or from the checkout
 */
export async function stage(folder: string, major: Major, from = typings): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const modules = path.join(folder, 'node_modules');
  await mkdir(path.join(modules, '@types'), { recursive: true });
  await symlink(path.join(root, 'node_modules', `types-node-${major}`), path.join(modules, '@types', 'node'));
  // A copy, because the real path of a link would lead to the checkout's @types/node.
  const own = path.join(modules, PACKAGE);
  await mkdir(own, { recursive: true });
  for (const name of await readdir(from)) {
    if (isPublished(name)) await cp(path.join(from, name), path.join(own, name));
  }
}

/** Where the package is in a staged folder. */
export function stagedPackage(folder: string): string {
  return path.join(folder, 'node_modules', PACKAGE);
}
