import jstat from 'jstat';

/** The middle value; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new RangeError('no values');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far the samples lie apart: largest less smallest, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The middle half of the values: what a quarter of them lies below, and a quarter above. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (half === 0) return [median(sorted), median(sorted)];
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

/** The sum of the values over their number. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The square of a mean's standard error. */
const uncertainty = (values: readonly number[]): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length;
};

/**
 * Welch's test of two samples that need not vary alike.
 * @returns how likely chance alone sets means of one and the same so far apart
 */
export function welch(one: readonly number[], other: readonly number[]): number {
  const [left, right] = [uncertainty(one), uncertainty(other)];
  if (left + right === 0) return mean(one) === mean(other) ? 1 : 0;
  const t = Math.abs(mean(one) - mean(other)) / Math.sqrt(left + right);
  const freedom = (left + right) ** 2 / (left ** 2 / (one.length - 1) + right ** 2 / (other.length - 1));
  return 2 * (1 - jstat.studentt.cdf(t, freedom));
}

/** A mean and half of its confidence interval, at 95 percent, by Student's distribution. */
export function confidence(values: readonly number[]): { readonly mean: number; readonly half: number } {
  const t = jstat.studentt.inv(0.975, values.length - 1);
  return { mean: mean(values), half: t * Math.sqrt(uncertainty(values)) };
}

/** The slope of the line that is nearest to the points, by least squares. */
export function slope(points: ReadonlyArray<readonly [number, number]>): number {
  const middle = mean(points.map(([x]) => x));
  const level = mean(points.map(([, y]) => y));
  const product = points.reduce((sum, [x, y]) => sum + (x - middle) * (y - level), 0);
  return product / points.reduce((sum, [x]) => sum + (x - middle) ** 2, 0);
}
