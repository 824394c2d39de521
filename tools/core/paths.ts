// core: what every stage uses, and what knows of none.
// In: the environment, and the project's own lines.json, proposals.json and package.json.
// Out: lines and proposals, places of files, programs run, steps and errors told, records kept.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.ts';

/** The project's own checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Everything built lies below this folder. BINDERY_OUT moves it. */
export const out = path.resolve(root, process.env['BINDERY_OUT'] || 'out');

/** Whether the binaries of the full builds are meant, which FULL=1 says. */
export const isFull = Boolean(process.env['FULL']);

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
  /** Libraries and headers of the base, in a folder whose content never changes. */
  readonly sysroot: string;
  /** The fork tree: a git repository, and the folder Node is built in. */
  readonly tree: string;
  /** Node's own build folder inside the fork tree. */
  readonly release: string;
  /** The line's binary; with FULL set, the one of the full build. */
  readonly node: string;
  /** One log a step. */
  readonly logs: string;
}

export function linePaths(line: string): LinePaths {
  const dir = path.join(out, line);
  const tree = path.join(dir, 'node');
  const sysroot = path.join(dir, 'sysroots', 'current');
  return {
    dir,
    sysroot: existsSync(sysroot) ? realpathSync(sysroot) : sysroot,
    tree,
    release: path.join(tree, 'out', 'Release'),
    node: path.join(isFull ? path.join(dir, 'full') : dir, 'bin', 'node'),
    logs: path.join(dir, 'logs'),
  };
}

/** Where the parts of a line's full build lie: copies of its own, so that nothing else disturbs it. */
export interface FullPaths {
  readonly dir: string;
  /** The sysroot's files, linked. */
  readonly sysroot: string;
  /** What the fork tree had when the build was started last. */
  readonly tree: string;
  /** Node's own build folder inside that. */
  readonly release: string;
  /** What it is built from. */
  readonly source: string;
  /** What the attempts took. */
  readonly attempts: string;
  readonly node: string;
  readonly logs: string;
}

export function fullPaths(line: string): FullPaths {
  const dir = path.join(out, line, 'full');
  const tree = path.join(dir, 'src');
  return {
    dir,
    sysroot: path.join(dir, 'sysroot'),
    tree,
    release: path.join(tree, 'out', 'Release'),
    source: path.join(dir, 'source.json'),
    attempts: path.join(dir, 'attempts.json'),
    node: path.join(dir, 'bin', 'node'),
    logs: path.join(dir, 'logs'),
  };
}

/** A path as the user would type it from the project's folder. */
export function shown(file: string): string {
  const relative = path.relative(root, file) || '.';
  return relative.startsWith('..') ? file : relative;
}
