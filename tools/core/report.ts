/** Progress on standard output: what each step did and how long it took. */

/** Prints one line under the step that is running. */
export function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

/** What a step hands back: a clause that says what it did, and its results. */
export interface Done {
  readonly did: string;
}

/**
 * Goes several ways at a time, whose steps leave a processor idle. Fails after all
 * have ended, so that nothing goes on behind an error.
 * @returns what each came to
 */
export async function abreast<T>(ways: ReadonlyArray<() => Promise<T>>): Promise<readonly T[]> {
  const ends = await Promise.allSettled(ways.map((way) => way()));
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

/**
 * Runs one step of a flow, naming it before and saying after it what it did
 * and how long it took.
 * @param name what the step is called, such as `fetch v24.x`
 */
export async function step<T extends Done>(name: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  process.stdout.write(`${name}\n`);
  const result = await work();
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  process.stdout.write(`${name}: ${result.did} (${seconds} s)\n`);
  return result;
}

/** `1 line`, `2 lines`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
