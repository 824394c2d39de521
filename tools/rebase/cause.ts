import { nodeVersion } from '../base/base.ts';
import { gather, type Texts } from '../base/builtins.ts';
import { compareVersions, publishedReleases } from '../base/releases.ts';
import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';
import type { State } from './state.ts';

/** An upstream change to look for. */
export interface Trace {
  /** The file, and its new name if it was renamed. */
  readonly files: readonly [string, ...string[]];
  /** A line that is only in one of the two bases. */
  readonly text?: string | undefined;
  /** Set if the file itself was removed. */
  readonly isRemoval?: boolean;
}

/** The part of a rebase's state that the search needs. */
export type Moved = Pick<State, 'base' | 'onto' | 'names' | 'landed' | 'levels' | 'commits'>;

/**
 * The last commit in a range that changed how many times the line occurs, or
 * that removed the file.
 */
async function commitOf(
  repository: Repository,
  range: string,
  { files, text, isRemoval }: Trace,
): Promise<string | undefined> {
  if (text === undefined && !isRemoval) return undefined;
  const kind = text === undefined ? ['--diff-filter=D', '--no-renames'] : [`-S${text}`];
  const said = await repository.git(['log', '-1', '--format=%h %s', ...kind, range, '--', ...files]);
  return said === '' ? undefined : `commit ${said.trim()}`;
}

const countOf = (content: string, text: string | undefined) =>
  content.split('\n').filter((line) => line === text).length;

/** The number of times a release has the line, or -1 if it does not have the file. */
function countIn(texts: Texts, { files: [file], text }: Trace): number {
  const content = texts[file] ?? undefined;
  return content === undefined ? -1 : countOf(content, text);
}

/** The number of times a tree has the line. */
async function countAt(repository: Repository, tree: string, { files, text }: Trace): Promise<number> {
  const counts = [...new Set(files)].map(async (file) => {
    const { stdout } = await repository.try(['show', `${tree}:${file}`]);
    return countOf(stdout, text);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/**
 * The proposal that changes the line differently on the new base; undefined if
 * upstream changed it.
 */
async function proposalOf(
  repository: Repository,
  { base, onto, names, landed, levels, commits }: Moved,
  trace: Trace,
): Promise<string | undefined> {
  if (trace.text === undefined || trace.isRemoval || commits.length === 0) return undefined;
  const count = (tree: string) => countAt(repository, tree, trace);
  if (await count(base.commit) !== await count(onto.record.commit)) return undefined;
  const added = async (trees: readonly string[], at: number) => await count(trees[at + 1]!) - await count(trees[at]!);
  for (const [at, name] of names.slice(0, commits.length).entries()) {
    if (await added(levels, at) === await added([onto.record.commit, ...commits], at)) continue;
    return landed.includes(name) ? `${name}, which has landed` : `${name} as it was resolved`;
  }
  return undefined;
}

/**
 * The first release between two that has the line more or fewer times than the
 * release before it.
 */
async function releaseOf(
  trace: Trace,
  hooked: readonly string[],
  from: string,
  to: string,
): Promise<string | undefined> {
  const major = (version: string) => version.split('.')[0];
  const file = trace.files[0];
  // Official binaries only contain files of lib/, and there are too many
  // releases between two majors.
  if (!file.startsWith('lib/') || major(from) !== major(to) || compareVersions(from, to) >= 0) return undefined;
  const all = await publishedReleases();
  const versions = all.filter((version) => compareVersions(version, from) >= 0 && compareVersions(version, to) <= 0);
  // Request all these files at once, because a release's texts are cached together.
  const { texts } = await gather(versions, hooked);
  const counts = versions.map((version) => texts.has(version) ? countIn(texts.get(version)!, trace) : undefined);
  const at = counts.findIndex((count, index) => index > 0 && count !== undefined && count !== counts[index - 1]);
  return at === -1 ? undefined : `release v${versions[at]}`;
}

/**
 * Describes what changed a line between the two sides of a rebase: an earlier
 * proposal whose hooks are now different, an upstream commit or, failing that,
 * the release. If none of them can be determined, only the range is given.
 * @param hooked the files below lib/ that hooks of the line change
 */
export async function causeOf(
  repository: Repository,
  rebase: Moved,
  trace: Trace,
  hooked: readonly string[],
): Promise<string> {
  const { base, onto } = rebase;
  const proposal = await proposalOf(repository, rebase, trace);
  if (proposal !== undefined) return proposal;
  if (onto.history !== undefined) {
    const commit = await commitOf(repository, onto.history, trace);
    if (commit !== undefined) return commit;
  } else {
    try {
      const release = await releaseOf(trace, hooked, nodeVersion(base.version), onto.release);
      if (release !== undefined) return release;
    } catch (error) {
      // The rebase itself can continue without the network.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return `a change between ${base.version} and ${onto.name}`;
}
