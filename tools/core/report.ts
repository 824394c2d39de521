/** Progress on standard output: what each step did and how long it took. */

/** Prints a line below the running step. */
export function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

/** The result of a step: a clause that says what it did, and any values. */
export interface Done {
  readonly did: string;
}

/**
 * Runs one step of a flow. Prints its name before it starts, and afterwards
 * what it did and how long it took.
 * @param name the name of the step, such as `fetch v24.x`
 */
export async function step<T extends Done>(name: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  process.stdout.write(`${name}\n`);
  const result = await work();
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  process.stdout.write(`${name}: ${result.did} (${seconds} s)\n`);
  return result;
}

/** Formats a count: `1 line`, `2 lines`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
