/** jstat has no declarations. This declares what tools/measure/stats.ts uses. */
declare module 'jstat' {
  /** Student's t-distribution. */
  export const studentt: {
    /** The cumulative probability at x. */
    cdf(x: number, freedom: number): number;
    /** The inverse of cdf(). */
    inv(share: number, freedom: number): number;
  };
  const jstat: { readonly studentt: typeof studentt };
  export default jstat;
}
