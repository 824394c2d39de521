// core: what every stage uses, and what knows of none.
// In: the environment, and the project's own lines.json, proposals.json and package.json.
// Out: lines and proposals, places of files, programs run, steps and errors told, records kept.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.ts';

/** The project's checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Everything that is built goes below this folder. BINDERY_OUT changes it. */
export const out = path.resolve(root, process.env['BINDERY_OUT'] || 'out');

/** The processor that binaries are built for, in Node's names. ARCH changes it. */
export const arch = process.env['ARCH'] || process.arch;

/** Whether an emulator has to run these binaries here. */
export const isEmulated = arch !== process.arch;

/** The name of something that each processor has its own of. */
export const forArch = (name: string) => (isEmulated ? `${name}-${arch}` : name);

/** Whether FULL=1 selects the binaries of the full builds. */
export const isFull = Boolean(process.env['FULL']);

/**
 * @throws UserError if the path of `out` has characters that ninja and gcc
 *   command lines cannot take, or if `out` contains the checkout
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

/** Where the parts of a line are, below `out`. */
export interface LinePaths {
  readonly dir: string;
  /** Libraries and headers of the base, in a folder whose content never changes. */
  readonly sysroot: string;
  /** The fork tree: a git repository, and the folder Node is built in. */
  readonly tree: string;
  /** Node's build folder inside the fork tree. */
  readonly release: string;
  /** The line's binary, or that of the full build if FULL is set. */
  readonly node: string;
  /** One log per step. */
  readonly logs: string;
}

export function linePaths(line: string): LinePaths {
  const dir = path.join(out, forArch(line));
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

/**
 * Where the parts of a line's full build are. It has its own copies, so that
 * nothing else disturbs it.
 */
export interface FullPaths {
  readonly dir: string;
  /** The sysroot's files, hard-linked. */
  readonly sysroot: string;
  /** The content of the fork tree when the build was last started. */
  readonly tree: string;
  /** Node's build folder inside that tree. */
  readonly release: string;
  /** Records what the build is made from. */
  readonly source: string;
  /** Records the time each attempt took. */
  readonly attempts: string;
  readonly node: string;
  readonly logs: string;
}

export function fullPaths(line: string): FullPaths {
  const dir = path.join(out, forArch(line), 'full');
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
