/** Of jstat, which brings no declarations, what tools/measure/stats.ts takes. */
declare module 'jstat' {
  /** Student's distribution. */
  export const studentt: {
    /** The share that lies below x. */
    cdf(x: number, freedom: number): number;
    /** What that share lies below. */
    inv(share: number, freedom: number): number;
  };
  const jstat: { readonly studentt: typeof studentt };
  export default jstat;
}
