import { run } from './run.ts';

/** Put before a command to run it where it sees less. */
export type Prefix = readonly string[];

/**
 * How to run a command in new namespaces, see unshare(1): directly as root, which also
 * works in a changed root directory, or as a user who becomes root in a user namespace.
 * @param kind e.g. --mount
 * @param probe a command that must succeed there
 * @returns undefined if this user may not
 */
export async function namespaced(kind: string, probe: readonly string[]): Promise<Prefix | undefined> {
  for (const way of [['unshare', kind], ['unshare', '--map-root-user', kind]]) {
    const [program, ...args] = [...way, ...probe];
    const { code } = await run(program!, args, { accept: 'any' }).catch(() => ({ code: 1 }));
    if (code === 0) return way;
  }
  return undefined;
}
