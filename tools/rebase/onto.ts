import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, keyOf, nodeVersion, recordOf } from '../base/base.ts';
import { makeBase } from '../base/make-base.ts';
import { lockFrom } from '../base/make-lock.ts';
import { lockedLine } from '../base/lock.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import { isLinked, type Line, type LinkedLine } from '../core/lines.ts';
import { shown } from '../core/paths.ts';
import { readRecord } from '../core/record.ts';
import { say } from '../core/report.ts';
import { commitRelease, type ForkTree } from '../fork/lib-tree.ts';
import type { Onto } from './state.ts';

const FETCH = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head'];

const RELEASE = /^v?(\d+\.\d+\.\d+)$/;

/** Node's version in a tree, such as 24.22.0; undefined if the tree does not state it. */
async function releaseIn(repository: Repository, commit: string): Promise<string | undefined> {
  const { code, stdout } = await repository.try(['show', `${commit}:src/node_version.h`]);
  const numbers = ['MAJOR', 'MINOR', 'PATCH']
    .map((part) => new RegExp(`^#define NODE_${part}_VERSION (\\d+)$`, 'm').exec(stdout)?.[1]);
  return code === 0 && !numbers.includes(undefined) ? numbers.join('.') : undefined;
}

/**
 * The range of upstream commits that lead to a commit, if the repository has
 * the base in its history.
 */
async function historyTo(
  repository: Repository,
  base: BaseRecord,
  commit: string,
): Promise<string | undefined> {
  for (const from of [base.commit, `refs/tags/v${nodeVersion(base.version)}`]) {
    const start = await repository.resolve(`${from}^{commit}`);
    const { code } = start === undefined ? { code: 1 } : await repository.try(['merge-base', start, commit]);
    if (code === 0) return `${start}..${commit}`;
  }
  return undefined;
}

/** Describes a commit in the fork tree's repository. */
async function committed(
  repository: Repository,
  line: Line,
  base: BaseRecord,
  name: string,
  commit: string,
): Promise<Onto> {
  const release = await releaseIn(repository, commit) ?? RELEASE.exec(name)?.[1];
  if (release === undefined) {
    throw new UserError(`${name} is no tree of Node's: it has no src/node_version.h`, 'name another with ONTO');
  }
  const date = await repository.dateOf(commit);
  const history = await historyTo(repository, base, commit);
  const onto = { name, release, ...history === undefined ? {} : { history } };
  const tag = RELEASE.exec(name)?.[1];
  if (isLinked(line) || tag === undefined) {
    return { ...onto, record: { ...base, version: release, commit, date, onto: name } };
  }
  return { ...onto, ...pinned(line.base.repository, base, tag, { commit, date }) };
}

/** The record of a release that lines.json will name. */
function pinned(
  address: string,
  base: BaseRecord,
  release: string,
  made: Pick<BaseRecord, 'commit' | 'date'>,
): Pick<Onto, 'record' | 'ref'> {
  const ref = `v${release}`;
  const origin = base.part === 'lib' ? `the official binary ${release}` : `${address} ${ref}`;
  return { ref, record: { ...base, ...made, version: release, origin, onto: undefined } };
}

/**
 * Fetches a commit from another repository, along with the tag of the base's
 * release if it has that.
 */
async function fetched(
  repository: Repository,
  from: string,
  base: BaseRecord,
  revision: string,
): Promise<string | undefined> {
  const source = new Repository(path.resolve(from));
  const commit = await source.resolve(`${revision}^{commit}`);
  if (commit === undefined) return undefined;
  const tag = `refs/tags/v${nodeVersion(base.version)}`;
  const tags = await source.resolve(tag) === undefined ? [] : [`+${tag}:${tag}`];
  await repository.git([...FETCH, '--update-shallow', source.dir, commit, ...tags]);
  return commit;
}

/** Commits the files of a folder without history, except those ignored by its own .gitignore. */
async function imported(repository: Repository, base: BaseRecord, folder: string): Promise<string> {
  const git = path.join(repository.dir, '.git');
  const index = path.join(git, 'bindery-index');
  await rm(index, { force: true });
  const outside = new Repository(folder, { GIT_DIR: git, GIT_WORK_TREE: folder, GIT_INDEX_FILE: index });
  // A release archive has no .gitignore at the top level, and the user's own
  // ignore rules must not apply.
  const not = ['/.pc/', '/out/', '/node_modules/', '*.o'].map((pattern) => `--exclude=${pattern}`);
  const list = ['-c', 'core.excludesFile=/dev/null', 'ls-files', '-z', '--others', '--exclude-standard', ...not];
  // A nested repository is listed as a folder.
  const files = (await outside.git(list)).split('\0').filter((file) => file !== '' && !file.endsWith('/'));
  await outside.git(['update-index', '--add', '-z', '--stdin'], { input: files.join('\0') });
  say(`${files.length} files of ${shown(folder)}`);
  return outside.commitIndex(`deps: import ${path.basename(folder)}\n`, [], base.date);
}

