import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gather, type Texts } from '../../base/builtins.ts';
import { compareVersions, isOfNext, publishedReleases } from '../../base/releases.ts';
import type { Line } from '../../core/lines.ts';
import { out, shown } from '../../core/paths.ts';
import { landingOf, proposalsOn } from '../../core/proposals.ts';
import { type Done, say, step } from '../../core/report.ts';
import { hookFile } from '../../fork/apply.ts';
import { chart, type Row } from './chart.ts';
import { type Cell, filesOf, type Hunk, libHunks, type Outcome } from './hunks.ts';
import { type Hooks, type Step, Trial } from './trial.ts';

/** A proposal's hooks below lib/ on one line, and where upstream took what they add to. */
export interface Tried extends Hooks {
  /** The line's release, such as 24.19.0, that has upstream's own; undefined where none has. */
  readonly landed: string | undefined;
}

/** A line's releases, and what became of every hunk on each. */
export interface Matrix {
  readonly line: string;
  /** The first release that the series is for, and why, where it is not the first of the line. */
  readonly since?: Line['since'];
  /** Such as v20.0.0, oldest first. */
  readonly releases: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** A hunk, with a cell a release. */
export interface MatrixRow extends Omit<Hunk, 'patch'> {
  readonly cells: readonly Cell[];
}

/** What survival() hands back. */
export interface Survival extends Done {
  /** Whether a hunk fails on a release, or a release could not be had. */
  readonly failed: boolean;
}

/** The outcomes that are counted as cells. */
const COUNTED: readonly Outcome[] = ['clean', 'moved', 'merged', 'conflict', 'missing file'];

/** Those of them that are told even where there is none. */
const TOLD: readonly Outcome[] = ['clean', 'merged', 'conflict'];

/** The proposals of a line that change files below lib/. */
async function triedOn(line: Line): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const placed of proposalsOn(line)) {
    const { name } = placed.proposal;
    const file = hookFile(placed.proposal, line);
    const hunks = existsSync(file) ? libHunks(name, await readFile(file, 'utf8')) : [];
    if (hunks.length > 0) tried.push({ proposal: name, hunks, landed: landingOf(placed, line) });
  }
  return tried;
}

/**
 * The releases of a line to try, oldest first. Hooks of a line on which
 * something has landed add to that, so nothing older is of use to them.
 */
export function releasesOf(major: number, tried: readonly Tried[], published: readonly string[]): readonly string[] {
  const [first] = tried.flatMap((one) => one.landed ?? []).sort(compareVersions);
  return published.filter((version) => version.startsWith(`${major}.`) &&
    (first === undefined || compareVersions(version, first) >= 0));
}

/** A line as the tables call it. */
const titleOf = ({ name, isNext }: Line) => (isNext ? `${name}-next` : name);

/** Whether a release comes before the first that the series is for. */
const isTooOld = ({ since }: Line, version: string) =>
  since !== undefined && compareVersions(version, since.release.slice(1)) < 0;

/** A release's files where the hooks look for them; those that it has elsewhere are named. */
export function relocated(
  texts: Texts,
  moved: Readonly<Record<string, string>> = {},
): { texts: Texts; elsewhere: ReadonlySet<string> } {
  const elsewhere = Object.entries(moved).filter(([file, former]) => texts[file] == null && texts[former] != null);
  const found = elsewhere.map(([file, former]) => [file, texts[former]!] as const);
  return { texts: { ...texts, ...Object.fromEntries(found) }, elsewhere: new Set(elsewhere.map(([file]) => file)) };
}

/** The proposals as one release needs them. */
export function stepsFor(version: string, tried: readonly Tried[]): readonly Step[] {
  return tried.map(({ proposal, hunks, landed }) => {
    return { proposal, hunks, notNeeded: landed !== undefined && compareVersions(version, landed) < 0 };
  });
}

/** Releases in a row that have the same outcome: `v20.0.0-v20.5.1 conflict, v20.6.0 clean`. */
export function ranges(releases: readonly string[], outcomes: readonly Outcome[]): string {
  const starts = outcomes.flatMap((outcome, index) => (outcome === outcomes[index - 1] ? [] : [index]));
  return starts.map((start, index) => {
    const end = (starts[index + 1] ?? outcomes.length) - 1;
    const span = start === end ? releases[start]! : `${releases[start]!}-${releases[end]!}`;
    return `${span} ${outcomes[start]!}`;
  }).join(', ');
}

function count(rows: readonly MatrixRow[], outcome: Outcome): number {
  return rows.flatMap(({ cells }) => cells).filter((cell) => cell.outcome === outcome).length;
}

/** `clean 40, merged 1, conflict 0 of 41 cells`; what is rare is told only where there is some. */
export function totals(rows: readonly MatrixRow[]): string {
  const cells = COUNTED.reduce((sum, outcome) => sum + count(rows, outcome), 0);
  const said = COUNTED.filter((outcome) => TOLD.includes(outcome) || count(rows, outcome) > 0)
    .map((outcome) => `${outcome} ${count(rows, outcome)}`);
  return `${said.join(', ')} of ${cells} cells`;
}

