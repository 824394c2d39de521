import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';

/** A change of a text: the lines from one index to another become others. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly added: readonly string[];
}

/** What makes one stored file of another. */
async function editsBetween(repository: Repository, before: string, after: string): Promise<readonly Edit[]> {
  const diff = await repository.git(['diff', '--no-color', '--no-ext-diff', '--unified=0', before, after]);
  return diff.split(/^(?=@@ )/m).slice(1).map((hunk) => {
    const [head, ...lines] = hunk.split('\n');
    const [, start, count] = /^@@ -(\d+)(?:,(\d+))? /.exec(head!)!;
    const removed = Number(count ?? 1);
    // An empty range has the number of the line before it.
    const from = removed === 0 ? Number(start) : Number(start) - 1;
    const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
    return { from, to: from + removed, added };
  });
}

/** Whether two edits of a text leave open what becomes of it. */
function clash(one: Edit, other: Edit): boolean {
  const isInsertion = ({ from, to }: Edit) => from === to;
  const isDeletion = ({ added }: Edit) => added.length === 0;
  if (isInsertion(one) && isInsertion(other)) return one.from === other.from;
  // What is inserted among lines that all go takes their place.
  if ((isInsertion(one) && isDeletion(other)) || (isInsertion(other) && isDeletion(one))) return false;
  return one.from < other.to && other.from < one.to;
}

/**
 * Makes the edits of two sides to a text. Unlike git, this takes neighbouring ones.
 * @returns the lines, or the index of the first line that both sides change
 */
export function combine(
  lines: readonly string[],
  mine: readonly Edit[],
  theirs: readonly Edit[],
): readonly string[] | number {
  const clashing = mine.find((one) => theirs.some((other) => clash(one, other)));
  if (clashing !== undefined) return clashing.from;
  const made: string[] = [];
  let at = 0;
  for (const { from, to, added } of [...mine, ...theirs].sort((a, b) => a.from - b.from || a.to - b.to)) {
    made.push(...lines.slice(at, from), ...added);
    at = Math.max(at, to);
  }
  return [...made, ...lines.slice(at)];
}

/**
 * Makes the changes that a commit makes to some files in an index that lacks what other
 * proposals have changed before it.
 * @param name the proposal
 * @throws UserError if it changes lines that the index does not have
 */
export async function applyApart(
  staged: Repository,
  commit: string,
  files: readonly string[],
  name: string,
): Promise<void> {
  const made = new Map<string, string>();
  for (const file of files) {
    const before = `${commit}^:${file}`;
    const [mine, theirs] = [
      await editsBetween(staged, before, `${commit}:${file}`),
      await editsBetween(staged, before, `:${file}`),
    ];
    const merged = combine((await staged.git(['show', before])).split('\n'), mine, theirs);
    if (typeof merged === 'number') {
      throw new UserError(
        `${name} changes ${file}:${merged + 1}, which comes from a proposal that it does not name in needs`,
        'add that one to its needs in proposals.json, and run again');
    }
    made.set(file, await staged.store(merged.join('\n')));
  }
  await staged.stage(made);
}
