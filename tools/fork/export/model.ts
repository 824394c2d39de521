import type { Repository } from '../../core/git.ts';
import type { Placed } from '../../core/proposals.ts';
import { landing } from '../apply.ts';

/** The new content of the project's files, by path; undefined removes a file. */
export type Files = Map<string, string | Uint8Array | undefined>;

/** A file in a tree. */
export interface Entry {
  readonly mode: string;
  readonly id: string;
}

export interface Change {
  readonly file: string;
  /** Undefined for a new file. */
  readonly from?: Entry;
  /** Undefined for a deleted file. */
  readonly to?: Entry;
}

/** A state of the tree on the way to the user's, and whose change led to it. */
export interface Step {
  readonly tree: string;
  /** The index of the proposal that a `fixup!` commit names. */
  readonly fixup?: number;
}

/** The data that all parts of an export use. */
export interface Context {
  readonly repository: Repository;
  readonly proposals: readonly Placed[];
  /**
   * The base commit, followed by the commit of each proposal. The user may have
   * recreated these.
   */
  readonly levels: readonly string[];
  readonly steps: readonly Step[];
  /** The index of the proposal that PROPOSAL names. */
  readonly chosen: number | undefined;
  /** A folder for data that git needs in files. */
  readonly scratch: string;
}

/** The files that differ between two trees, ordered by path. */
export async function changesBetween(
  repository: Repository,
  before: string,
  after: string,
): Promise<readonly Change[]> {
  const raw = await repository.git(['diff-tree', '-r', '-z', '--raw', '--no-renames', before, after]);
  const fields = raw.split('\0');
  const changes: Change[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [mode, newMode, id, newId] = fields[at]!.slice(1).split(' ') as [string, string, string, string];
    changes.push({
      file: fields[at + 1]!,
      ...(/[^0]/.test(id) && { from: { mode, id } }),
      ...(/[^0]/.test(newId) && { to: { mode: newMode, id: newId } }),
    });
  }
  return changes;
}

/** The object id of a file in a tree, or undefined if it is not there. */
export async function idOf(repository: Repository, tree: string, file: string): Promise<string | undefined> {
  const { code, stdout } = await repository.try(['rev-parse', '--verify', '--quiet', `${tree}:${file}`]);
  return code === 0 ? stdout.trim() : undefined;
}

export const content = (repository: Repository, id: string) => repository.git(['cat-file', 'blob', id]);

/** The remedy that lists the possible values of PROPOSAL. */
export const choice = (names: readonly string[]) =>
  `run again with PROPOSAL=${names.join(' or PROPOSAL=')}, which then takes it`;

export const allNames = (proposals: readonly Placed[]) => proposals.map(({ proposal }) => proposal.name);

/** The files that proposals own, by path in Node's tree. */
export function ownersOf(proposals: readonly Placed[]): ReadonlyMap<string, { owned: string; owner: number }> {
  return new Map(proposals.flatMap(({ owns }, owner) =>
    owns.map((owned) => [landing(owned), { owned, owner }] as const)));
}

export const isDoc = (file: string) => file.startsWith('doc/api/');
