import { UserError } from './errors.ts';

/** One place below lib/ that a proposal changes. */
export interface Hunk {
  readonly proposal: string;
  readonly file: string;
  /** What names it: its first added line that says something. */
  readonly summary: string;
  /** The patch that makes this change alone. */
  readonly patch: string;
}

/** What has become of a hunk on one release. */
export type Outcome = 'clean' | 'merged' | 'conflict' | 'missing file' | 'not needed' | 'missing release';

/** A hunk on one release. */
export interface Cell {
  readonly outcome: Outcome;
  /** How many lines away from where the patch has it, where git applied it as it is. */
  readonly offset?: number;
}

/** The parts of a text that begin with a line of that beginning; what is before the first is dropped. */
function partsOf(text: string, beginning: string): readonly string[] {
  return `\n${text}`.split(`\n${beginning}`).slice(1)
    .map((part, index, { length }) => `${beginning}${part}${index < length - 1 ? '\n' : ''}`);
}

/** The line that a hunk is known by. */
function summaryOf(body: string): string {
  const lines = body.split('\n').slice(1);
  const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1).trim());
  const removed = lines.filter((line) => line.startsWith('-')).map((line) => `- ${line.slice(1).trim()}`);
  return [...added, ...removed].find((line) => /\w/.test(line)) ?? added[0] ?? '';
}

/** The hunks of one file's section of a patch. */
function sectionHunks(proposal: string, section: string): readonly Hunk[] {
  const file = /^--- a\/(.*)$/m.exec(section)?.[1];
  if (file === undefined) {
    throw new UserError(`a patch of ${proposal} does more than change lines of a file`,
                        'put whole files into lib/ and keep hooks in patches/');
  }
  const header = section.slice(0, section.indexOf('\n@@ ') + 1);
  const seen = new Map<string, number>();
  return partsOf(section, '@@ ').map((body) => {
    const summary = summaryOf(body);
    const times = (seen.get(summary) ?? 0) + 1;
    seen.set(summary, times);
    return { proposal, file, summary: times === 1 ? summary : `${summary} (${times})`, patch: header + body };
  });
}

/** The hunks of a proposal's patch that change files below lib/, in its order. */
export function libHunks(proposal: string, patch: string): readonly Hunk[] {
  return partsOf(patch, 'diff --git ')
    .filter((section) => section.startsWith('diff --git a/lib/'))
    .flatMap((section) => sectionHunks(proposal, section));
}

/** The files that hunks change, each once. */
export function filesOf(hunks: readonly Hunk[]): readonly string[] {
  return [...new Set(hunks.map(({ file }) => file))];
}

/** One patch that makes all of these changes, which lie in one patch's order. */
export function joined(hunks: readonly Hunk[]): string {
  return filesOf(hunks).map((file) => {
    const [first, ...others] = hunks.filter((hunk) => hunk.file === file);
    return first!.patch + others.map(({ patch }) => patch.slice(patch.indexOf('\n@@ ') + 1)).join('');
  }).join('');
}
