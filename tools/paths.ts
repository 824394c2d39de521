import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.ts';

/** The project's own checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Everything built lies below this folder. BINDERY_OUT moves it. */
export const out = path.resolve(root, process.env['BINDERY_OUT'] || 'out');

/**
 * @throws UserError where ninja's and gcc's command lines could not hold the
 *   path of `out`, or where it would mix with the checkout
 */
export function requireUsableOut(): void {
  const todo = 'name another folder with BINDERY_OUT=<folder>';
  if (/[^\w./+@~-]/.test(out)) {
    throw new UserError(`the path ${out} has characters that a build cannot take`, todo);
  }
  if (!path.relative(out, root).startsWith('..')) {
    throw new UserError(`${out} holds the project itself`, todo);
  }
}

/** Where the parts of one line lie below `out`. */
export interface LinePaths {
  /** The line's folder. */
  readonly dir: string;
  /** Libraries and headers of the suite that the base comes from. */
  readonly sysroot: string;
  /** The fork tree: a git repository, and the folder Node is built in. */
  readonly tree: string;
  /** Node's own build folder inside the fork tree. */
  readonly release: string;
  /** The record of what was fetched. */
  readonly base: string;
  /** The line's binary. */
  readonly node: string;
  /** One log a step. */
  readonly logs: string;
}

export function linePaths(line: string): LinePaths {
  const dir = path.join(out, line);
  const tree = path.join(dir, 'node');
  return {
    dir,
    sysroot: path.join(dir, 'sysroot'),
    tree,
    release: path.join(tree, 'out', 'Release'),
    base: path.join(dir, 'base.json'),
    node: path.join(dir, 'bin', 'node'),
    logs: path.join(dir, 'logs'),
  };
}

/** A path as the user would type it from the project's folder. */
export function shown(file: string): string {
  const relative = path.relative(root, file) || '.';
  return relative.startsWith('..') ? file : relative;
}
