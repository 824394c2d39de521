/**
 * Runs several tasks concurrently, for work that leaves a processor idle. Waits
 * for all of them before it fails, so that nothing is still running after an
 * error.
 * @returns the result of each task
 */
export async function abreast<T>(tasks: ReadonlyArray<() => Promise<T>>): Promise<readonly T[]> {
  const ends = await Promise.allSettled(tasks.map((task) => task()));
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

/**
 * Runs a task for each item, a few at a time. After a failure no more are
 * started, and those in progress are waited for.
 * @returns the results, in the order of the items
 */
export async function fewAtATime<T, R>(
  items: readonly T[],
  atOnce: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  await abreast(Array.from({ length: atOnce }, () => async () => {
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [index, item] = next;
        results[index] = await task(item, index);
      }
    } finally {
      queue.length = 0;
    }
  }));
  return results;
}
