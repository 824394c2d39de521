import path from 'node:path';
import { UserError } from './errors.ts';
import { root, shown } from './paths.ts';
import { load } from './project.ts';

/**
 * Stands in for the package's own description of how to build it when the
 * archive lacks the file with that description.
 */
export interface Recipe {
  readonly why: string;
  /** Flags for Node's configure. `<triplet>` and `<cpu>` are replaced with those of the machine. */
  readonly configure: readonly string[];
  /**
   * A file in the archive that has patches for another version, and the patches
   * to take from it.
   */
  readonly from: string;
  readonly patches: readonly string[];
  /** Packages to treat as installed, because the suite's own versions conflict with the library. */
  readonly installed: Readonly<Record<string, string>>;
}

/** A base that comes as packages of a Debian suite, including a library to link with. */
export interface SuiteBase {
  readonly from: 'suite';
  readonly suite: string;
  readonly source: string;
  readonly library: string;
  readonly major: number;
  readonly recipe?: Recipe;
}

/** A base that is a commit in upstream's repository. Node has to be built from scratch. */
export interface GitBase {
  readonly from: 'git';
  readonly repository: string;
  /** A release tag. The official binary of that release is in the npm registry. */
  readonly ref: string;
  readonly major: number;
}

/** The oldest release that a series supports, and what older ones lack. */
interface Since {
  readonly release: string;
  readonly why: string;
}

/** A tracked upstream line, parameterized by where its base comes from. */
interface LineOf<Base> {
  readonly name: string;
  readonly base: Base;
  readonly since?: Since;
  /**
   * The first release, newer than the base, that needs the hooks in
   * `<line>-next.patch` instead.
   */
  readonly next?: { readonly release: string; readonly since?: Since };
  /** Set when this object stands for the line from that release on. */
  readonly isNext?: true;
  /** Files that hooks change, and their paths in older releases of the line. */
  readonly moved?: Readonly<Record<string, string>>;
  /** Upstream tests that fail on the base with or without our patches, and why. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** A line whose binary is linked with a distribution's library. */
export type LinkedLine = LineOf<SuiteBase>;

/** A line whose source comes from upstream's repository. */
export type GitLine = LineOf<GitBase>;

/** A tracked upstream line, such as v24.x. */
export type Line = LinkedLine | GitLine;

interface LinesFile {
  readonly default: string;
  readonly lines: Readonly<Record<string, Omit<Line, 'name'>>>;
}

/** All lines by name, and the name of the default one. */
export function loadLines(folder = root): { default: string; lines: ReadonlyMap<string, Line> } {
  const file = path.join(folder, 'lines.json');
  const value = load<LinesFile>(file, 'lines.schema.json');
  const lines = new Map(Object.entries(value.lines)
    .map(([name, line]) => [name, { name, ...line } as Line] as const));
  if (!lines.has(value.default)) {
    throw new UserError(
      `${shown(file)}: default: expected one of ${[...lines.keys()].join(', ')}`,
      'correct the file and run again');
  }
  return { default: value.default, lines };
}

/** The line as it is from its next release on. */
export function nextOf(line: Line): Line {
  const since = line.next?.since;
  return { ...line, ...since && { since }, isNext: true };
}

/** The line with the given name, or the default line if the name is empty. */
export function chooseLine(name: string | undefined): Line {
  const { default: fallback, lines } = loadLines();
  const line = lines.get(name || fallback);
  if (line === undefined) {
    throw new UserError(`there is no line ${name}`, `use LINE=${[...lines.keys()].join(' or LINE=')}`);
  }
  return line;
}

/** The line that LINE names, or all of them. */
export function namedLines(): readonly Line[] {
  const name = process.env['LINE'];
  return name ? [chooseLine(name)] : [...loadLines().lines.values()];
}

/** Whether a line's base has a library to link the binary with. */
export function isLinked(line: Line): line is LinkedLine {
  return line.base.from === 'suite';
}

/** Whether a line's source comes from upstream's repository. */
export const isGit = (line: Line): line is GitLine => !isLinked(line);
