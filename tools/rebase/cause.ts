import { nodeVersion } from '../base/base.ts';
import { gather, type Texts } from '../base/builtins.ts';
import { compareVersions, publishedReleases } from '../base/releases.ts';
import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';
import type { State } from './state.ts';

/** A change of upstream's to look for. */
export interface Trace {
  /** The file, and its new name where it has one. */
  readonly files: readonly [string, ...string[]];
  /** A line that only one of the two bases has. */
  readonly text?: string | undefined;
  /** Set where the file itself went. */
  readonly isRemoval?: boolean;
}

/** What is known of a rebase on the way. */
export type Moved = Pick<State, 'base' | 'onto' | 'names' | 'landed' | 'levels' | 'commits'>;

/** The last commit of a range that changed how often the line is there, or that removed the file. */
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

/** How often a release has the line, or -1 where it has no such file. */
function countIn(texts: Texts, { files: [file], text }: Trace): number {
  const content = texts[file] ?? undefined;
  return content === undefined ? -1 : countOf(content, text);
}

/** How often a tree has the line. */
async function countAt(repository: Repository, tree: string, { files, text }: Trace): Promise<number> {
  const counts = [...new Set(files)].map(async (file) => {
    const { stdout } = await repository.try(['show', `${tree}:${file}`]);
    return countOf(stdout, text);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The proposal that changed a line otherwise on the new base; undefined where upstream changed it. */
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
 * What changed a line between the two sides of a rebase: a proposal before it
 * whose hooks are others now, or the commit of upstream's, or else the release;
 * in words, also where none of them can be told.
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
      // Without the network the rebase itself can still go on.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return `a change between ${base.version} and ${onto.name}`;
}
