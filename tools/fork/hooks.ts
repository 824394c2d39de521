import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { loadLines } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import { isPlaced, loadProposals } from '../core/proposals.ts';
import { filesBelow } from '../core/walk.ts';

/** One contiguous change to an upstream file. */
export interface Change {
  readonly file: string;
  /** The line number at which it starts in the patched file. */
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A change and the proposal it belongs to. */
export interface Hook extends Change {
  readonly proposal: string;
}

interface Hunk {
  /** The number of the first line before and after, even if the range is empty. */
  readonly before: number;
  readonly after: number;
  /** The text that git prints after the ranges. */
  readonly section: string;
  /** Lines with their prefix in the patch. */
  readonly lines: readonly string[];
}

/** The part of a patch that changes one file. */
export interface FilePatch {
  readonly file: string;
  readonly header: readonly string[];
  readonly hunks: readonly Hunk[];
}

const RANGES = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/;

const sided = (lines: readonly string[], other: '+' | '-') => lines.filter((line) => !line.startsWith(other));

/** The first line of a range. If the range is empty, git gives the number of the line before it. */
const first = (start: string, count: string | undefined) => Number(start) + (count === '0' ? 1 : 0);

/** Parses the hunk at an index. Its ranges say how many lines it has. */
function hunkAt(lines: readonly string[], at: number, refuse: (at: number) => never): Hunk {
  const match = RANGES.exec(lines[at]!);
  if (match === null) return refuse(at);
  const [, before, removing, after, adding, section] = match;
  let old = Number(removing ?? 1);
  let now = Number(adding ?? 1);
  let end = at + 1;
  for (; old > 0 || now > 0; end++) {
    const line = lines[end];
    if (line === undefined || !/^[ +-]/.test(line)) return refuse(end);
    if (!line.startsWith('+')) old--;
    if (!line.startsWith('-')) now--;
  }
  if (old < 0 || now < 0) return refuse(at);
  return {
    before: first(before!, removing),
    after: first(after!, adding),
    section: section!,
    lines: lines.slice(at + 1, end),
  };
}

/** Parses the header of a file's patch at an index: four lines that all name the same file. */
function fileAt(lines: readonly string[], at: number, refuse: (at: number) => never): Omit<FilePatch, 'hunks'> {
  const file = /^diff --git a\/(\S+) b\/\1$/.exec(lines[at]!)?.[1];
  if (file === undefined) return refuse(at);
  const expected = [/^index [0-9a-f]+\.\.[0-9a-f]+ [0-7]+$/, `--- a/${file}`, `+++ b/${file}`];
  for (const [index, text] of expected.entries()) {
    const line = lines[at + 1 + index] ?? '';
    if (typeof text === 'string' ? line !== text : !text.test(line)) return refuse(at + 1 + index);
  }
  return { file, header: lines.slice(at, at + 4) };
}

/**
 * Parses a unified diff as printed by git. It may only change the content of
 * text files; additions, deletions, renames, copies, mode changes and binary
 * files are rejected.
 * @param name the name of the patch in error messages
 * @throws UserError naming the patch and the first line that is not accepted
 */
export function parsePatch(text: string, name: string): readonly FilePatch[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const refuse = (at: number): never => {
    throw new UserError(`${name}:${at + 1}: ${JSON.stringify(lines[at] ?? 'its end')} is not what a patch of hooks has there`,
                        'let it only change lines of upstream\'s files, as `git diff` prints them');
  };
  const files: FilePatch[] = [];
  for (let at = 0; at < lines.length;) {
    const head = fileAt(lines, at, refuse);
    const hunks: Hunk[] = [];
    at += head.header.length;
    do {
      const hunk = hunkAt(lines, at, refuse);
      hunks.push(hunk);
      at += 1 + hunk.lines.length;
    } while (lines[at]?.startsWith('@@'));
    files.push({ ...head, hunks });
  }
  return files;
}

/** The changes in a hunk, and where each starts and ends among the hunk's lines. */
function changesIn(file: string, { after, lines }: Hunk): ReadonlyArray<Change & { from: number; to: number }> {
  const found = [];
  let at = after;
  for (let from = 0; from < lines.length;) {
    let to = from;
    while (/^[+-]/.test(lines[to] ?? '')) to++;
    if (to === from) {
      at++;
      from++;
      continue;
    }
    const group = lines.slice(from, to);
    const texts = (sign: '+' | '-') => group.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
    const added = texts('+');
    found.push({ file, at, removed: texts('-'), added, from, to });
    at += added.length;
    from = to;
  }
  return found;
}

/**
 * The changes that a patch makes.
 * @param name the name of the patch in error messages
 */
export function changesOf(text: string, name: string): readonly Change[] {
  return parsePatch(text, name).flatMap(({ file, hunks }) => hunks
    .flatMap((hunk) => changesIn(file, hunk))
    .map(({ at, removed, added }) => ({ file, at, removed, added })));
}

/** Formats a range as git does. */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start}${count === 1 ? '' : `,${count}`}`;
}

function printed({ before, after, section, lines }: Hunk): string {
  const ranges = `-${range(before, sided(lines, '+').length)} +${range(after, sided(lines, '-').length)}`;
  return [`@@ ${ranges} @@${section}`, ...lines].join('\n');
}

/** Formats a file's part of a patch. The result is empty if it has no hunks. */
export function printPatch({ header, hunks }: FilePatch): string {
  return hunks.length === 0 ? '' : `${[...header, ...hunks.map(printed)].join('\n')}\n`;
}

/** The hooks of one proposal on one line. Empty if it has no patch there. */
export function hooksOf(proposal: string, line: string, folder = root): readonly Hook[] {
  const name = path.join('patches', proposal, `${line}.patch`);
  const file = path.join(folder, name);
  if (!existsSync(file)) return [];
  return changesOf(readFileSync(file, 'utf8'), name).map((change) => ({ proposal, ...change }));
}

/** All hooks of a line, in the order in which they are applied. */
export function hooksOn(line: string, folder = root): readonly Hook[] {
  return loadProposals(folder)
    .filter(({ lines }) => isPlaced(lines[line]))
    .flatMap(({ name }) => hooksOf(name, line, folder));
}

/** The number of lines that hooks add and remove. */
export function countLines(hooks: readonly Change[]): number {
  return hooks.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
}

/** Reports proposals whose patches are larger than their budget, for lint. */
export function overBudget(folder = root): string[] {
  const lines = [...loadLines(folder).lines.keys()].flatMap((line) => [line, `${line}-next`]);
  return loadProposals(folder).flatMap(({ name, budget }) => lines.flatMap((line) => {
    const count = countLines(hooksOf(name, line, folder));
    if (budget === undefined || count <= budget) return [];
    return [`${name} has ${count} hook lines on ${line}, and its budget is ${budget}: ` +
      'move what you can into files of ours, or raise the budget in proposals.json'];
  }));
}

/** Reports patches that do more than change lines, and hooks that are in two patches, for lint. */
export function patchFaults(folder = root): string[] {
  const faults: string[] = [];
  const seen = new Map<string, string>();
  for (const file of filesBelow(path.join(folder, 'patches'), /\.patch$/)) {
    let hooks: readonly Hook[];
    try {
      hooks = hooksOf(path.dirname(file), path.basename(file, '.patch'), folder);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error.line);
      continue;
    }
    for (const { file: changed, removed, added } of hooks) {
      const key = JSON.stringify([path.basename(file), changed, removed, added]);
      const other = seen.get(key) ?? file;
      if (other !== file) faults.push(`patches/${file}: patches/${other} has the same hook of ${changed}: ${added[0] ?? removed[0]}`);
      seen.set(key, other);
    }
  }
  return faults;
}
