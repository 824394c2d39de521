import { escaped, picture, text } from '../../core/svg.ts';
import type { Outcome } from './hunks.ts';

/** One hunk across all releases of a line. */
export interface Row {
  readonly proposal: string;
  readonly file: string;
  readonly summary: string;
  readonly outcomes: readonly Outcome[];
}

const CELL = 18;
const LEFT = 470;
const TOP = 120;
const GAP = 26;
const LABEL = 62;

/**
 * The three colours that matter differ in lightness as well as in hue (pale blue, orange,
 * near black), so that they can be told apart without colour too.
 */
const colours: Readonly<Record<Outcome, string>> = {
  'clean': '#b9d9ee',
  'moved': '#7fb3d5',
  'merged': '#e69f00',
  'conflict': '#4a0d2a',
  'missing file': '#7d7d7d',
  'not needed': '#f2f2f2',
  'too old': '#e4e0d8',
  'missing release': '#ffffff',
};

function shortened(text: string): string {
  return text.length <= LABEL ? text : `${text.slice(0, LABEL - 1)}…`;
}

function square(x: number, y: number, outcome: Outcome, title: string): string {
  return `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="${colours[outcome]}" ` +
    `stroke="#ffffff"><title>${escaped(title)}</title></rect>`;
}

function legend(outcomes: readonly Outcome[], y: number): readonly string[] {
  return outcomes.flatMap((outcome, index) => {
    const x = 16 + index * 150;
    return [
      `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="${colours[outcome]}" stroke="#7d7d7d"/>`,
      text(x + CELL + 8, y + 13, outcome),
    ];
  });
}

/** A heat map in SVG: releases from left to right, hunks from top to bottom, grouped by proposal. */
export function chart(line: string, releases: readonly string[], rows: readonly Row[]): string {
  const parts: string[] = [];
  for (const [column, release] of releases.entries()) {
    const x = LEFT + column * CELL + 13;
    parts.push(text(x, TOP - 6, release, `transform="rotate(-60 ${x} ${TOP - 6})" font-size="11"`));
  }
  let y = TOP;
  for (const [index, { proposal, file, summary, outcomes }] of rows.entries()) {
    const name = `${file}: ${summary}`;
    if (rows[index - 1]?.proposal !== proposal) {
      parts.push(text(16, y + 18, proposal, 'font-weight="bold"'));
      y += GAP;
    }
    parts.push(`<g>${text(LEFT - 8, y + 13, shortened(name), 'text-anchor="end" font-size="11"')}` +
      `<title>${escaped(name)}</title></g>`);
    for (const [column, outcome] of outcomes.entries()) {
      parts.push(square(LEFT + column * CELL, y, outcome, `${releases[column]!} ${outcome}: ${name}`));
    }
    y += CELL;
  }
  const seen = new Set(rows.flatMap(({ outcomes }) => outcomes));
  const shown = (Object.keys(colours) as Outcome[])
    .filter((outcome) => seen.has(outcome) || ['clean', 'merged', 'conflict'].includes(outcome));
  const width = LEFT + Math.max(releases.length * CELL + 50, 320);
  const height = y + 56;
  const title = `Hooks of ${line} below lib/ on upstream's releases`;
  return picture(title, width, height, [...parts, ...legend(shown, y + 20)]);
}
