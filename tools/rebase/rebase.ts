import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, recordOf } from '../base/base.ts';
import { isOfNext } from '../base/releases.ts';
import { applyingMark } from '../base/tree.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { root, shown } from '../core/paths.ts';
import { isTest, type Placed, proposalsOn } from '../core/proposals.ts';
import { type Done, say } from '../core/report.ts';
import { commitProposals, landing } from '../fork/apply.ts';
import { idOf } from '../fork/export/model.ts';
import type { ForkTree } from '../fork/lib-tree.ts';
import { refuseOwnWork } from '../fork/own-work.ts';
import { elsewhere, requireNoRebase } from '../fork/under-way.ts';
import { advance, placedOn, type Rebased, told } from './advance.ts';
import { refuseUntracked } from './finish.ts';
import { hasLanded } from './landed.ts';
import { levelsOfNext, lineBefore } from './next-hooks.ts';
import { resolveOnto } from './onto.ts';
import { type Onto, type State, writeState } from './state.ts';

/** The paths, in the tree, of those of a proposal's own files that it can have. */
const landings = ({ owns }: Placed, { part }: ForkTree['base']) =>
  owns.map(landing).filter((file) => part === undefined || file.startsWith('lib/'));

/** The carried proposals that the new base has. Throws if it lacks one that had already landed. */
async function landedOn(
  repository: Repository,
  line: Line,
  proposals: readonly Placed[],
  onto: State['onto'],
): Promise<readonly string[]> {
  const landed: string[] = [];
  for (const { proposal, state } of proposals) {
    const { name, probe } = proposal;
    const isThere = await hasLanded(repository, onto.record.commit, proposal);
    if (state === 'carried' && isThere) landed.push(name);
    if (state === 'landed' && isThere === false) {
      throw new UserError(`${name} has landed on ${line.name}, and ${onto.name} does not have it in ${probe!.file}`,
                          'name a base that has it with ONTO, or correct its state in proposals.json');
    }
  }
  return landed;
}

/**
 * Tests of landed proposals that upstream has under the same name. The line
 * leaves these to upstream.
 */
async function takenBy(
  repository: Repository,
  proposals: readonly Placed[],
  landed: readonly string[],
  onto: Onto,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const { proposal, state, owns } of proposals) {
    if (state === 'carried' && !landed.includes(proposal.name)) continue;
    for (const owned of owns.filter(isTest)) {
      if (await idOf(repository, onto.record.commit, landing(owned)) !== undefined) taken.push(owned);
    }
  }
  return taken;
}

/** Throws if the new base has a file with the same name as one of ours. */
async function refuseTaken(
  repository: Repository,
  base: BaseRecord,
  onto: Onto,
  proposals: readonly Placed[],
): Promise<void> {
  for (const placed of proposals) {
    for (const file of landings(placed, base)) {
      if (await idOf(repository, onto.record.commit, file) === undefined) continue;
      throw new UserError(`${onto.name} has a ${file} of its own, and ${placed.proposal.name} owns one`,
                          'give ours another name in this project, run `make apply` and begin again');
    }
  }
}

/** The record of the base and, if there is a file, its text, which may have more in it. */
async function recorded(fork: ForkTree): Promise<{ base: BaseRecord; text: string | null }> {
  const file = recordOf(fork.tree);
  if (!existsSync(file)) return { base: fork.base, text: null };
  const text = await readFile(file, 'utf8');
  return { base: JSON.parse(text) as BaseRecord, text };
}

/**
 * Returns to the base that lines.json names, if the patches do not belong to
 * the base that the tree has.
 */
async function returned(
  line: Line,
  repository: Repository,
  begun: State,
  error: UserError,
  project: string,
): Promise<State> {
  const { base, onto } = begun;
  const stale = new UserError(error.message, elsewhere(line, base.onto!));
  if (onto.record.onto !== undefined || !isLinked(line) && onto.ref !== line.base.ref) throw stale;
  const proposals = proposalsOn(line, project);
  const commit = await commitProposals(repository, proposals, line, onto.record, project).catch(() => { throw stale; });
  await refuseUntracked(repository, commit);
  return { ...begun, isReturn: true, finish: { commit, files: {}, previous: {} } };
}

/**
 * Moves a line to another base, proposal by proposal. Hooks are merged
 * three-way and written again, and what upstream has taken is recorded as
 * landed. On a conflict it stops, with the tree ready for resolving it.
 * @param name the value of ONTO: a git ref, a folder, or a newer version
 * @param project the project that has the files, or a copy of it
 * @param to set to make the hooks those of the line's next release, next to its
 *   own
 */
export async function rebase(
  line: Line,
  fork: ForkTree,
  name: string,
  project = root,
  to?: State['to'],
): Promise<Done> {
  return told(await rebaseTo(line, fork, name, project, to));
}

/** The same as rebase(), without printing the files. */
export async function rebaseTo(
  line: Line,
  fork: ForkTree,
  name: string,
  project: string,
  to?: State['to'],
): Promise<Rebased> {
  const { tree } = fork;
  requireNoRebase(line.name, path.dirname(tree));
  const repository = new Repository(tree);
  if (existsSync(applyingMark(tree))) {
    throw new UserError(`${shown(tree)} is not a whole fork tree`, `run \`make apply LINE=${line.name}\`, then run again`);
  }
  await refuseOwnWork(repository);
  const { base, text } = await recorded(fork);
  const before = lineBefore(line, to === 'next' && line.next !== undefined ? { from: 'next' } : {});
  const present = proposalsOn(before, project);
  const last = await commitProposals(repository, present, before, base, project).catch((error: unknown) => {
    if (base.onto === undefined || !(error instanceof UserError)) throw error;
    return error;
  });
  const isStale = last instanceof UserError;
  const own = [base.commit, ...await repository.commitsBetween(base.commit, isStale ? 'refs/bindery/applied' : last)];
  const onto = await resolveOnto(line, { tree, base }, name, own);
  const { next } = line;
  const isDue = next !== undefined && !isStale && to === undefined && isOfNext(line, onto.release);
  const levels = isDue ? await levelsOfNext({ ...line, next }, repository, base, project) : own;
  const from = isDue || before.isNext ? 'next' : undefined;
  const proposals = proposalsOn(lineBefore(line, { ...from && { from } }), project);
  const commitOf = async (ref: string) => (await repository.resolve(ref))!;
  const head = await repository.try(['symbolic-ref', '--quiet', 'HEAD']);
  const landed = isStale ? [] : await landedOn(repository, line, proposals, onto);
  const begun: State = {
    line: line.name,
    tree,
    base,
    onto,
    ...from && { from },
    ...to && { to },
    names: proposals.map(({ proposal }) => proposal.name),
    landed,
    taken: isStale ? [] : await takenBy(repository, proposals, landed, onto),
    levels,
    commits: [],
    edited: {},
    previous: {
      head: head.stdout.trim(),
      commit: await commitOf('HEAD'),
      applied: await commitOf('refs/bindery/applied'),
      base: await commitOf('refs/bindery/base'),
      record: text,
    },
  };
  const state = isStale ? await returned(line, repository, begun, last, project) : begun;
  await refuseTaken(repository, base, onto, placedOn(line, state, project));
  for (const owned of state.taken) say(`${onto.name} has a ${landing(owned)} of its own, so ${line.name} leaves out ours`);
  await writeState(state);
  await repository.git(['update-ref', 'refs/bindery/onto', onto.record.commit]);
  return advance(line, state, project);
}
