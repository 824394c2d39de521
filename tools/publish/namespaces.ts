import { run } from '../core/run.ts';

/** What is put before a command, to run it where it sees less. */
export type Prefix = readonly string[];

/**
 * How namespaces of its own are made for a command, see unshare(1): by root as
 * it is, which a changed root directory allows too, or by a user who becomes root
 * in one.
 * @param kind such as --mount
 * @param probe a command that must succeed there
 * @returns undefined where this user may not
 */
export async function namespaced(kind: string, probe: readonly string[]): Promise<Prefix | undefined> {
  for (const way of [['unshare', kind], ['unshare', '--map-root-user', kind]]) {
    const [program, ...args] = [...way, ...probe];
    const { code } = await run(program!, args, { accept: 'any' }).catch(() => ({ code: 1 }));
    if (code === 0) return way;
  }
  return undefined;
}
