import { isGit, type Line, nextOf } from '../core/lines.ts';
import { versionsOf } from '../core/npm.ts';
import { versionOf } from './checkout.ts';
import { loadLock } from './lock.ts';
import { officialPackage } from './official.ts';

/** Compares versions numerically, so that 20.9.0 sorts before 20.10.0. */
export function compareVersions(a: string, b: string): number {
  const parts = b.split('.').map(Number);
  return a.split('.').map((part, index) => Number(part) - parts[index]!)
    .find((difference) => difference !== 0) ?? 0;
}

/**
 * All Node releases that the npm registry has for this system, oldest first.
 * @param options.patient whether to retry and wait if the registry does not
 *   answer
 */
export async function publishedReleases(options: { readonly patient?: boolean } = {}): Promise<readonly string[]> {
  return (await versionsOf(officialPackage(), options))
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .sort(compareVersions);
}

/** The newest of a line's releases. */
export const lastOf = ({ base }: Line, releases: readonly string[]): string | undefined =>
  releases.filter((version) => version.startsWith(`${base.major}.`)).at(-1);

/** Whether a release needs the hooks that are kept for a line's next release. */
export function isOfNext({ next }: Line, version: string): boolean {
  return next !== undefined && compareVersions(version, versionOf((next.since ?? next).release)) >= 0;
}

/** The line with the hooks that a release needs: its own, or those for its next release. */
export function variantFor(line: Line, version: string): Line {
  return isOfNext(line, version) ? nextOf(line) : line;
}

/** The version of the base that the project specifies. */
export const lockedOf = (line: Line): string | null =>
  loadLock().get(line.name)?.version ?? (isGit(line) ? versionOf(line.base.ref) : null);
