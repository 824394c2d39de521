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

/** A proposal's hooks in lib/ on one line, and where upstream landed what they add to. */
export interface Tried extends Hooks {
  /** The line's first release that has upstream's version, e.g. 24.19.0; undefined if there is none. */
  readonly landed: string | undefined;
}

/** A line's releases, and the outcome of every hunk on each. */
export interface Matrix {
  readonly line: string;
  /** The first release that the series is for, and why, if it is not the first of the line. */
  readonly since?: Line['since'];
  /** E.g. v20.0.0, oldest first. */
  readonly releases: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** A hunk, with one cell per release. */
export interface MatrixRow extends Omit<Hunk, 'patch'> {
  readonly cells: readonly Cell[];
}

/** What survival() resolves to. */
export interface Survival extends Done {
  /** Whether a hunk fails on a release, or a release could not be fetched. */
  readonly failed: boolean;
}

/** The outcomes that count as cells. */
const COUNTED: readonly Outcome[] = ['clean', 'moved', 'merged', 'conflict', 'missing file'];

/** The outcomes that are listed even if there are none. */
const TOLD: readonly Outcome[] = ['clean', 'merged', 'conflict'];

/** The proposals of a line that change files in lib/. */
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
 * The releases of a line to try, oldest first. If something has landed on a line, its
 * hooks add to that, so older releases are of no use to them.
 */
export function releasesOf(major: number, tried: readonly Tried[], published: readonly string[]): readonly string[] {
  const [first] = tried.flatMap((one) => one.landed ?? []).sort(compareVersions);
  return published.filter((version) => version.startsWith(`${major}.`) &&
    (first === undefined || compareVersions(version, first) >= 0));
}

/** The name of a line in the tables. */
const titleOf = ({ name, isNext }: Line) => (isNext ? `${name}-next` : name);

/** Whether a release is older than the first one that the series is for. */
const isTooOld = ({ since }: Line, version: string) =>
  since !== undefined && compareVersions(version, since.release.slice(1)) < 0;

/** A release's files at the paths that the hooks expect. Those that it has elsewhere are listed. */
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

/** Consecutive releases with the same outcome: `v20.0.0-v20.5.1 conflict, v20.6.0 clean`. */
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

/** `clean 40, merged 1, conflict 0 of 41 cells`. Rare outcomes are only listed if there are any. */
export function totals(rows: readonly MatrixRow[]): string {
  const cells = COUNTED.reduce((sum, outcome) => sum + count(rows, outcome), 0);
  const said = COUNTED.filter((outcome) => TOLD.includes(outcome) || count(rows, outcome) > 0)
    .map((outcome) => `${outcome} ${count(rows, outcome)}`);
  return `${said.join(', ')} of ${cells} cells`;
}

/**
 * The hunk that fails on the most releases, or else is merged on the most; undefined if
 * all are clean.
 */
export function weakest(rows: readonly MatrixRow[]): MatrixRow | undefined {
  const weight = (row: MatrixRow) =>
    (count([row], 'conflict') + count([row], 'missing file')) * (row.cells.length + 1) + count([row], 'merged');
  const [row] = [...rows].sort((a, b) => weight(b) - weight(a));
  return row === undefined || weight(row) === 0 ? undefined : row;
}

/** A line's section of the printed table. */
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

/** Prints a line's table, and writes its cells and their chart to out/survival. */
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
 * Tries the hooks of one line on every release of it in the registry.
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
 * How well the hooks in lib/ survive upstream's releases: every hunk is tried on every
 * release in the npm registry.
 * @param trees the lines, each with its fork tree; a line's next release counts as a line
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
