import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Line, type Placed, proposalsOn } from './config.ts';
import { linePaths, out, root, shown } from './paths.ts';
import { type Done, say, step } from './report.ts';
import { chart, type Row } from './survival-chart.ts';
import { type Cell, filesOf, type Hunk, libHunks, type Outcome } from './survival-hunks.ts';
import { compareVersions, gather, publishedReleases } from './survival-natives.ts';
import { type Hooks, type Step, Trial } from './survival-trial.ts';

/** A proposal's hooks below lib/ on one line, and where upstream took what they add to. */
export interface Tried extends Hooks {
  /** The line's release, such as 24.19.0, that has upstream's own; undefined where none has. */
  readonly landed: string | undefined;
}

/** A line's releases, and what became of every hunk on each. */
export interface Matrix {
  readonly line: string;
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
const COUNTED: readonly Outcome[] = ['clean', 'merged', 'conflict', 'missing file'];

/** The line's release in which a proposal landed upstream, without the v. */
function landingOf({ proposal, state }: Placed, line: Line): string | undefined {
  const here = proposal.lines[line.name];
  if (state !== 'landed' || here?.state !== 'landed') return undefined;
  return here.releases.map((release) => release.slice(1))
    .find((release) => release.startsWith(`${line.base.major}.`));
}

/** The proposals of a line that change files below lib/. */
async function triedOn(line: Line): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const placed of proposalsOn(line)) {
    const { name } = placed.proposal;
    const file = path.join(root, 'patches', name, `${line.name}.patch`);
    const hunks = existsSync(file) ? libHunks(name, await readFile(file, 'utf8')) : [];
    if (hunks.length > 0) tried.push({ proposal: name, hunks, landed: landingOf(placed, line) });
  }
  return tried;
}

/**
 * The releases of a line to try, oldest first. Hooks of a line on which
 * something has landed add to that, so nothing older is of use to them.
 * @param since the oldest release that the line's files are for
 */
export function releasesOf(
  major: number,
  tried: readonly Tried[],
  published: readonly string[],
  since?: string,
): readonly string[] {
  const landed = tried.flatMap((one) => one.landed ?? []).sort(compareVersions);
  const first = since?.slice(1) ?? landed[0];
  return published.filter((version) => version.startsWith(`${major}.`) &&
    (first === undefined || compareVersions(version, first) >= 0));
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
  const said = COUNTED.filter((outcome) => outcome !== 'missing file' || count(rows, outcome) > 0)
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
export function table({ line, releases, rows }: Matrix): readonly string[] {
  const missing = releases.filter((_, index) => rows[0]?.cells[index]!.outcome === 'missing release');
  const said = [
    `${line}: ${releases.length} releases, ${releases[0] ?? 'none'} to ${releases.at(-1) ?? 'none'}` +
      (missing.length === 0 ? '' : `, no binary of ${missing.join(', ')}`),
  ];
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

/** Tries the hooks of one line on every release that the registry has of it. */
async function lineSurvival(line: Line, published: readonly string[]): Promise<Matrix> {
  const tried = await triedOn(line);
  const hunks = tried.flatMap((one) => one.hunks);
  const versions = releasesOf(line.base.major, tried, published, line.since);
  const { texts } = await step(`releases ${line.name}`, () => gather(versions, filesOf(hunks)));
  const columns: ReadonlyMap<Hunk, Cell>[] = [];
  const trial = await Trial.make(linePaths(line.name).tree, tried);
  try {
    for (const version of versions) {
      const files = texts.get(version);
      columns.push(files === undefined ? new Map() : await trial.release(files, stepsFor(version, tried)));
    }
  } finally {
    await trial.remove();
  }
  return {
    line: line.name,
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
 */
export async function survival(lines: readonly Line[]): Promise<Survival> {
  const published = await publishedReleases();
  const rows: MatrixRow[] = [];
  for (const line of lines) {
    const { matrix } = await step(`survival ${line.name}`, async () => {
      const matrix = await lineSurvival(line, published);
      await publish(matrix);
      return { did: totals(matrix.rows), matrix };
    });
    rows.push(...matrix.rows);
  }
  const failures = (['conflict', 'missing file', 'missing release'] as const)
    .reduce((sum, outcome) => sum + count(rows, outcome), 0);
  return { did: totals(rows), failed: failures > 0 };
}