/** The hunk that fails on the most releases, then that is merged on the most; undefined where all are clean. */
export function weakest(rows: readonly MatrixRow[]): MatrixRow | undefined {
  const weight = (row: MatrixRow) =>
    (count([row], 'conflict') + count([row], 'missing file')) * (row.cells.length + 1) + count([row], 'merged');
  const [row] = [...rows].sort((a, b) => weight(b) - weight(a));
  return row === undefined || weight(row) === 0 ? undefined : row;
}

/** A line's block of the table that is printed. */
export function table({ line, since, releases, rows }: Matrix): readonly string[] {
  const missing = releases.filter((_, index) => rows[0]?.cells[index]!.outcome === 'missing release');
  const said = [
    `${line}: ${releases.length} releases, ${releases[0] ?? 'none'} to ${releases.at(-1) ?? 'none'}` +
      (missing.length === 0 ? '' : `, no binary of ${missing.join(', ')}`),
  ];
  if (since !== undefined) said.push(`too old is what comes before ${since.release}: ${since.why}`);
  const names = rows.map(({ file, summary }) => `${file}: ${summary}`);
  const width = Math.max(...names.map(({ length }) => length));
  for (const [index, { proposal, cells }] of rows.entries()) {
    if (rows[index - 1]?.proposal !== proposal) said.push(proposal);
    said.push(`  ${names[index]!.padEnd(width)}  ${ranges(releases, cells.map(({ outcome }) => outcome))}`);
  }
  said.push(totals(rows));
  const weak = weakest(rows);
  if (weak !== undefined) said.push(`weakest: ${weak.file}: ${weak.summary} (${totals([weak])})`);
  return said;
}

function chartRows({ rows }: Matrix): readonly Row[] {
  return rows.map(({ proposal, file, summary, cells }) => {
    return { proposal, file, summary, outcomes: cells.map(({ outcome }) => outcome) };
  });
}

/** Prints a line's table, and writes its cells and their picture below out/survival. */
async function publish(matrix: Matrix): Promise<void> {
  for (const said of table(matrix)) say(said);
  const dir = path.join(out, 'survival');
  await mkdir(dir, { recursive: true });
  const file = path.join(dir, matrix.line);
  await writeFile(`${file}.json`, `${JSON.stringify(matrix, undefined, 2)}\n`);
  await writeFile(`${file}.svg`, chart(matrix.line, matrix.releases, chartRows(matrix)));
  say(`${shown(`${file}.json`)}, ${shown(`${file}.svg`)}`);
}

/**
 * Tries the hooks of one line on every release that the registry has of it.
 * @param tree its fork tree
 */
async function lineSurvival(line: Line, tree: string, published: readonly string[]): Promise<Matrix> {
  const tried = await triedOn(line);
  const hunks = tried.flatMap((one) => one.hunks);
  const column = async (trial: Trial, version: string, texts: Texts | undefined): Promise<ReadonlyMap<Hunk, Cell>> => {
    if (isTooOld(line, version)) return new Map(hunks.map((hunk) => [hunk, { outcome: 'too old' }]));
    if (texts === undefined) return new Map();
    const here = relocated(texts, line.moved);
    const cells = await trial.release(here.texts, stepsFor(version, tried));
    return new Map([...cells].map(([hunk, cell]) =>
      [hunk, cell.outcome === 'clean' && here.elsewhere.has(hunk.file) ? { ...cell, outcome: 'moved' } : cell]));
  };
  const versions = releasesOf(line.base.major, tried, published)
    .filter((version) => isOfNext(line, version) === Boolean(line.isNext));
  const files = [...filesOf(hunks), ...Object.values(line.moved ?? {})];
  const { texts } = await step(`releases ${titleOf(line)}`, () => gather(versions, files));
  const columns: ReadonlyMap<Hunk, Cell>[] = [];
  const trial = await Trial.make(tree, tried);
  try {
    for (const version of versions) columns.push(await column(trial, version, texts.get(version)));
  } finally {
    await trial.remove();
  }
  return {
    line: titleOf(line),
    ...line.since === undefined ? {} : { since: line.since },
    releases: versions.map((version) => `v${version}`),
    rows: hunks.map((hunk) => {
      const { proposal, file, summary } = hunk;
      return { proposal, file, summary, cells: columns.map((cells) => cells.get(hunk) ?? { outcome: 'missing release' }) };
    }),
  };
}

/**
 * How well the half of the hooks that lies below lib/ survives upstream's
 * releases: every hunk is tried on every release that the npm registry has.
 * @param trees the lines, each with its fork tree; a line's next release is one more
 */
export async function survival(trees: ReadonlyMap<Line, string>): Promise<Survival> {
  const published = await publishedReleases();
  const rows: MatrixRow[] = [];
  for (const [line, tree] of trees) {
    const { matrix } = await step(`survival ${titleOf(line)}`, async () => {
      const matrix = await lineSurvival(line, tree, published);
      await publish(matrix);
      return { did: totals(matrix.rows), matrix };
    });
    rows.push(...matrix.rows);
  }
  const failures = (['conflict', 'missing file', 'missing release'] as const)
    .reduce((sum, outcome) => sum + count(rows, outcome), 0);
  return { did: totals(rows), failed: failures > 0 };
}
