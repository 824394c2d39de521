import { type FilePatch, parsePatch, printPatch } from '../../fork/hooks.ts';

/** One place below lib/ that a proposal changes. */
export interface Hunk {
  readonly proposal: string;
  readonly file: string;
  /** What names it: its first added line that says something. */
  readonly summary: string;
  /** The patch that makes this change alone. */
  readonly patch: string;
}

/**
 * What has become of a hunk on one release: `moved` is clean in the place where
 * an older release has the file, `too old` a release before the series begins.
 */
export type Outcome =
  'clean' | 'moved' | 'merged' | 'conflict' | 'missing file' | 'not needed' | 'too old' | 'missing release';

/** A hunk on one release. */
export interface Cell {
  readonly outcome: Outcome;
  /** How many lines away from where the patch has it, where git applied it as it is. */
  readonly offset?: number;
}

/** The line that a hunk is known by. */
function summaryOf(lines: readonly string[]): string {
  const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1).trim());
  const removed = lines.filter((line) => line.startsWith('-')).map((line) => `- ${line.slice(1).trim()}`);
  return [...added, ...removed].find((line) => /\w/.test(line)) ?? added[0] ?? '';
}

/** The hunks of one file's part of a patch. */
function partHunks(proposal: string, part: FilePatch): readonly Hunk[] {
  const seen = new Map<string, number>();
  return part.hunks.map((hunk) => {
    const summary = summaryOf(hunk.lines);
    const times = (seen.get(summary) ?? 0) + 1;
    seen.set(summary, times);
    return {
      proposal,
      file: part.file,
      summary: times === 1 ? summary : `${summary} (${times})`,
      patch: printPatch({ ...part, hunks: [hunk] }),
    };
  });
}

/** The hunks of a proposal's patch that change files below lib/, in its order. */
export function libHunks(proposal: string, patch: string): readonly Hunk[] {
  return parsePatch(patch, `the patch of ${proposal}`)
    .filter(({ file }) => file.startsWith('lib/'))
    .flatMap((part) => partHunks(proposal, part));
}

/** The files that hunks change, each once. */
export function filesOf(hunks: readonly Hunk[]): readonly string[] {
  return [...new Set(hunks.map(({ file }) => file))];
}

/** One patch that makes all of these changes, which lie in one patch's order. */
export function joined(hunks: readonly Hunk[]): string {
  const parts = hunks.flatMap(({ proposal, patch }) => parsePatch(patch, `the patch of ${proposal}`));
  return filesOf(hunks).map((file) => {
    const here = parts.filter((part) => part.file === file);
    return printPatch({ ...here[0]!, hunks: here.flatMap(({ hunks }) => hunks) });
  }).join('');
}
