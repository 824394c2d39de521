import { createHash } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { arch, root } from '../core/paths.ts';
import { load } from '../core/project.ts';

/** A file that a base is made of. Its hash identifies it, wherever it comes from. */
export interface LockedFile {
  /** `pool/...` in a Debian archive, or `<package>/-/<file>` in npm's registry. */
  readonly path: string;
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** What the base of a line is made of. */
export interface LockedLine {
  /** The version of the source package, or for a line that is not linked, the release. */
  readonly version: string;
  /**
   * When the suite's index that has the hashes was signed. A snapshot of that
   * time has the files.
   */
  readonly date: string;
  readonly files: readonly LockedFile[];
}

interface Lock {
  readonly lines: Readonly<Record<string, LockedLine>>;
}

/** The lock's file name in the project's folder. */
export const LOCK = 'bases.lock.json';

const SCHEMA = 'bases.lock.schema.json';

/** Debian's names for the architectures that binaries are built for, keyed by Node's. */
export const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Debian's name for the architecture that is built for. */
export function architecture(): string {
  const name = ARCHITECTURES[arch];
  if (name !== undefined) return name;
  throw new UserError(`no base is locked for ${arch}`, 'a build works on amd64 and arm64');
}

/** All lines in the lock. */
export function loadLock(folder = root): ReadonlyMap<string, LockedLine> {
  return new Map(Object.entries(load<Lock>(path.join(folder, LOCK), SCHEMA).lines));
}

/** The locked base of a line. */
export function lockedLine(name: string, folder = root): LockedLine {
  const locked = loadLock(folder).get(name);
  if (locked !== undefined) return locked;
  throw new UserError(`${LOCK} has no ${name}`, `write it with \`make lock LINE=${name}\``);
}

/** The packages in the sysroot of an architecture. */
export function packagesIn({ files }: LockedLine, arch: string): readonly LockedFile[] {
  return files.filter((file) => file.path.endsWith(`_${arch}.deb`) || file.path.endsWith('_all.deb'));
}

/** The parts of the source package. */
export function sourceIn({ files }: LockedLine): readonly LockedFile[] {
  return files.filter((file) => /\.tar\.\w+$/.test(file.path));
}

/**
 * A file name without its version: `libx_1_amd64.deb` becomes `libx`,
 * `x_1.orig-y.tar.xz` becomes `x.orig-y`, and `x-1.tgz` becomes `x`.
 */
const partOf = ({ path: file }: LockedFile) => path.basename(file).replace(/_.*?(?=\.(?:orig|debian)\b|$)|\.tar\.\w+$|-\d[^_]*\.tgz$/g, '');

/**
 * Throws if files of two versions are locked, as after merging two locks, or if
 * a part is missing that every source package has.
 */
export function requireWhole(name: string, locked: LockedLine): void {
  const todo = `bring back a lock that was written as one, or write it with \`make lock LINE=${name}\``;
  const parts = new Map<string, LockedFile>();
  for (const file of needed(locked)) {
    const other = parts.get(partOf(file));
    if (other !== undefined) throw new UserError(`${LOCK} has both ${other.path} and ${file.path} for ${name}`, todo);
    parts.set(partOf(file), file);
  }
  const [, upstream] = /^(?:\d+:)?(.*?)(?:-[^-]*)?$/.exec(locked.version)!;
  const has = (...texts: readonly string[]) =>
    sourceIn(locked).some((file) => texts.every((text) => file.path.includes(text)));
  if (has(`_${upstream}`, '.orig.tar.') && has('.debian.tar.')) return;
  throw new UserError(`${LOCK} says ${locked.version} for ${name}, and lacks the source of that`, todo);
}

/** The npm package that is npm itself. It contains all that it needs. */
export const NPM = 'npm';

/** The npm package with the builtin that Debian leaves out of Node and packages nowhere else. */
export const AMARO = 'amaro';

/** The locked file of one of npm's packages, or undefined. */
export const packageIn = ({ files }: LockedLine, name: string): LockedFile | undefined =>
  files.find((file) => file.path.startsWith(`${name}/-/`));

/** The files needed for a build on this machine. */
export const needed = (locked: LockedLine): readonly LockedFile[] =>
  [...sourceIn(locked), ...packagesIn(locked, architecture()), ...[packageIn(locked, AMARO) ?? []].flat()];

/** A short hash that identifies files by their content. */
export function digestOf(files: readonly LockedFile[]): string {
  return createHash('sha256').update(files.map(({ sha256 }) => sha256).sort().join()).digest('hex').slice(0, 12);
}

/** The file of an npm package in some line's lock and the date of that lock, or undefined. */
export function lockedPackage(
  name: string,
  version: string,
): { readonly file: LockedFile; readonly date: string } | undefined {
  const wanted = npmPath(name, version);
  for (const { files, date } of loadLock().values()) {
    const file = files.find((candidate) => candidate.path === wanted);
    if (file !== undefined) return { file, date };
  }
  return undefined;
}

/** The path of a package's file in npm's registry. */
export const npmPath = (name: string, version: string) => `${name}/-/${path.basename(name)}-${version}.tgz`;

/** The lock's text with one line added or replaced. */
export function withLocked(text: string, line: Pick<Line, 'name'>, locked: LockedLine): string {
  const { lines, ...rest } = JSON.parse(text) as Lock;
  const sorted = { ...locked, files: [...locked.files].sort((one, other) => (one.path < other.path ? -1 : 1)) };
  return printed({ ...rest, lines: { ...lines, [line.name]: sorted } });
}

/** Formats JSON for people, with one locked file per line. */
function printed(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replaceAll(/\{\s+("path": [^\n]*)\s+("sha256": [^\n]*)\s+("size": \d+)\s+\}/g, '{ $1 $2 $3 }')}\n`;
}
