import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, LAYOUT, nodeVersion, recordOf } from '../base/base.ts';
import { gather, type Texts } from '../base/builtins.ts';
import { versionOf } from '../base/checkout.ts';
import { compareVersions, publishedReleases } from '../base/releases.ts';
import { newTree, scratchIndex, startFork } from '../base/tree.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root } from '../core/paths.ts';
import { landingOf, type Placed, proposalsOn } from '../core/proposals.ts';
import { type Done, say } from '../core/report.ts';
import type { Tally } from '../core/tally.ts';
import { applyProposals, hookFile } from '../fork/apply.ts';
import { copyProject } from '../fork/export/export.ts';
import { changesOf } from '../fork/hooks.ts';
import type { ForkTree } from '../fork/lib-tree.ts';
import { hasLanded } from './landed.ts';
import { rebaseTo } from './rebase.ts';

/** The number of releases to replay, including the base's. `make survival` tries all of them. */
const RELEASES = 2;

/** The number of earlier releases to examine. Each is a download unless it is cached. */
const LOOKED_AT = 6;

/** The changes that a line's hooks make below lib/. */
async function hooksIn(line: Line, { proposal }: Placed, project: string) {
  const file = hookFile(proposal, line, project);
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? [] : changesOf(text, file).filter((change) => change.file.startsWith('lib/'));
}

interface Releases {
  /** Those that the line's hooks are for, starting with the base's. */
  readonly hooked: readonly string[];
  /** The last release before any proposal landed, if one has. */
  readonly before: string | undefined;
}

async function releasesFor(line: Line, last: string, landings: readonly string[]): Promise<Releases> {
  const all = (await publishedReleases())
    .filter((version) => version.startsWith(`${line.base.major}.`) && compareVersions(version, last) <= 0);
  if (all.at(-1) !== last) {
    throw new UserError(`the npm registry has no release ${last}`, 'check npm\'s registry setting, then run again');
  }
  const [first] = [...landings].sort(compareVersions);
  const since = line.since === undefined ? [] : [versionOf(line.since.release)];
  const floor = [...landings, ...since].sort(compareVersions).at(-1) ?? all[0]!;
  return {
    before: first === undefined ? undefined : all.filter((version) => compareVersions(version, first) < 0).at(-1),
    hooked: all.filter((version) => compareVersions(version, floor) >= 0).reverse(),
  };
}

/** The files of one release. */
async function textsOf(version: string, files: readonly string[]): Promise<Texts> {
  const texts = (await gather([version], files)).texts.get(version);
  if (texts !== undefined) return texts;
  throw new UserError(`v${version} could not be had`, 'check the network and npm\'s registry setting, then run again');
}

/**
 * The base's release, and the last releases before it in which a hooked file
 * differs from the next of them. Between any others there is nothing to merge.
 * @param releases the releases, starting with the base's
 * @returns the releases, oldest first
 */
export async function differing(
  releases: readonly string[],
  hooked: readonly string[],
  textsIn: (version: string) => Promise<Texts>,
): Promise<ReadonlyMap<string, Texts>> {
  const found: Array<readonly [string, Texts]> = [];
  for (const version of releases.slice(0, LOOKED_AT + 1)) {
    const texts = await textsIn(version);
    const [next] = found;
    if (next === undefined || hooked.some((file) => texts[file] !== next[1][file])) found.unshift([version, texts]);
    if (found.length === RELEASES) break;
  }
  return new Map(found);
}

/** Commits the files of each release on top of the previous one, and tags it. */
async function commitReleases(
  repository: Repository,
  releases: ReadonlyMap<string, Texts>,
  date: string,
): Promise<void> {
  const staged = repository.withIndex(scratchIndex(repository));
  let parents: readonly string[] = [];
  for (const [version, texts] of releases) {
    await staged.git(['read-tree', '--empty']);
    for (const [file, text] of Object.entries(texts)) {
      if (text !== null) await staged.stage(new Map([[file, await staged.store(text)]]));
    }
    const commit = await staged.commitIndex(`lib: import ${version}\n`, parents, date);
    await repository.git(['update-ref', `refs/tags/v${version}`, commit]);
    parents = [commit];
  }
}

/**
 * Creates a copy of the project, and a fork tree with only the hooked files, on
 * the last release.
 */
async function prepare(
  line: Line,
  dir: string,
  releases: ReadonlyMap<string, Texts>,
  date: string,
): Promise<ForkTree> {
  await copyProject(root, path.join(dir, 'project'));
  const tree = path.join(dir, 'node');
  const repository = await newTree(tree);
  await commitReleases(repository, releases, date);
  const version = [...releases.keys()].at(-1)!;
  const commit = (await repository.resolve(`refs/tags/v${version}`))!;
  await startFork(repository, commit);
  await repository.git(['reset', '--quiet', '--hard', commit]);
  const base: BaseRecord = { layout: LAYOUT, version, origin: 'replay', part: 'lib', configure: [], commit, date };
  await applyProposals(line, base, tree);
  return { tree, base };
}

