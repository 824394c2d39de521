import { UserError } from './errors.ts';

/** Counts of the tests that ran. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The totals of several tallies. */
export const total = (tallies: readonly Tally[]): Tally => ({
  passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
  failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
});

/** Prints the totals of all tests as the last line. */
export function closing(tallies: readonly Tally[]): void {
  const { passed, failed } = total(tallies);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) throw new UserError(`${failed} tests failed`, 'they are named above; the logs folder of the line has their output');
}

/** Runs checks one after another and prints their totals. */
export async function conclude(checks: ReadonlyArray<() => Promise<Tally>>): Promise<void> {
  const tallies: Tally[] = [];
  for (const check of checks) tallies.push(await check());
  closing(tallies);
}
