import path from 'node:path';
import { UserError } from './errors.ts';
import { root, shown } from './paths.ts';
import { load } from './project.ts';

/** What a source package says of itself, where the archive does not have the part that says it. */
export interface Recipe {
  readonly why: string;
  /** The flags for Node's configure; `<triplet>` and `<cpu>` stand for those of the machine. */
  readonly configure: readonly string[];
  /** The file in the archive that has patches for another version, and those that are taken. */
  readonly from: string;
  readonly patches: readonly string[];
  /** Packages that others depend on, taken for installed: the suite's own do not go with the library. */
  readonly installed: Readonly<Record<string, string>>;
}

/** A base that comes as packages of a Debian suite, with a library to link with. */
export interface SuiteBase {
  readonly from: 'suite';
  readonly suite: string;
  readonly source: string;
  readonly library: string;
  readonly major: number;
  readonly recipe?: Recipe;
}

/** A base that is a commit of upstream's repository, to be built whole. */
export interface GitBase {
  readonly from: 'git';
  readonly repository: string;
  /** A release's tag: the npm registry has its official binary. */
  readonly ref: string;
  readonly major: number;
}

/** The oldest release that a series is for, and what is not there before. */
interface Since {
  readonly release: string;
  readonly why: string;
}

/** One upstream line that is tracked, by where its base comes from. */
interface LineOf<Base> {
  readonly name: string;
  readonly base: Base;
  readonly since?: Since;
  /** The release, newer than the base, from which on the hooks are others: those of `<line>-next.patch`. */
  readonly next?: { readonly release: string; readonly since?: Since };
  /** Set where it stands for the line from that release on. */
  readonly isNext?: true;
  /** Files that hooks change, and where older releases of the line have them. */
  readonly moved?: Readonly<Record<string, string>>;
  /** Tests of upstream's that fail with the base itself, patched or not, and why. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** A line whose binary is linked with a distribution's library. */
export type LinkedLine = LineOf<SuiteBase>;

/** A line that upstream's repository alone has the source of. */
export type GitLine = LineOf<GitBase>;

/** One upstream line that is tracked, such as v24.x. */
export type Line = LinkedLine | GitLine;

interface LinesFile {
  readonly default: string;
  readonly lines: Readonly<Record<string, Omit<Line, 'name'>>>;
}

/** All lines by name, and the default one's name. */
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

/** The line of that name, or the default line where the name is empty. */
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

/** Whether a line's base has a library that its binary can be linked with. */
export function isLinked(line: Line): line is LinkedLine {
  return line.base.from === 'suite';
}

/** Whether upstream's repository alone has the source of a line. */
export const isGit = (line: Line): line is GitLine => !isLinked(line);
