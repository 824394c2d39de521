import jstat from 'jstat';

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new RangeError('no values');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The spread of the samples: the range divided by the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The lower and the upper quartile. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (half === 0) return [median(sorted), median(sorted)];
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The square of a mean's standard error. */
const uncertainty = (values: readonly number[]): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length;
};

/**
 * Welch's test, for two samples that may have different variances.
 * @returns the probability that equal distributions have means this far apart
 */
export function welch(one: readonly number[], other: readonly number[]): number {
  const [left, right] = [uncertainty(one), uncertainty(other)];
  if (left + right === 0) return mean(one) === mean(other) ? 1 : 0;
  const t = Math.abs(mean(one) - mean(other)) / Math.sqrt(left + right);
  const freedom = (left + right) ** 2 / (left ** 2 / (one.length - 1) + right ** 2 / (other.length - 1));
  return 2 * (1 - jstat.studentt.cdf(t, freedom));
}

/** A mean and half the width of its 95% confidence interval, by Student's t-distribution. */
export function confidence(values: readonly number[]): { readonly mean: number; readonly half: number } {
  const t = jstat.studentt.inv(0.975, values.length - 1);
  return { mean: mean(values), half: t * Math.sqrt(uncertainty(values)) };
}

/** The slope of the least-squares line. */
export function slope(points: ReadonlyArray<readonly [number, number]>): number {
  const middle = mean(points.map(([x]) => x));
  const level = mean(points.map(([, y]) => y));
  const product = points.reduce((sum, [x, y]) => sum + (x - middle) * (y - level), 0);
  return product / points.reduce((sum, [x]) => sum + (x - middle) ** 2, 0);
}
