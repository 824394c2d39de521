import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors.ts';
import type { BaseRecord } from './fetch.ts';
import { linePaths } from './paths.ts';

/** What a line is rebased onto. */
export interface Onto {
  /** As the user named it. */
  readonly name: string;
  /** Node's version there, such as 24.22.0. */
  readonly release: string;
  /** What the line's base is then. */
  readonly record: BaseRecord;
  /** The range of upstream's commits that lead there, where the fork tree's repository has them. */
  readonly history?: string;
  /** Set where it came with a sysroot, which takes the old one's place. */
  readonly isPackaged?: boolean;
  /** The tag of the release, where lines.json must name it. */
  readonly ref?: string;
}

/** A place where git could not merge. */
export interface Conflict {
  readonly file: string;
  /** Where the conflict begins in the file that is left to resolve. */
  readonly line?: number;
  /** What is in conflict, and why. */
  readonly what: string;
}

/** A proposal that waits to be resolved in the work tree. */
export interface Stopped {
  /** Everything that could be merged, with conflict markers where it could not. */
  readonly commit: string;
  readonly conflicts: readonly Conflict[];
  /** The index entries of the files in conflict, as `update-index --index-info` reads them. */
  readonly unmerged: readonly string[];
  /** Whether the work tree has it. */
  readonly isShown: boolean;
}

/** What is left to write when all proposals are merged. */
export interface Finish {
  /** The last commit of the fork tree. */
  readonly commit: string;
  /** The project's files that change, and what they were; null where there is none. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly previous: Readonly<Record<string, string | null>>;
}

/** A rebase that is under way. Each step is recorded before it is taken. */
export interface State {
  readonly line: string;
  readonly tree: string;
  readonly base: BaseRecord;
  readonly onto: Onto;
  /** The proposals, in order. */
  readonly names: readonly string[];
  /** Those of them that the new base has. */
  readonly landed: readonly string[];
  /** The old base, and the commit of each proposal on it. */
  readonly levels: readonly string[];
  /** The commits on the new base, as many as are done. */
  readonly commits: readonly string[];
  /** Owned files that were changed to resolve a conflict, and their objects. */
  readonly edited: Readonly<Record<string, string>>;
  /** The refs as they were; `head` is the branch, or no name where there was none. */
  readonly previous: Readonly<Record<'head' | 'commit' | 'applied' | 'base', string>>;
  readonly stopped?: Stopped | undefined;
  readonly finish?: Finish;
  readonly isAborting?: boolean;
}

const fileIn = (dir: string) => path.join(dir, 'rebase.json');

/** The last commit on the new base. */
export function tipOf({ commits, onto }: State): string {
  return commits.at(-1) ?? onto.record.commit;
}

/** Records a rebase in its line's folder. */
export async function writeState(state: State): Promise<State> {
  const file = fileIn(path.dirname(state.tree));
  await writeFile(`${file}.partial`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file}.partial`, file);
  return state;
}

/** The rebase that is under way in a line's folder. */
export async function readState(line: string, dir = linePaths(line).dir): Promise<State> {
  if (existsSync(fileIn(dir))) return JSON.parse(await readFile(fileIn(dir), 'utf8')) as State;
  throw new UserError(`no rebase of ${line} is under way`, `begin one with \`make rebase LINE=${line} ONTO=<what>\``);
}

export async function removeState({ tree }: State): Promise<void> {
  await rm(fileIn(path.dirname(tree)));
}

/**
 * Stops where a rebase of the line is under way, which has the fork tree.
 * @param dir the line's folder
 */
export function requireNoRebase(line: string, dir = linePaths(line).dir): void {
  if (!existsSync(fileIn(dir))) return;
  throw new UserError(`a rebase of ${line} is under way`,
                      `end it with \`make rebase-continue LINE=${line}\` or \`make rebase-abort LINE=${line}\``);
}
