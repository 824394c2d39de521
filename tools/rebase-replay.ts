import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { applyProposals, hookFile } from './apply.ts';
import { landingOf, type Line, type Placed, proposalsOn } from './config.ts';
import { UserError } from './errors.ts';
import { copyProject } from './export.ts';
import { type BaseRecord, LAYOUT, nodeVersion } from './fetch.ts';
import { Repository } from './git.ts';
import { changesOf } from './hooks.ts';
import type { ForkTree } from './libtree.ts';
import { linePaths, root } from './paths.ts';
import { rebase } from './rebase.ts';
import { hasLanded } from './rebase-landed.ts';
import { type Done, say } from './report.ts';
import { compareVersions, gather, publishedReleases, type Texts } from './survival-natives.ts';
import type { Tally } from './tap.ts';
import { prepareTree, startFork } from './tree.ts';

/** As many releases are replayed, the base's being the last. */
const RELEASES = 3;

const DATE = '1700000000 +0000';

/** What a line's hooks change below lib/, without the places. */
async function hooksIn(line: Line, { proposal }: Placed, project: string) {
  const file = hookFile(proposal, line, project);
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? [] : changesOf(text, file).filter((change) => change.file.startsWith('lib/'));
}

/** Releases of a line, oldest first. */
interface Releases {
  /** The base's, and some that came before it. */
  readonly replayed: readonly string[];
  /** The last one that had nothing of what has landed, where something has. */
  readonly before: readonly string[];
}

async function releasesFor(line: Line, last: string, landings: readonly string[]): Promise<Releases> {
  const all = (await publishedReleases())
    .filter((version) => version.startsWith(`${line.base.major}.`) && compareVersions(version, last) <= 0);
  if (all.at(-1) !== last) {
    throw new UserError(`the npm registry has no release ${last}`, 'check npm\'s registry setting, then run again');
  }
  const first = [...landings].sort(compareVersions)[0] ?? all[0]!;
  return {
    before: all.filter((version) => compareVersions(version, first) < 0).slice(-1),
    replayed: all.filter((version) => compareVersions(version, first) >= 0).slice(-RELEASES),
  };
}

/** Commits the files of each release on top of the one before, with its tag. */
async function commitReleases(repository: Repository, releases: ReadonlyMap<string, Texts>): Promise<void> {
  const staged = repository.withIndex(path.join(repository.dir, '.git', 'bindery-index'));
  let parents: readonly string[] = [];
  for (const [version, texts] of releases) {
    await staged.git(['read-tree', '--empty']);
    for (const [file, text] of Object.entries(texts)) {
      if (text !== null) await staged.stage(new Map([[file, await staged.store(text)]]));
    }
    const commit = await staged.commitIndex(`lib: import ${version}\n`, parents, DATE);
    await repository.git(['update-ref', `refs/tags/v${version}`, commit]);
    parents = [commit];
  }
}

/** A copy of the project, and a fork tree of the hooked files alone on the last release. */
async function prepare(line: Line, dir: string, releases: ReadonlyMap<string, Texts>): Promise<ForkTree> {
  await copyProject(root, path.join(dir, 'project'));
  const tree = path.join(dir, 'node');
  await mkdir(tree, { recursive: true });
  const repository = new Repository(tree);
  await repository.git(['init', '--quiet', '--initial-branch=fork']);
  await prepareTree(repository);
  await commitReleases(repository, releases);
  const version = [...releases.keys()].at(-1)!;
  const commit = (await repository.resolve(`refs/tags/v${version}`))!;
  await startFork(repository, commit);
  await repository.git(['reset', '--quiet', '--hard', commit]);
  const base: BaseRecord = { layout: LAYOUT, version, origin: 'replay', part: 'lib', configure: [], commit, date: DATE };
  await applyProposals(line, base, tree);
  return { tree, base };
}

