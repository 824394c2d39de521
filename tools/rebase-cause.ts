import { UserError } from './errors.ts';
import { nodeVersion } from './fetch.ts';
import type { Repository } from './git.ts';
import type { State } from './rebase-state.ts';
import { compareVersions, gather, publishedReleases, type Texts } from './survival-natives.ts';

/** A change of upstream's to look for. */
export interface Trace {
  /** The file, and its new name where it has one. */
  readonly files: readonly [string, ...string[]];
  /** A line that only one of the two bases has. */
  readonly text?: string | undefined;
  /** Set where the file itself went. */
  readonly isRemoval?: boolean;
}

/** The last commit of a range that changed how often the line is there, or else that changed the file. */
async function commitOf(
  repository: Repository,
  range: string,
  { files, text, isRemoval }: Trace,
): Promise<string | undefined> {
  const kinds = [
    ...text === undefined ? [] : [[`-S${text}`]],
    ...isRemoval ? [['--diff-filter=D', '--no-renames']] : [],
    [],
  ];
  for (const kind of kinds) {
    const said = await repository.git(['log', '-1', '--format=%h %s', ...kind, range, '--', ...files]);
    if (said !== '') return `commit ${said.trim()}`;
  }
  return undefined;
}

/** How often a release has the line, or -1 where it has no such file. */
function countIn(texts: Texts, { files: [file], text }: Trace): number {
  return texts[file]?.split('\n').filter((line) => line === text).length ?? -1;
}

/** The first release between two that has the line more or less often than the one before it. */
async function releaseOf(
  trace: Trace,
  hooked: readonly string[],
  from: string,
  to: string,
): Promise<string | undefined> {
  const major = (version: string) => version.split('.')[0];
  const file = trace.files[0];
  // Other files have no text in official binaries, and another major has too many releases.
  if (!file.startsWith('lib/') || major(from) !== major(to) || compareVersions(from, to) >= 0) return undefined;
  const all = await publishedReleases();
  const versions = all.filter((version) => compareVersions(version, from) >= 0 && compareVersions(version, to) <= 0);
  // Texts are kept by release for all of these files together.
  const { texts } = await gather(versions, hooked);
  const counts = versions.map((version) => texts.has(version) ? countIn(texts.get(version)!, trace) : undefined);
  const at = counts.findIndex((count, index) => index > 0 && count !== undefined && count !== counts[index - 1]);
  return at === -1 ? undefined : `release v${versions[at]}`;
}

/**
 * The commit of upstream's, or else the release, that changed something
 * between the two bases of a rebase; in words, also where neither can be told.
 * @param hooked the files below lib/ that hooks of the line change
 */
export async function causeOf(
  repository: Repository,
  { base, onto }: Pick<State, 'base' | 'onto'>,
  trace: Trace,
  hooked: readonly string[],
): Promise<string> {
  if (onto.history !== undefined) {
    const commit = await commitOf(repository, onto.history, trace);
    if (commit !== undefined) return commit;
  } else {
    try {
      const release = await releaseOf(trace, hooked, nodeVersion(base.version), onto.release);
      if (release !== undefined) return release;
    } catch (error) {
      // Without the network the rebase itself can still go on.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return `a change between ${base.version} and ${onto.name}`;
}
