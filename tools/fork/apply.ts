// fork: a base tree with the proposals in it, and the way back.
// In: a base tree, and the project's proposals.json, patches/, lib/, src/, test-parallel/, benchmark/
// and doc-api/.
// Out: the fork tree, a commit for each proposal (this file; hooks.ts reads patches, splice.ts puts
// sections into pages); and what was changed there, carried back to the project (export/).
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { applyingMark, scratchIndex } from '../base/tree.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { type Placed, type Proposal, proposalsOn, stateOn } from '../core/proposals.ts';
import { applyApart } from './apart.ts';
import { parsePatch } from './hooks.ts';
import { refuseOwnWork } from './own-work.ts';
import { parseBlocks, splice } from './splice.ts';
import { refuseTwice } from './twice.ts';
import { elsewhere, requireNoRebase } from './under-way.ts';

/** The path of one of our files in Node's tree. */
export function landing(owned: string): string {
  return owned.replace(/^test-parallel\//, 'test/parallel/');
}

/**
 * The page of Node's manual that a doc-api file belongs to. The file is named
 * `<proposal>.<page>.md`.
 */
export function pageOf(doc: string): string {
  const page = /\.([a-z0-9_-]+)\.md$/.exec(doc)?.[1];
  if (page === undefined) {
    throw new UserError(`${doc} does not say which page it is for`, 'name it doc-api/<proposal>.<page>.md');
  }
  return `doc/api/${page}.md`;
}

/**
 * The file with a proposal's hooks on a line. The line's next release has a
 * file of its own only if it needs other hooks.
 */
export function hookFile(proposal: Proposal, line: Line, folder = root): string {
  const place = path.join(folder, 'patches', proposal.name, line.name);
  const next = `${place}-next.patch`;
  // If it lands in the next release, the patch for the current base is not the one to use.
  const landsThen = stateOn(proposal, line)?.state === 'landed' && proposal.lines[line.name]?.state === 'carried';
  return line.isNext && (landsThen || existsSync(next)) ? next : `${place}.patch`;
}

/**
 * The file with a text about a proposal, such as `message.txt`. Where the proposal has landed,
 * `landed.message.txt` is about what is left of it.
 */
export function textFile(proposal: Proposal, line: Line, name: 'message.txt' | 'description.md', folder = root): string {
  const landed = path.join(folder, 'patches', proposal.name, `landed.${name}`);
  const isLanded = stateOn(proposal, line)?.state === 'landed' && existsSync(landed);
  return isLanded ? landed : path.join(path.dirname(landed), name);
}

/** The commit message. */
export const messageOf = (proposal: Proposal, line: Line, folder: string): Promise<string> =>
  readFile(textFile(proposal, line, 'message.txt', folder), 'utf8');

/** Applies a proposal's hooks to the index, with a three-way merge where git can do one. */
async function applyHooks(
  repository: Repository,
  { proposal, state }: Placed,
  line: Line,
  { part, onto }: BaseRecord,
  folder: string,
  whole: string | undefined,
): Promise<void> {
  const file = hookFile(proposal, line, folder);
  if (!existsSync(file)) {
    if (state !== 'carried') return;
    throw new UserError(`proposals.json: ${proposal.name} is carried on ${line.name}, and ${shown(file)} is not there`,
                        'write the hooks, or correct the state');
  }
  if (whole !== undefined) {
    const files = parsePatch(await readFile(file, 'utf8'), shown(file)).map((of) => of.file)
      .filter((of) => part !== 'lib' || of.startsWith('lib/'));
    await applyApart(repository, whole, files, proposal.name);
    return;
  }
  const only = part === 'lib' ? ['--include=lib/*'] : [];
  const { code, stderr } = await repository.try(['apply', '--cached', '--3way', ...only, file]);
  if (code === 0) return;
  const unmerged = await repository.git(['diff', '--cached', '--name-only', '--diff-filter=U']);
  const at = /patch failed: (\S+:\d+)/.exec(stderr)?.[1] ||
    unmerged.split('\n')[0] ||
    (/^error: (.*)$/m.exec(stderr)?.[1] ?? shown(file));
  throw new UserError(`a hook of ${proposal.name} no longer applies to this base, at ${at}`,
                      onto === undefined ? `bring ${shown(file)} up to date with the base and run again` : elsewhere(line, onto));
}

/** The part of a proposal that fits a base. If the base is lib/ alone, only files in lib/ do. */
function partOf(placed: Placed, part: BaseRecord['part']): Placed {
  if (part !== 'lib') return placed;
  return { ...placed, owns: placed.owns.filter((owned) => owned.startsWith('lib/')), docs: [] };
}

/** Adds a proposal's own files, as they are in the project, to the index. */
export async function stageOwned(
  repository: Repository,
  placed: Placed,
  part: BaseRecord['part'],
  folder: string,
): Promise<void> {
  const { proposal, owns } = partOf(placed, part);
  const missing = owns.find((owned) => !existsSync(path.join(folder, owned)));
  if (missing !== undefined) {
    throw new UserError(`proposals.json: ${proposal.name} owns ${missing}, which is not there`,
                        'write the file or take it off the list');
  }
  if (owns.length === 0) return;
  const [upstreams] = (await repository.git(['ls-files', '-z', '--', ...owns.map(landing)])).split('\0');
  if (upstreams) {
    throw new UserError(`${proposal.name} owns ${upstreams}, and the base has one of its own`, 'give ours another name');
  }
  const objects = await repository.storeFiles(owns.map((owned) => path.join(folder, owned)));
  await repository.stage(new Map(owns.map((owned, index) => [landing(owned), objects[index]!])));
}

/**
 * Splices a file of sections into its page in the index.
 * @param refused called for each block that does not fit the page; without it,
 *   such a block is an error
 */
export async function spliceDoc(
  repository: Repository,
  doc: string,
  folder: string,
  refused?: (error: UserError, heading: string) => Promise<void>,
): Promise<void> {
  const page = pageOf(doc);
  let text = await repository.git(['show', `:${page}`]);
  for (const block of parseBlocks(await readFile(path.join(folder, doc), 'utf8'), doc)) {
    try {
      text = splice(text, [block], page);
    } catch (error) {
      if (refused === undefined || !(error instanceof UserError)) throw error;
      await refused(error, block.heading);
    }
  }
  await repository.stage(new Map([[page, await repository.store(text)]]));
}

/** Opens a separate index that holds a tree, and returns a function that removes it. */
export async function openIndex(
  repository: Repository,
  tree: string,
): Promise<{ staged: Repository; close: () => Promise<void> }> {
  const index = scratchIndex(repository);
  await rm(index, { force: true });
  await rm(`${index}.lock`, { force: true });
  const staged = repository.withIndex(index);
  await staged.git(['read-tree', tree]);
  return { staged, close: () => rm(index, { force: true }) };
}

/**
 * Commits the proposals on top of the base without touching the work tree.
 * @param folder the project that has the files, or a copy of it
 * @param whole if some are missing on which the others' patches were made: the commit of
 *   each where none was
 * @returns the last commit
 */
export async function commitProposals(
  repository: Repository,
  proposals: readonly Placed[],
  line: Line,
  base: BaseRecord,
  folder = root,
  whole: ReadonlyMap<string, string> = new Map(),
): Promise<string> {
  const { staged, close } = await openIndex(repository, base.commit);
  let commit = base.commit;
  for (const placed of proposals) {
    await stageOwned(staged, placed, base.part, folder);
    await applyHooks(staged, placed, line, base, folder, whole.get(placed.proposal.name));
    for (const doc of partOf(placed, base.part).docs) await spliceDoc(staged, doc, folder);
    const below = commit;
    commit = await staged.commitIndex(await messageOf(placed.proposal, line, folder), [below], base.date);
    await refuseTwice(repository, placed.proposal.name, below, commit);
  }
  await close();
  return commit;
}

/** Removes lock files left by a git process that was killed. */
export async function removeLocks(repository: Repository): Promise<void> {
  const refs = ['heads/fork', 'bindery/applied', 'bindery/base', 'bindery/onto'].map((ref) => `refs/${ref}`);
  for (const lock of ['index', 'HEAD', 'packed-refs', ...refs]) {
    await rm(path.join(repository.dir, '.git', `${lock}.lock`), { force: true });
  }
}

/**
 * Restores a tree whose update was interrupted. The marker names the commit
 * that was being checked out.
 */
async function recover(repository: Repository, marker: string): Promise<void> {
  const target = await readFile(marker, 'utf8').catch(() => undefined);
  if (target === undefined) return;
  await removeLocks(repository);
  await repository.git(['reset', '--quiet', '--hard', target.trim()]);
  await repository.git(['update-ref', 'refs/bindery/applied', target.trim()]);
  await rm(marker);
}

/**
 * Readies a fork tree for another content.
 * @throws UserError if it has work that would be lost
 */
export async function readyTree(tree: string): Promise<Repository> {
  const repository = new Repository(tree);
  await recover(repository, applyingMark(tree));
  await refuseOwnWork(repository);
  return repository;
}

/**
 * Makes a commit what a fork tree has. Only files that differ are written, so
 * that a build only redoes what depends on them.
 * @returns how many were written
 */
export async function checkOut(repository: Repository, commit: string): Promise<number> {
  const marker = applyingMark(repository.dir);
  const before = await repository.resolve('HEAD');
  if (commit === before) return 0;
  const changed = await repository.git(['diff', '--name-only', before!, commit]);
  // A file that was rewritten with the same content does not count as changed by the user.
  await repository.try(['update-index', '-q', '--refresh']);
  const change = ['read-tree', '-m', '-u', before!, commit];
  await repository.git([...change, '--dry-run'], {
    todo: `move that file out of ${shown(repository.dir)} and run again`,
  });
  await writeFile(marker, commit);
  await repository.git(change);
  await repository.git(['update-ref', 'HEAD', commit]);
  await repository.git(['update-ref', 'refs/bindery/applied', commit]);
  await rm(marker);
  return changed.split('\n').length - 1;
}

/**
 * Brings the fork tree in line with the base and the proposals: one commit per
 * proposal on top of the base commit. Commits are made outside the work tree
 * and have fixed dates, so equal input gives equal commits.
 * @param tree the fork tree, if it is not the line's own
 */
export async function applyProposals(
  line: Line,
  base: BaseRecord,
  tree = linePaths(line.name).tree,
): Promise<{ did: string }> {
  requireNoRebase(line.name, path.dirname(tree));
  if (process.env['KEEP_TREE']) return { did: 'the fork tree is taken as it is' };
  const repository = await readyTree(tree);
  const proposals = proposalsOn(line);
  const commit = await commitProposals(repository, proposals, line, base);
  const updated = await checkOut(repository, commit);
  return { did: `${proposals.length} proposals, ${updated === 0 ? 'unchanged' : `${updated} files updated`}` };
}
