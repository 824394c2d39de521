import { type FilePatch, parsePatch, printPatch } from '../../fork/hooks.ts';

/** One place in lib/ that a proposal changes. */
export interface Hunk {
  readonly proposal: string;
  readonly file: string;
  /** A short name: the first meaningful line that it adds. */
  readonly summary: string;
  /** A patch that makes only this change. */
  readonly patch: string;
}

/**
 * The outcome of a hunk on one release. `moved` means it applies cleanly in the place
 * where an older release has the file, `too old` that the release predates the series.
 */
export type Outcome =
  'clean' | 'moved' | 'merged' | 'conflict' | 'missing file' | 'not needed' | 'too old' | 'missing release';

/** A hunk on one release. */
export interface Cell {
  readonly outcome: Outcome;
  /** How many lines from its place in the patch git applied it, if it applied without a merge. */
  readonly offset?: number;
}

/** The line that identifies a hunk. */
function summaryOf(lines: readonly string[]): string {
  const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1).trim());
  const removed = lines.filter((line) => line.startsWith('-')).map((line) => `- ${line.slice(1).trim()}`);
  return [...added, ...removed].find((line) => /\w/.test(line)) ?? added[0] ?? '';
}

/** The hunks in one file's part of a patch. */
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

/** The hunks of a proposal's patch that change files in lib/, in order. */
export function libHunks(proposal: string, patch: string): readonly Hunk[] {
  return parsePatch(patch, `the patch of ${proposal}`)
    .filter(({ file }) => file.startsWith('lib/'))
    .flatMap((part) => partHunks(proposal, part));
}

/** The files that the hunks change, each once. */
export function filesOf(hunks: readonly Hunk[]): readonly string[] {
  return [...new Set(hunks.map(({ file }) => file))];
}

/** A single patch with all of these changes, which must be in the order of one patch. */
export function joined(hunks: readonly Hunk[]): string {
  const parts = hunks.flatMap(({ proposal, patch }) => parsePatch(patch, `the patch of ${proposal}`));
  return filesOf(hunks).map((file) => {
    const here = parts.filter((part) => part.file === file);
    return printPatch({ ...here[0]!, hunks: here.flatMap(({ hunks }) => hunks) });
  }).join('');
}
