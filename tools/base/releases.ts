import { isGit, type Line, nextOf } from '../core/lines.ts';
import { run } from '../core/run.ts';
import { versionOf } from './checkout.ts';
import { loadLock } from './lock.ts';

/** Orders versions such as 20.9.0 and 20.10.0, oldest first. */
export function compareVersions(a: string, b: string): number {
  const parts = b.split('.').map(Number);
  return a.split('.').map((part, index) => Number(part) - parts[index]!)
    .find((difference) => difference !== 0) ?? 0;
}

/**
 * Every Node release that the npm registry has for this system, oldest first.
 * @param options.patient whether a registry that does not answer is asked again and waited for
 */
export async function publishedReleases({ patient = true } = {}): Promise<readonly string[]> {
  const name = `node-${process.platform}-${process.arch}`;
  const limits = patient ? [] : ['--fetch-retries=0', '--fetch-timeout=5000'];
  const { stdout } = await run('npm', ['view', name, 'versions', '--json', ...limits], {
    todo: 'check the network and npm\'s registry setting, then run again',
  });
  return (JSON.parse(stdout) as readonly string[])
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .sort(compareVersions);
}

/** The newest of the releases that a line has. */
export const lastOf = ({ base }: Line, releases: readonly string[]): string | undefined =>
  releases.filter((version) => version.startsWith(`${base.major}.`)).at(-1);

/** Whether a release is one that the hooks kept beside a line's own are for. */
export function isOfNext({ next }: Line, version: string): boolean {
  return next !== undefined && compareVersions(version, versionOf((next.since ?? next).release)) >= 0;
}

/** The line as that release needs it: with the hooks kept for the next ones, where it is one of these. */
export function variantFor(line: Line, version: string): Line {
  return isOfNext(line, version) ? nextOf(line) : line;
}

/** The version of the base that the project names. */
export const lockedOf = (line: Line): string | null =>
  loadLock().get(line.name)?.version ?? (isGit(line) ? versionOf(line.base.ref) : null);
