import { UserError } from '../../core/errors.ts';
import { readRecord } from '../../core/record.ts';
import { shown } from '../../core/paths.ts';
import type { Mutant } from './mutation.ts';

/** A change that no test has to notice. When its line changes, the entry has to go. */
export interface Accepted {
  readonly file: string;
  /** The text of the line in which it begins. */
  readonly line: string;
  /** What it does, as `make mutate` prints it. */
  readonly change: string;
  readonly reason: string;
}

/**
 * The reasons for which changes are accepted, from a file.
 * @param mutants all changes to some files
 * @throws UserError if an entry for one of those files is about none of the changes
 */
export async function readAccepted(file: string, mutants: readonly Mutant[]): Promise<ReadonlyMap<Mutant, string>> {
  const entries = await readRecord<readonly Accepted[]>(file, '`git checkout`') ?? [];
  const files = new Set(mutants.map(({ mutation }) => mutation.file));
  const reasons = new Map<Mutant, string>();
  for (const entry of entries.filter((accepted) => files.has(accepted.file))) {
    const meant = mutants.filter(({ mutation, line, change }) =>
      mutation.file === entry.file && line === entry.line && change === entry.change);
    if (meant.length === 0) {
      throw new UserError(`${shown(file)} accepts a change that ${entry.file} does not have any more: ${entry.change}`,
                          'take the entry out, or give it the line as it is now');
    }
    for (const mutant of meant) reasons.set(mutant, entry.reason);
  }
  return reasons;
}
