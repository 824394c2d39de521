import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line, type LinkedLine } from '../core/lines.ts';
import { readRecord } from '../core/record.ts';
import { remove } from '../core/remove.ts';
import { digestOf, lockedLine, type LockedLine, needed } from './lock.ts';

/** What a line's base is, as fetched. */
export interface BaseRecord {
  /** Changes when fetched folders are laid out differently, which makes them anew. */
  readonly layout: number;
  /** Of a suite, the source package's version, which the library's equals; else the release's, as 22.23.3. */
  readonly version: string;
  /** The suite, or the address and tag in a repository. */
  readonly origin: string;
  /** What the line was rebased onto, as it was named, where no release's or suite's own record says it. */
  readonly onto?: string | undefined;
  /** Set where the tree holds no more than Node's lib/, as official binaries have it inside. */
  readonly part?: 'lib';
  /** The flags for Node's configure. */
  readonly configure: readonly string[];
  /** What it is made of, where that is locked: another lock makes it anew. */
  readonly lock?: string;
  /** The name of its sysroot, among those of the line. */
  readonly sysroot?: string;
  /** The base commit of the fork tree. */
  readonly commit: string;
  /** Dates the commits of the fork tree, so that they come out equal everywhere. */
  readonly date: string;
}

export const LAYOUT = 4;

/** Where a line's base comes from, as its record names it. */
export function originOf({ base }: Line): string {
  return base.from === 'suite' ? base.suite : `${base.repository} ${base.ref}`;
}

/** Node's version, such as 24.21.0, in the version of Debian's package. */
export function nodeVersion(packageVersion: string): string {
  const match = /^(?:\d+:)?(\d+\.\d+\.\d+)/.exec(packageVersion);
  if (match === null) {
    throw new UserError(`the package version ${packageVersion} names no Node release`,
                        'check lines.json: base.source');
  }
  return match[1]!;
}

/** Where the record of a fork tree's base is: with the tree, so that both move in one step. */
export const recordOf = (tree: string) => path.join(tree, '.git', 'bindery-base.json');

/** The folder of a line's sysroots. Each is whole, never changed, and named after what it holds. */
export const sysrootsOf = (dir: string) => path.join(dir, 'sysroots');

/** What a line's base is made of on this machine, in few letters. */
export function keyOf(line: LinkedLine, locked: LockedLine): string {
  const { recipe } = line.base;
  return createHash('sha256').update(JSON.stringify([locked.version, digestOf(needed(locked)), recipe])).digest('hex');
}

/**
 * The record of a line's base, or undefined where it must be fetched.
 * @param dir the line's folder
 * @param isKept says that the tree is taken as it is, whatever the lock says
 */
export async function readBase(
  line: Line,
  dir: string,
  locked?: LockedLine,
  isKept = Boolean(process.env['KEEP_TREE']),
): Promise<BaseRecord | undefined> {
  const tree = path.join(dir, 'node');
  const record = await readRecord<BaseRecord>(recordOf(tree), '`make node`');
  if (record?.layout !== LAYOUT) return undefined;
  if (!isLinked(line)) return record.origin === originOf(line) ? record : undefined;
  const isThere = record.sysroot !== undefined && existsSync(path.join(sysrootsOf(dir), record.sysroot));
  if (!isThere) return undefined;
  if (isKept) return record;
  // What stands on a base of this machine alone is left there.
  return record.onto !== undefined || record.lock === keyOf(line, locked ?? lockedLine(line.name)) ? record : undefined;
}

/** Lets a line be compiled and linked with one of its sysroots. */
export async function chooseSysroot(dir: string, name: string): Promise<void> {
  const current = path.join(sysrootsOf(dir), 'current');
  await rm(`${current}.partial`, { force: true });
  await symlink(name, `${current}.partial`);
  await rename(`${current}.partial`, current);
}

/** Removes a line's sysroots that its binary, which was just built, does not use. */
export async function removeOldSysroots(dir: string, { sysroot }: BaseRecord): Promise<void> {
  const sysroots = sysrootsOf(dir);
  const old = (await readdir(sysroots)).filter((name) => name !== sysroot && name !== 'current');
  for (const name of old) await remove(path.join(sysroots, name));
}