/**
 * Makes the locked base, or a version that the line's suite has now, with its
 * sysroot. Its tree is created next to the line's.
 */
async function packaged(line: LinkedLine, { tree, base }: ForkTree, name: string): Promise<Onto> {
  const dir = path.dirname(tree);
  const current = lockedLine(line.name);
  // From a base that only this machine has, the suite's name leads back to the locked base.
  const isBack = base.onto !== undefined && name === line.base.suite;
  const isCurrent = isBack || [current.version, nodeVersion(current.version)].includes(name);
  const locked = isCurrent ? current : await lockFrom(line, name);
  const { version } = locked;
  if (version === base.version) throw alreadyOn(line, name);
  const beside = path.join(dir, 'onto', 'node');
  const known = await readRecord<BaseRecord>(recordOf(beside), 'the same command');
  const record = known?.lock === keyOf(line, locked) ? known : await makeBase(line, locked, dir, beside);
  await new Repository(tree).git([...FETCH, beside, record.commit]);
  return { name: version, release: nodeVersion(version), locked, record };
}

const alreadyOn = (line: Line, name: string) =>
  new UserError(`${line.name} stands on ${name} already`, 'name another base with ONTO');

const isFolder = (name: string) => existsSync(name) && statSync(name).isDirectory();

/** The commit that ONTO names as a git ref or a folder, or undefined if it names neither. */
async function commitNamed(repository: Repository, base: BaseRecord, name: string): Promise<string | undefined> {
  const own = await repository.resolve(`${name}^{commit}`);
  // A tree with lib/ alone can only move from release to release.
  if (own !== undefined || base.part === 'lib') return own;
  const checkout = process.env['NODE_DIR'];
  if (checkout && !isFolder(checkout)) {
    throw new UserError(`there is no folder ${checkout}`, 'name a checkout of Node with NODE_DIR=<folder>');
  }
  const there = checkout ? await fetched(repository, checkout, base, name) : undefined;
  if (there !== undefined || !isFolder(name)) return there;
  const folder = path.resolve(name);
  if (existsSync(path.join(folder, '.git'))) return fetched(repository, folder, base, 'HEAD');
  if (existsSync(path.join(folder, 'src', 'node_version.h'))) return imported(repository, base, folder);
  throw new UserError(`${shown(folder)} is no tree of Node's: it has no src/node_version.h`, 'name another with ONTO');
}

/** Throws if a base has another major version than the line. */
function requireMajor(line: Line, { name, release }: Onto): void {
  const { major } = line.base;
  if (Number(release.split('.')[0]) === major) return;
  throw new UserError(`${name} is Node ${release}, and ${line.name} is of Node ${major}`,
                      'name another base with ONTO, or another line with LINE');
}

async function named(line: Line, fork: ForkTree, name: string, levels: readonly string[]): Promise<Onto> {
  const { base } = fork;
  const repository = new Repository(fork.tree);
  if (name === '') {
    throw new UserError('ONTO is not set', 'say what to rebase onto: ONTO=<git ref, folder, or a newer version>');
  }
  const commit = await commitNamed(repository, base, name);
  const release = RELEASE.exec(name)?.[1];
  if (commit !== undefined) {
    if (commit === base.commit) throw alreadyOn(line, name);
    if (levels[1] !== undefined && await repository.isAncestor(levels[1], commit)) {
      throw new UserError(`${name} has the proposals in it already`, 'name a base without them with ONTO');
    }
    return committed(repository, line, base, name, commit);
  }
  if (base.part === 'lib' && release !== undefined) {
    if (release === base.version && base.onto === undefined) throw alreadyOn(line, name);
    const made = { commit: await commitRelease(repository, release), date: base.date };
    const { ref, record } = pinned(isLinked(line) ? '' : line.base.repository, base, release, made);
    // The base of a linked line is not a release tag.
    return { name, release, record, ...!isLinked(line) && { ref } };
  }
  if (isLinked(line) && base.part === undefined && (name === line.base.suite || /^(\d+:)?\d+\.\d+\.\d+/.test(name))) {
    return packaged(line, fork, name);
  }
  throw new UserError(`there is no ${name} that ${line.name} could be rebased onto`,
                      'name a git ref with NODE_DIR=<a checkout that has it>, a folder, or a newer version');
}

/**
 * Resolves ONTO to a commit in the fork tree's repository. ONTO can be a ref in
 * that repository or in the checkout that NODE_DIR names, a folder, or a newer
 * version in the line's suite. For a tree with lib/ alone it can be a release.
 * @param levels the commits of the fork tree, which cannot be a base
 */
export async function resolveOnto(
  line: Line,
  fork: ForkTree,
  name: string,
  levels: readonly string[],
): Promise<Onto> {
  const onto = await named(line, fork, name, levels);
  requireMajor(line, onto);
  return onto;
}
