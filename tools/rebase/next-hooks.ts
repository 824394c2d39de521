import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { versionOf } from '../base/checkout.ts';
import type { Repository } from '../core/git.ts';
import { type Line, nextOf } from '../core/lines.ts';
import { isTest, type Proposal, proposalsOn, stateOn } from '../core/proposals.ts';
import { commitProposals, openIndex } from '../fork/apply.ts';
import type { Files } from '../fork/export/model.ts';
import { commitRelease } from '../fork/lib-tree.ts';
import { recordLanded, withValue } from './landed.ts';
import type { State } from './state.ts';

type Ends = Pick<State, 'from' | 'to'>;

/** The line with the hooks that a rebase starts with, and with those that it ends with. */
export const lineBefore = (line: Line, { from }: Ends): Line => (from === 'next' ? nextOf(line) : line);
export const lineAfter = (line: Line, { to }: Ends): Line => (to === 'next' ? nextOf(line) : line);

/**
 * Recreates the old base that the hooks for a line's next release were made on,
 * with lib/ from that release's official binary, and commits each proposal on
 * top of it.
 */
export async function levelsOfNext(
  line: Line & Required<Pick<Line, 'next'>>,
  repository: Repository,
  base: BaseRecord,
  project: string,
): Promise<readonly string[]> {
  const release = await commitRelease(repository, versionOf(line.next.release));
  const { staged, close } = await openIndex(repository, base.commit);
  await staged.git(['update-index', '--index-info'], { input: await repository.git(['ls-tree', '-r', release]) });
  const commit = await staged.commitIndex(`lib: import ${line.next.release}\n`, [base.commit], base.date);
  await close();
  const next = nextOf(line);
  const last = await commitProposals(repository, proposalsOn(next, project), next, { ...base, commit }, project);
  return [commit, ...await repository.commitsBetween(commit, last)];
}

/** A patch without the lines that only give the positions of its changes. */
const placeless = (patch: string) => patch.replace(/^(?:index |@@ ).*$/gm, '');

/** Puts a proposal's hooks into the right file at the end of a rebase. */
export async function putHooks(
  files: Files,
  line: Line,
  { from, to }: Ends,
  { name }: Proposal,
  hooks: string,
  project: string,
): Promise<void> {
  const place = path.join('patches', name, line.name);
  const [own, next] = [`${place}.patch`, `${place}-next.patch`];
  if (to === 'next') {
    const file = path.join(project, own);
    const present = existsSync(file) ? await readFile(file, 'utf8') : '';
    files.set(next, hooks === '' || placeless(hooks) === placeless(present) ? undefined : hooks);
    return;
  }
  files.set(own, hooks === '' ? undefined : hooks);
  if (from === 'next') files.set(next, undefined);
}

/** A line as it is in lines.json. */
type Written = Omit<Line, 'name' | 'isNext'>;

type Change = { readonly [key in keyof Written]?: Written[key] | undefined };

/** Changes properties of a line in lines.json; undefined removes one. */
function withLine(text: string, { name }: Line, change: Change): string {
  const { lines } = JSON.parse(text) as { lines: Record<string, Written> };
  const changed = Object.entries({ ...lines[name], ...change }).filter(([, value]) => value !== undefined);
  return withValue(text, `/lines/${name}`, Object.fromEntries(changed));
}

/**
 * Updates the status of a line's next release in proposals.json and lines.json
 * at the end of a rebase.
 */
export function putStates(
  files: Files,
  line: Line,
  state: State,
  texts: { readonly list: string; readonly lines: string },
): void {
  const { from, to, landed, onto } = state;
  const { proposals } = JSON.parse(texts.list) as { proposals: readonly Proposal[] };
  let { list, lines } = texts;
  const put = (index: number, value: unknown) => {
    list = withValue(list, `/proposals/${index}/lines/${line.name}`, value);
  };
  for (const [index, proposal] of proposals.entries()) {
    const { name } = proposal;
    const here = proposal.lines[line.name];
    if (to === 'next' && landed.includes(name)) {
      const own = stateOn(proposal, lineBefore(line, state));
      const owns = own?.state === 'carried' ? (own.owns ?? []).filter(isTest) : [];
      put(index, { ...here, next: { state: 'landed', releases: [`v${onto.release}`], ...owns.length > 0 && { owns } } });
    }
    if (to === 'next' || from === undefined || here?.next === undefined) continue;
    if (here.next.state === 'landed' && here.state === 'carried') {
      const recorded = recordLanded(list, name, line, onto.release);
      list = recorded.text;
      for (const file of recorded.left) files.set(file, undefined);
    }
    put(index, here.next);
  }
  if (to === 'next') {
    const differs = landed.length > 0 || [...files].some(([file, text]) => /-next\.patch$/.test(file) && text !== undefined);
    lines = withLine(lines, line, { next: differs ? { ...line.next, release: `v${onto.release}` } : undefined });
  } else if (from === 'next') {
    lines = withLine(lines, line, { since: line.next?.since ?? line.since, next: undefined });
  }
  files.set('proposals.json', list);
  files.set('lines.json', lines);
}
