import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { shown } from '../core/paths.ts';
import { type Placed, proposalsOn } from '../core/proposals.ts';
import { type Done, say } from '../core/report.ts';
import { messageOf, removeLocks } from '../fork/apply.ts';
import { wayBack } from '../fork/under-way.ts';
import { prepareFinish, refuseUntracked, writeFinish } from './finish.ts';
import { asLanded } from './landed.ts';
import { type Merged, mergeNext } from './merge.ts';
import { lineBefore } from './next-hooks.ts';
import { type Onto, removeState, type State, type Stopped, tipOf, writeState } from './state.ts';

/** The result of a rebase. */
export interface Rebased extends Done {
  /** The project's files that it wrote. */
  readonly files: readonly string[];
  /** What the user should know about the new base, if anything. */
  readonly note: string;
}

/** The line's proposals as the new base needs them. */
export function placedOn(line: Line, state: State, project: string): readonly Placed[] {
  const { names, landed, taken } = state;
  const proposals = proposalsOn(lineBefore(line, state), project);
  if (proposals.map(({ proposal }) => proposal.name).join() !== names.join()) {
    throw new UserError(`proposals.json has other proposals on ${line.name} than when the rebase began`,
                        'bring its list back to what it was and run again');
  }
  return proposals.map((placed) => {
    const here = landed.includes(placed.proposal.name) ? asLanded(placed) : placed;
    return { ...here, owns: here.owns.filter((owned) => !taken.includes(owned)) };
  });
}

/** Puts the conflicts into the work tree. Can be run again if it was interrupted. */
export async function show(state: State & { readonly stopped: Stopped }): Promise<State> {
  const { stopped } = state;
  const repository = new Repository(state.tree);
  await removeLocks(repository);
  await repository.git(['reset', '--quiet', '--hard', stopped.commit]);
  await repository.git(['update-ref', 'HEAD', tipOf(state)]);
  await repository.git(['update-index', '--index-info'], { input: stopped.unmerged.map((entry) => `${entry}\n`).join('') });
  return writeState({ ...state, stopped: { ...stopped, isShown: true } });
}

/** Reports conflicts and what to do about them. */
export function stop({ line, tree, names, commits, onto }: State, conflicts: Stopped['conflicts']): never {
  for (const { file, line: at, what } of conflicts) say(`${file}${at === undefined ? '' : `:${at}`}: ${what}`);
  const count = conflicts.length === 1 ? 'a conflict' : `${conflicts.length} conflicts`;
  throw new UserError(`${names[commits.length]!} has ${count} with ${onto.name}`,
                      `resolve in ${shown(tree)}, \`git add\` there, then \`make rebase-continue LINE=${line}\`, or \`make rebase-abort LINE=${line}\``);
}

/** Commits the next proposal. */
export async function commitNext(
  line: Line,
  state: State,
  tree: string,
  proposals: readonly Placed[],
  project: string,
): Promise<State> {
  const { proposal } = proposals[state.commits.length]!;
  const { date } = state.onto.record;
  const message = await messageOf(proposal, lineBefore(line, state), project);
  const commit = await new Repository(state.tree).commitTree(tree, [tipOf(state)], message, date);
  return writeState({ ...state, stopped: undefined, commits: [...state.commits, commit] });
}

/** Records conflicts and prepares the work tree so that the user can resolve them. */
async function leave(state: State, { tree, conflicts, unmerged }: Merged): Promise<never> {
  const repository = new Repository(state.tree);
  const commit = await repository.commitTree(tree, [tipOf(state)], 'what was merged, to be resolved\n');
  await refuseUntracked(repository, commit);
  const stopped = { commit, conflicts, unmerged, isShown: false };
  await writeState({ ...state, stopped });
  await show({ ...state, stopped });
  return stop(state, conflicts);
}

function summary({ names, landed, onto, finish, isReturn }: State): string {
  if (isReturn) return `the project's patches are those of ${onto.name}, which the tree stands on again`;
  const files = Object.entries(finish?.files ?? {}).filter(([file]) => file.startsWith('patches/'));
  const refreshed = files.filter(([, text]) => text !== null).length;
  const taken = landed.length === 0 ? '' : `, ${landed.length} landed (${landed.join(', ')})`;
  return `${names.length - landed.length} proposals merged on ${onto.name}${taken}, ${refreshed} patches refreshed`;
}

/** What the user should know about a base that lines.json does not name. */
function noteOn(line: Line, { name, record }: Onto): string {
  if (record.onto === undefined) return '';
  const named = isLinked(line) ? line.base.suite : line.base.ref;
  return `; the patches now belong to ${name}, a base that this machine alone has (lines.json names ${named}): ` +
    `\`${wayBack(line)}\` goes back`;
}

/** Prints the files that were written, and appends the note to the result. */
export function told({ did, files, note }: Rebased): Done {
  for (const file of files) say(file);
  return { did: `${did}${note}` };
}

/** Merges the remaining proposals, then writes the result. */
export async function advance(line: Line, begun: State, project: string): Promise<Rebased> {
  let state = begun;
  const proposals = placedOn(line, state, project);
  const repository = new Repository(state.tree);
  while (state.finish === undefined && state.commits.length < proposals.length) {
    const merged = await mergeNext(line, repository, state, proposals, project);
    if (merged.conflicts.length > 0) return leave(state, merged);
    state = await commitNext(line, state, merged.tree, proposals, project);
  }
  const finished = state.finish === undefined ?
    await prepareFinish(line, state, proposals, project) :
    { ...state, finish: state.finish };
  await writeFinish(finished, project);
  await removeState(finished);
  return { did: summary(finished), files: Object.keys(finished.finish.files), note: noteOn(line, finished.onto) };
}
