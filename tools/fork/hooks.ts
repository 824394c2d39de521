import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { loadLines } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import { loadProposals } from '../core/proposals.ts';

/** One contiguous change to a file of upstream's. */
export interface Change {
  readonly file: string;
  /** The number of its first line in the file as the patch leaves it. */
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A change, and whose it is. */
export interface Hook extends Change {
  readonly proposal: string;
}

interface Hunk {
  /** The number of the first line before and after, also where there is none. */
  readonly before: number;
  readonly after: number;
  /** What git prints behind the ranges. */
  readonly section: string;
  /** With the sign that each line has in the patch. */
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

/** The first line of a range; git names the line before where the range is empty. */
const first = (start: string, count: string | undefined) => Number(start) + (count === '0' ? 1 : 0);

/** The lines of a hunk that begins at that place, as many as its ranges say. */
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

/** The file whose patch begins at that place: four header lines that name one file. */
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
 * Reads a unified diff as git prints it. Files are changed in it and no more:
 * not added, deleted, renamed, copied, and not binary.
 * @param name the patch, as an error calls it
 * @throws UserError naming the patch and the line that is none of that
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

/** The changes of a hunk, and where each begins and ends among its lines. */
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
 * @param name the patch, as an error calls it
 */
export function changesOf(text: string, name: string): readonly Change[] {
  return parsePatch(text, name).flatMap(({ file, hunks }) => hunks
    .flatMap((hunk) => changesIn(file, hunk))
    .map(({ at, removed, added }) => ({ file, at, removed, added })));
}

/** A range as git prints it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start}${count === 1 ? '' : `,${count}`}`;
}

function printed({ before, after, section, lines }: Hunk): string {
  const ranges = `-${range(before, sided(lines, '+').length)} +${range(after, sided(lines, '-').length)}`;
  return [`@@ ${ranges} @@${section}`, ...lines].join('\n');
}

/** The text of a part of a patch, or no text where it has no hunks. */
export function printPatch({ header, hunks }: FilePatch): string {
  return hunks.length === 0 ? '' : `${[...header, ...hunks.map(printed)].join('\n')}\n`;
}

/** A file's hunks with one change left out; those behind it move. */
function hunksWithout(file: string, hunks: readonly Hunk[], change: Change): readonly Hunk[] {
  let moved = 0;
  return hunks.map((hunk) => {
    const here = changesIn(file, hunk).find(({ at }) => at === change.at);
    const after = hunk.after + moved;
    if (here === undefined) return { ...hunk, after };
    moved = here.removed.length - here.added.length;
    const kept = here.removed.map((line) => ` ${line}`);
    return { ...hunk, after, lines: [...hunk.lines.slice(0, here.from), ...kept, ...hunk.lines.slice(here.to)] };
  }).filter(({ lines }) => lines.some((line) => !line.startsWith(' ')));
}

/**
 * The text of a patch with one of its changes left out: a valid patch again,
 * or no text where it was the only one.
 */
export function without(text: string, change: Change, name: string): string {
  return parsePatch(text, name)
    .map((part) => (part.file === change.file ? { ...part, hunks: hunksWithout(part.file, part.hunks, change) } : part))
    .map(printPatch).join('');
}

/** The hooks of one proposal on one line, none where it has no patch there. */
export function hooksOf(proposal: string, line: string, folder = root): readonly Hook[] {
  const name = path.join('patches', proposal, `${line}.patch`);
  const file = path.join(folder, name);
  if (!existsSync(file)) return [];
  return changesOf(readFileSync(file, 'utf8'), name).map((change) => ({ proposal, ...change }));
}

/** All hooks of a line, in the order in which they are applied. */
export function hooksOn(line: string, folder = root): readonly Hook[] {
  return loadProposals(folder)
    .filter(({ lines }) => ['carried', 'landed'].includes(lines[line]?.state ?? ''))
    .flatMap(({ name }) => hooksOf(name, line, folder));
}

/** How many lines hooks add and remove. */
export function countLines(hooks: readonly Change[]): number {
  return hooks.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
}

/** What lint has against the size of patches: proposals above their budget. */
export function overBudget(folder = root): string[] {
  const lines = [...loadLines(folder).lines.keys()].flatMap((line) => [line, `${line}-next`]);
  return loadProposals(folder).flatMap(({ name, budget }) => lines.flatMap((line) => {
    const count = countLines(hooksOf(name, line, folder));
    if (budget === undefined || count <= budget) return [];
    return [`${name} has ${count} hook lines on ${line}, and its budget is ${budget}: ` +
      'move what you can into files of ours, or raise the budget in proposals.json'];
  }));
}

/** What lint has against commit messages: each says why the patch is there and when it may go. */
export function messageFaults(folder = root): string[] {
  return filesBelow(path.join(folder, 'patches'), /message\.txt$/).flatMap((file) => {
    const text = readFileSync(path.join(folder, 'patches', file), 'utf8');
    return ['Reason:', 'May go:']
      .filter((start) => !text.split('\n').some((line) => line.startsWith(`${start} `)))
      .map((start) => `patches/${file}: it has no paragraph that begins with "${start}"`);
  });
}

/** What lint has against patches: those that do more than change lines, and a hook that two have. */
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

function filesBelow(folder: string, name: RegExp): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => name.test(file)).sort();
}
