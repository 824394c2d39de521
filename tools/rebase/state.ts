import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import type { LockedLine } from '../base/lock.ts';
import { UserError } from '../core/errors.ts';
import { linePaths } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import { stateFile } from '../fork/under-way.ts';

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
  /** What it is made of, where it came with a sysroot: the line's lock says so from then on. */
  readonly locked?: LockedLine;
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
  /** Set where the hooks are those of the line's next release, and where they become those. */
  readonly from?: 'next';
  readonly to?: 'next';
  /** The proposals, in order. */
  readonly names: readonly string[];
  /** Those of them that the new base has. */
  readonly landed: readonly string[];
  /** Tests of what has landed that the new base has of its own, which the line leaves to it. */
  readonly taken: readonly string[];
  /** The old base, and the commit of each proposal on it. */
  readonly levels: readonly string[];
  /** The commits on the new base, as many as are done. */
  readonly commits: readonly string[];
  /** Owned files that were changed to resolve a conflict, and their objects. */
  readonly edited: Readonly<Record<string, string>>;
  /** The refs as they were; `head` is the branch, or no name where there was none. */
  readonly previous: Readonly<Record<'head' | 'commit' | 'applied' | 'base', string>> & {
    /** The text of the base's record; null where no file had it. */
    readonly record: string | null;
  };
  /** Set where the project's patches are those of the new base already. */
  readonly isReturn?: boolean;
  readonly stopped?: Stopped | undefined;
  readonly finish?: Finish;
  readonly isAborting?: boolean;
}

/** The last commit on the new base. */
export function tipOf({ commits, onto }: State): string {
  return commits.at(-1) ?? onto.record.commit;
}

/** Records a rebase in its line's folder. */
export async function writeState(state: State): Promise<State> {
  await writeRecord(stateFile(path.dirname(state.tree)), state);
  return state;
}

/** The rebase that is under way in a line's folder, if there is one. */
export function findState(line: string, dir = linePaths(line).dir): Promise<State | undefined> {
  return readRecord<State>(stateFile(dir), `\`make rebase LINE=${line} ONTO=<what>\``);
}

/** The rebase that is under way in a line's folder. */
export async function readState(line: string, dir = linePaths(line).dir): Promise<State> {
  const state = await findState(line, dir);
  if (state !== undefined) return state;
  throw new UserError(`no rebase of ${line} is under way`, `begin one with \`make rebase LINE=${line} ONTO=<what>\``);
}

export async function removeState({ tree }: State): Promise<void> {
  await rm(stateFile(path.dirname(tree)));
}
