import { escaped, picture, text } from '../../core/svg.ts';

/** A ratio and the range of its samples. */
interface Range {
  readonly name: string;
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
}

/** A ratio and its target maximum, if there is one. */
export interface Ratio extends Range {
  readonly limit: number | undefined;
}

export const isMet = ({ ratio, limit }: Ratio): boolean => limit === undefined || ratio <= limit;

/** One of the measured ways, next to the one whose ratio is 1. */
export interface Bar extends Range {
  readonly ours: boolean;
  /** Each thread's or process's share of the total. */
  readonly shares: readonly number[];
}

const ROW = 34;
const HEIGHT = 20;
const TOP = 90;
const LEFT = 270;
const RATIOS = 300;
const SHARES = 640;
const WHOLE = 220;
const WIDTH = 880;

/** Ours is the darker one and its name is bold, so that it can be told apart without colour too. */
const colours = { ours: '#e69f00', peer: '#b9d9ee', shares: ['#b9d9ee', '#7fb3d5'], line: '#4a0d2a' };

function rect(x: number, y: number, width: number, fill: string, title: string): string {
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${HEIGHT}" fill="${fill}" ` +
    `stroke="#7d7d7d"><title>${escaped(title)}</title></rect>`;
}

/** From the minimum to the maximum, with a tick at either end. */
function whisker(from: number, to: number, y: number): string {
  const [a, b] = [from.toFixed(1), to.toFixed(1)];
  return `<path d="M${a} ${y - 4}v8M${a} ${y}H${b}M${b} ${y - 4}v8" stroke="${colours.line}" fill="none"/>`;
}

function upright(x: number, bottom: number, label: string, dashes: string): string {
  return `<path d="M${x.toFixed(1)} ${TOP - 6}V${bottom}" stroke="${colours.line}" ${dashes}/>` +
    text(x, bottom + 16, label, 'text-anchor="middle" font-size="11"');
}

/** A share of 1, divided from left to right. */
function divided({ name, shares }: Bar, y: number): string {
  let x = SHARES;
  return shares.map((share, index) => {
    const width = share * WHOLE;
    const said = `${(share * 100).toFixed(0)} %`;
    const part = rect(x, y, width, colours.shares[index % 2]!, `${name}: ${said}`) +
      text(x + width / 2, y + 14, said, 'text-anchor="middle" font-size="11"');
    x += width;
    return part;
  }).join('');
}

/** How a bar is drawn. */
interface Look {
  readonly fill: string;
  readonly bold: boolean;
}

/** A bar from 0, its whisker, and its figure to the right of both. */
function bar({ name, ratio, least, most }: Range, look: Look, y: number, scale: number): readonly string[] {
  const said = `${ratio.toFixed(2)} x`;
  return [
    text(LEFT - 8, y + 14, name, `text-anchor="end"${look.bold ? ' font-weight="bold"' : ''}`),
    rect(LEFT, y, ratio * scale, look.fill,
         `${name}: ${said}, ${least.toFixed(2)} to ${most.toFixed(2)}`),
    whisker(LEFT + least * scale, LEFT + most * scale, y + HEIGHT / 2),
    // Outlined, as there may be a vertical line behind it.
    text(LEFT + most * scale + 8, y + 14, said, 'stroke="#ffffff" stroke-width="4" paint-order="stroke"'),
  ];
}

/** A tick across one bar. */
function mark(x: number, y: number): string {
  return `<path d="M${x.toFixed(1)} ${y - 5}v${HEIGHT + 10}" stroke="${colours.line}" stroke-width="2" stroke-dasharray="4 3"/>`;
}

/**
 * Bars in SVG: our cost as a multiple of each peer's, with the interquartile range of the
 * rounds, and a tick at the target maximum.
 */
export function ratioBars(title: string, rows: readonly Ratio[]): string {
  const scale = (SHARES + WHOLE - LEFT - 60) / Math.max(1, ...rows.flatMap(({ most, limit }) => [most, limit ?? 0]));
  const bottom = TOP + rows.length * ROW;
  const parts = rows.flatMap((row, index) => {
    const y = TOP + index * ROW;
    const { limit } = row;
    return [
      ...bar(row, { fill: isMet(row) ? colours.ours : colours.peer, bold: false }, y, scale),
      ...limit === undefined ? [] : [mark(LEFT + limit * scale, y)],
    ];
  });
  return picture(title, WIDTH, bottom + 36, [
    text(LEFT, TOP - 24, 'ours to the peer, median and middle half of the rounds; dashed: the aim', 'font-weight="bold"'),
    upright(LEFT + scale, bottom, '1', ''),
    ...parts,
  ]);
}

/**
 * Bars in SVG: on the left the ratios with the spread of their samples, on the right the
 * share of each thread or process.
 * @param aim the ratio that ours should reach
 */
export function bars(title: string, rows: readonly Bar[], aim: number): string {
  const scale = RATIOS / Math.max(aim, ...rows.map(({ most }) => most));
  const bottom = TOP + rows.length * ROW;
  const parts = rows.flatMap((row, index) => {
    const y = TOP + index * ROW;
    return [
      ...bar(row, { fill: row.ours ? colours.ours : colours.peer, bold: row.ours }, y, scale),
      divided(row, y),
    ];
  });
  return picture(title, WIDTH, bottom + 36, [
    text(LEFT, TOP - 24, 'to cluster round-robin, median and range', 'font-weight="bold"'),
    text(SHARES, TOP - 24, 'share of each thread or worker', 'font-weight="bold"'),
    upright(LEFT + scale, bottom, '1', ''),
    upright(LEFT + aim * scale, bottom, `aim ${aim}`, 'stroke-dasharray="4 3"'),
    ...parts,
  ]);
}
