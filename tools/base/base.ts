import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line, type LinkedLine } from '../core/lines.ts';
import { readRecord } from '../core/record.ts';
import { remove } from '../core/remove.ts';
import { digestOf, lockedLine, type LockedLine, needed } from './lock.ts';

/** Describes a line's base as it was fetched. */
export interface BaseRecord {
  /** Incremented when the layout of fetched folders changes, so that they are fetched again. */
  readonly layout: number;
  /**
   * For a suite, the version of the source package and of the library;
   * otherwise that of the release, such as 22.23.3.
   */
  readonly version: string;
  /** The suite, or the repository's address and the tag. */
  readonly origin: string;
  /** What the user rebased the line onto, unless that is a release or a version from the suite. */
  readonly onto?: string | undefined;
  /** Set if the tree contains only Node's lib/, taken from an official binary. */
  readonly part?: 'lib';
  /** Flags for Node's configure. */
  readonly configure: readonly string[];
  /** Identifies the locked files it is made of. If they change, it is fetched again. */
  readonly lock?: string;
  /** The name of its sysroot among those of the line. */
  readonly sysroot?: string;
  /** The base commit of the fork tree. */
  readonly commit: string;
  /** The date of the fork tree's commits, fixed so that they are the same everywhere. */
  readonly date: string;
}

export const LAYOUT = 5;

/** The origin of a line's base, as its record spells it. */
export function originOf({ base }: Line): string {
  return base.from === 'suite' ? base.suite : `${base.repository} ${base.ref}`;
}

/** Extracts Node's version, such as 24.21.0, from a Debian package version. */
export function nodeVersion(packageVersion: string): string {
  const match = /^(?:\d+:)?(\d+\.\d+\.\d+)/.exec(packageVersion);
  if (match === null) {
    throw new UserError(`the package version ${packageVersion} names no Node release`,
                        'check lines.json: base.source');
  }
  return match[1]!;
}

/**
 * The path of the record of a fork tree's base. It is inside the tree, so that
 * both are moved in one step.
 */
export const recordOf = (tree: string) => path.join(tree, '.git', 'bindery-base.json');

/**
 * The folder of a line's sysroots. Each is complete, never changes, and is
 * named after its content.
 */
export const sysrootsOf = (dir: string) => path.join(dir, 'sysroots');

/** A hash that identifies what a line's base is made of on this machine. */
export function keyOf(line: LinkedLine, locked: LockedLine): string {
  const { recipe } = line.base;
  return createHash('sha256').update(JSON.stringify([locked.version, digestOf(needed(locked)), recipe])).digest('hex');
}

/**
 * The record of a line's base, or undefined if the base must be fetched.
 * @param dir the line's folder
 * @param isKept whether to accept the tree as it is, whatever the lock says
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
  // A line that was rebased onto a base only this machine has stays on it.
  return record.onto !== undefined || record.lock === keyOf(line, locked ?? lockedLine(line.name)) ? record : undefined;
}

/** Selects the sysroot that a line is compiled and linked with. */
export async function chooseSysroot(dir: string, name: string): Promise<void> {
  const current = path.join(sysrootsOf(dir), 'current');
  await rm(`${current}.partial`, { force: true });
  await symlink(name, `${current}.partial`);
  await rename(`${current}.partial`, current);
}

/** Removes the sysroots that a line's newly built binary does not use. */
export async function removeOldSysroots(dir: string, { sysroot }: BaseRecord): Promise<void> {
  const sysroots = sysrootsOf(dir);
  const old = (await readdir(sysroots)).filter((name) => name !== sysroot && name !== 'current');
  for (const name of old) await remove(path.join(sysroots, name));
}