/** The patches must apply to the tree's base as they are, not some lines away. */
async function requireExact(
  line: Line,
  { tree, base }: ForkTree,
  proposals: readonly Placed[],
  project: string,
): Promise<void> {
  const repository = new Repository(tree);
  const log = await repository.git(['rev-list', '--reverse', `${base.commit}..HEAD`]);
  const levels = [base.commit, ...log.trim().split('\n')];
  const staged = repository.withIndex(path.join(tree, '.git', 'bindery-index'));
  for (const [index, placed] of proposals.entries()) {
    if ((await hooksIn(line, placed, project)).length === 0) continue;
    await staged.git(['read-tree', levels[index]!]);
    const { code, stderr } = await staged.try(['apply', '--cached', '--check', '--verbose', '--include=lib/*',
                                               hookFile(placed.proposal, line, project)]);
    if (code === 0 && !/offset|fuzz/.test(stderr)) continue;
    throw new UserError(`the refreshed hooks of ${placed.proposal.name} are not those of ${base.version}`, stderr.trim());
  }
}

/** The hooks must be those of the project, wherever they lie. */
async function requireSame(line: Line, placed: Placed, project: string): Promise<void> {
  const [ours, replayed] = (await Promise.all([root, project].map((folder) => hooksIn(line, placed, folder))))
    .map((changes) => changes.map(({ file, removed, added }) => JSON.stringify([file, removed, added])));
  const lost = ours!.find((hook) => !replayed!.includes(hook)) ?? replayed!.find((hook) => !ours!.includes(hook));
  if (lost === undefined) return;
  throw new UserError(`a hook of ${placed.proposal.name} does not come back from the releases: ${lost}`,
                      'see what upstream changed there between them, and what git makes of it');
}

/** Each probe must say of each release what proposals.json says; resolves to how many were tried. */
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
 * Rebases a copy of a line's hooks below lib/ from one published release to
 * the next, as `make rebase` does it: from the base's back to an older one,
 * then forward again, which must give the hooks that the project has.
 */
export async function replay(line: Line, { version }: Pick<BaseRecord, 'version'>): Promise<Tally & Done> {
  const proposals = proposalsOn(line);
  const hooks = (await Promise.all(proposals.map((placed) => hooksIn(line, placed, root)))).flat();
  const probed = proposals.flatMap(({ proposal }) => proposal.probe?.file ?? []);
  const files = [...new Set([...hooks.map(({ file }) => file), ...probed])].filter((file) => file.startsWith('lib/'));
  const landings = proposals.flatMap((placed) => landingOf(placed, line) ?? []);
  const { before, replayed } = await releasesFor(line, nodeVersion(version), landings);
  const versions = [...before, ...replayed];
  const { texts } = await gather(versions, files);
  const missing = versions.find((one) => !texts.has(one));
  if (missing !== undefined) {
    throw new UserError(`v${missing} could not be had`, 'check the network and npm\'s registry setting, then run again');
  }
  const dir = path.join(linePaths(line.name).dir, 'replay');
  const project = path.join(dir, 'project');
  await rm(dir, { recursive: true, force: true });
  try {
    // Downloads end in any order.
    let fork = await prepare(line, dir, new Map(versions.map((one) => [one, texts.get(one)!])));
    const probes = await probe(line, new Repository(fork.tree), proposals, versions);
    // The first of them lies behind the base.
    const way = replayed.length > 1 ? replayed : [];
    for (const next of way) {
      const { did } = await rebase(line, fork, `v${next}`, project);
      say(`v${fork.base.version} to v${next}: ${did}`);
      fork = { tree: fork.tree, base: JSON.parse(await readFile(`${fork.tree}.json`, 'utf8')) as BaseRecord };
      await requireExact(line, fork, proposals, project);
    }
    for (const placed of proposals) await requireSame(line, placed, project);
    return { did: `${way.length} rebases, ${probes} probes`, passed: way.length + probes, failed: 0 };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
