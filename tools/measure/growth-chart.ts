import { escaped, picture, text } from '../core/svg.ts';

/** The time in nanoseconds that a number of something takes. */
export interface Point {
  readonly count: number;
  readonly took: number;
}

/** How the cost of something grows, and how the kernel's part of it does. */
export interface Growth {
  readonly title: string;
  readonly ours: readonly Point[];
  readonly kernel: readonly Point[];
}

const WIDTH = 880;
const HEIGHT = 460;
const LEFT = 80;
const RIGHT = 560;
const TOP = 60;
const BOTTOM = 410;

/** Each has its own marker, so that they can be told apart without colour too. */
const looks = [
  { colour: '#0072b2', mark: 'M-5 -5h10v10h-10z' },
  { colour: '#d55e00', mark: 'M0 -6l6 11h-12z' },
  { colour: '#009e73', mark: 'M0 -6l6 6l-6 6l-6 -6z' },
  { colour: '#cc79a7', mark: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z' },
  { colour: '#000000', mark: 'M-5 -5l10 10m0 -10l-10 10' },
];

/** The powers of ten from below the minimum to above the maximum. */
function decades(values: readonly number[]): readonly number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const amounts = ['1 ns', '10 ns', '100 ns', '1 us', '10 us', '100 us', '1 ms', '10 ms', '100 ms', '1 s', '10 s'];

/** A log-log plot in SVG. The dashed line shows linear growth. */
export function growthChart(title: string, growths: readonly Growth[]): string {
  const points = growths.flatMap(({ ours, kernel }) => [...ours, ...kernel]);
  const counts = decades(points.map(({ count }) => count));
  const times = decades(points.map(({ took }) => took));
  const place = (value: number, along: readonly number[], from: number, to: number) =>
    from + (Math.log10(value) - along[0]!) / (along.at(-1)! - along[0]!) * (to - from);
  const x = (count: number) => place(count, counts, LEFT, RIGHT);
  const y = (took: number) => place(took, times, BOTTOM, TOP);
  const line = (of: readonly Point[], attributes: string) =>
    `<path d="M${of.map(({ count, took }) => `${x(count).toFixed(1)} ${y(took).toFixed(1)}`).join('L')}" fill="none" ${attributes}/>`;
  const grid = [
    ...counts.map((power) => `<path d="M${x(10 ** power).toFixed(1)} ${TOP}V${BOTTOM}" stroke="#dddddd"/>` +
      text(x(10 ** power), BOTTOM + 18, String(10 ** power), 'text-anchor="middle"')),
    ...times.map((power) => `<path d="M${LEFT} ${y(10 ** power).toFixed(1)}H${RIGHT}" stroke="#dddddd"/>` +
      text(LEFT - 8, y(10 ** power) + 4, amounts[power] ?? `1e${power} ns`, 'text-anchor="end"')),
  ];
  const drawn = growths.flatMap(({ title: name, ours, kernel }, index) => {
    const { colour, mark } = looks[index % looks.length]!;
    const marks = ours.map(({ count, took }) =>
      `<path transform="translate(${x(count).toFixed(1)} ${y(took).toFixed(1)})" d="${mark}" fill="${colour}" stroke="${colour}">` +
      `<title>${escaped(`${name}: ${count} take ${(took / 1e3).toFixed(0)} us`)}</title></path>`);
    const row = TOP + 20 + index * 24;
    return [
      line(ours, `stroke="${colour}" stroke-width="2"`),
      ...kernel.length === 0 ? [] : [line(kernel, `stroke="${colour}" stroke-dasharray="2 3"`)],
      ...marks,
      `<path transform="translate(${RIGHT + 24} ${row - 4})" d="${mark}" fill="${colour}" stroke="${colour}"/>`,
      text(RIGHT + 38, row, name),
    ];
  });
  const least = points.reduce((one, other) => (other.took < one.took ? other : one));
  const steps = Math.min(counts.at(-1)! - Math.log10(least.count), times.at(-1)! - Math.log10(least.took));
  const end = { count: least.count * 10 ** steps, took: least.took * 10 ** steps };
  return picture(title, WIDTH, HEIGHT, [
    ...grid,
    line([least, end], 'stroke="#4a0d2a" stroke-dasharray="8 5"'),
    ...drawn,
    text(RIGHT + 38, TOP + 20 + growths.length * 24, 'dotted: the kernel\'s part alone, in C'),
    text(RIGHT + 38, TOP + 44 + growths.length * 24, 'dashed: linear'),
    text((LEFT + RIGHT) / 2, BOTTOM + 40, 'how many', 'text-anchor="middle"'),
  ]);
}
