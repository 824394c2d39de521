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
  /** The name that the user gave. */
  readonly name: string;
  /** Node's version there, such as 24.22.0. */
  readonly release: string;
  /** The record that the line's base will have. */
  readonly record: BaseRecord;
  /** The range of upstream commits that lead there, if the fork tree's repository has them. */
  readonly history?: string;
  /** What it is made of, if it came with a sysroot. This goes into the line's lock. */
  readonly locked?: LockedLine;
  /** The tag of the release, if lines.json has to name it. */
  readonly ref?: string;
}

/** A place where git could not merge. */
export interface Conflict {
  readonly file: string;
  /** The line at which the conflict starts in the file to be resolved. */
  readonly line?: number;
  /** What is in conflict, and why. */
  readonly what: string;
}

/** A proposal that waits for its conflicts to be resolved in the work tree. */
export interface Stopped {
  /** Everything that could be merged, with conflict markers elsewhere. */
  readonly commit: string;
  readonly conflicts: readonly Conflict[];
  /** The index entries of the files in conflict, in the format of `update-index --index-info`. */
  readonly unmerged: readonly string[];
  /** Whether it has been put into the work tree. */
  readonly isShown: boolean;
}

/** What is left to write once all proposals are merged. */
export interface Finish {
  /** The last commit of the fork tree. */
  readonly commit: string;
  /** The new and old content of the project's files that change; null if a file does not exist. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly previous: Readonly<Record<string, string | null>>;
}

/** A rebase in progress. Each step is recorded before it is taken. */
export interface State {
  readonly line: string;
  readonly tree: string;
  readonly base: BaseRecord;
  readonly onto: Onto;
  /** Set if the rebase starts with, or ends with, the hooks of the line's next release. */
  readonly from?: 'next';
  readonly to?: 'next';
  /** The proposals, in order. */
  readonly names: readonly string[];
  /** Those of them that the new base has. */
  readonly landed: readonly string[];
  /** Tests of landed proposals that the new base also has. The line leaves these to upstream. */
  readonly taken: readonly string[];
  /** The old base, followed by the commit of each proposal on it. */
  readonly levels: readonly string[];
  /** The commits on the new base so far. */
  readonly commits: readonly string[];
  /** The object ids of owned files that were changed to resolve a conflict. */
  readonly edited: Readonly<Record<string, string>>;
  /** The refs before the rebase. `head` is the branch, or empty if HEAD was detached. */
  readonly previous: Readonly<Record<'head' | 'commit' | 'applied' | 'base', string>> & {
    /** The text of the base's record; null if there was no file. */
    readonly record: string | null;
  };
  /** Set if the project's patches already belong to the new base. */
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

/** The rebase in progress in a line's folder, if there is one. */
export function findState(line: string, dir = linePaths(line).dir): Promise<State | undefined> {
  return readRecord<State>(stateFile(dir), `\`make rebase LINE=${line} ONTO=<what>\``);
}

/** The rebase in progress in a line's folder. Throws if there is none. */
export async function readState(line: string, dir = linePaths(line).dir): Promise<State> {
  const state = await findState(line, dir);
  if (state !== undefined) return state;
  throw new UserError(`no rebase of ${line} is under way`, `begin one with \`make rebase LINE=${line} ONTO=<what>\``);
}

export async function removeState({ tree }: State): Promise<void> {
  await rm(stateFile(path.dirname(tree)));
}