/** Checks that the patches apply to the tree's base exactly, without an offset. */
async function requireExact(
  line: Line,
  { tree, base }: ForkTree,
  proposals: readonly Placed[],
  project: string,
): Promise<void> {
  const repository = new Repository(tree);
  const levels = [base.commit, ...await repository.commitsBetween(base.commit, 'HEAD')];
  const staged = repository.withIndex(scratchIndex(repository));
  for (const [index, placed] of proposals.entries()) {
    if ((await hooksIn(line, placed, project)).length === 0) continue;
    await staged.git(['read-tree', levels[index]!]);
    const { code, stderr } = await staged.try(['apply', '--cached', '--check', '--verbose', '--include=lib/*',
                                               hookFile(placed.proposal, line, project)]);
    if (code === 0 && !/offset|fuzz/.test(stderr)) continue;
    throw new UserError(`the refreshed hooks of ${placed.proposal.name} are not those of ${base.version}`, stderr.trim());
  }
}

/** Checks that the hooks are the same as the project's, apart from their positions. */
async function requireSame(line: Line, placed: Placed, project: string): Promise<void> {
  const [ours, replayed] = (await Promise.all([root, project].map((folder) => hooksIn(line, placed, folder))))
    .map((changes) => changes.map(({ file, removed, added }) => JSON.stringify([file, removed, added])));
  const lost = ours!.find((hook) => !replayed!.includes(hook)) ?? replayed!.find((hook) => !ours!.includes(hook));
  if (lost === undefined) return;
  throw new UserError(`a hook of ${placed.proposal.name} does not come back from the releases: ${lost}`,
                      'see what upstream changed there between them, and what git makes of it');
}

/**
 * Checks that each probe agrees with proposals.json for each release; resolves
 * to the number of checks.
 */
async function probe(
  line: Line,
  repository: Repository,
  proposals: readonly Placed[],
  versions: readonly string[],
): Promise<number> {
  let count = 0;
  for (const placed of proposals) {
    const landing = landingOf(placed, line);
    for (const version of versions) {
      const found = await hasLanded(repository, `refs/tags/v${version}`, placed.proposal);
      const expected = landing !== undefined && compareVersions(version, landing) >= 0;
      if (found === undefined) continue;
      count++;
      if (found === expected) continue;
      throw new UserError(`the probe of ${placed.proposal.name} ${found ? 'finds' : 'does not find'} it in v${version}`,
                          'correct the probe, or the state, in proposals.json');
    }
  }
  return count;
}

/**
 * Rebases a copy of a line's hooks for lib/ between published releases in which
 * the hooked files differ, in the same way as `make rebase`: from the base's
 * release back to an older one, then forward again. The result must be the
 * project's hooks.
 */
export async function replay(line: Line, base: Pick<BaseRecord, 'version' | 'date'>): Promise<Tally & Done> {
  const proposals = proposalsOn(line);
  const hooks = (await Promise.all(proposals.map((placed) => hooksIn(line, placed, root)))).flat();
  const probed = proposals.flatMap(({ proposal }) => proposal.probe?.file ?? []);
  const hooked = [...hooks.map(({ file }) => file), ...Object.values(line.moved ?? {})];
  const files = [...new Set([...hooked, ...probed])].filter((file) => file.startsWith('lib/'));
  const landings = proposals.flatMap((placed) => landingOf(placed, line) ?? []);
  const { before, hooked: releases } = await releasesFor(line, nodeVersion(base.version), landings);
  const textsIn = (version: string) => textsOf(version, files);
  const replayed = await differing(releases, hooked, textsIn);
  const tagged = new Map([...before === undefined ? [] : [[before, await textsIn(before)] as const], ...replayed]);
  const dir = path.join(linePaths(line.name).dir, 'replay');
  const project = path.join(dir, 'project');
  await rm(dir, { recursive: true, force: true });
  try {
    let fork = await prepare(line, dir, tagged, base.date);
    const probes = await probe(line, new Repository(fork.tree), proposals, [...tagged.keys()]);
    // Back to the older release, and forward again.
    const way = replayed.size > 1 ? [...replayed.keys()] : [];
    let rebases = 0;
    for (const next of way) {
      const { did, files } = await rebaseTo(line, fork, `v${next}`, project);
      // A rebase that merged nothing has not tested anything.
      if (files.some((file) => file.startsWith('patches/'))) rebases++;
      say(`v${fork.base.version} to v${next}: ${did}`);
      fork = { tree: fork.tree, base: JSON.parse(await readFile(recordOf(fork.tree), 'utf8')) as BaseRecord };
      await requireExact(line, fork, proposals, project);
    }
    for (const placed of proposals) await requireSame(line, placed, project);
    return { did: `${rebases} rebases, ${probes} probes`, passed: rebases + probes, failed: 0 };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
