import { originOf, readBase } from '../base/base.ts';
import { versionOf } from '../base/checkout.ts';
import { isLinked, type Line, loadLines } from '../core/lines.ts';
import { linePaths, root } from '../core/paths.ts';
import { loadProposals, type Proposal } from '../core/proposals.ts';
import { counted } from '../core/report.ts';
import { listing } from '../core/table.ts';
import { countLines, hooksOf, hooksOn } from '../fork/hooks.ts';
import { inputsOf } from '../fork/inputs.ts';
import { type How, readVerified } from '../fork/verified.ts';
import { findState } from '../rebase/state.ts';
import { type Answer, ask, type Known, nameOf, recall } from './github.ts';
import { type Newest, newestOf, seenText } from './newest.ts';

/** How far an unfinished rebase has got. */
interface Rebasing {
  readonly onto: string;
  readonly merged: number;
  readonly proposals: number;
  /** The proposal with conflicts to resolve, or null. */
  readonly conflict: string | null;
}

/** What is recorded on this machine about a line. */
interface LineStatus {
  readonly name: string;
  /** Of all proposals. */
  readonly hookLines: number;
  /** Where its base comes from. */
  readonly origin: string;
  /** The version of the base that was fetched, or null if there is none. */
  readonly base: string | null;
  /** What the line was rebased onto, if lines.json does not name it. */
  readonly onto: string | null;
  /** The unfinished rebase, if there is one. */
  readonly rebase: Rebasing | null;
  readonly verified: How['level'] | 'unverified';
  /** When it was verified and how many tests passed, or why it is unverified. */
  readonly details: string;
}

/** The same, and what is newer than the base. */
interface FullStatus extends LineStatus {
  readonly newest: Newest;
}

/** The state of a proposal on one line. */
export interface Cell {
  readonly state: 'carried' | 'landed' | 'included' | 'not applicable' | 'absent';
  readonly releases?: readonly string[];
  readonly in?: string;
  readonly reason?: string;
  readonly hookLines: number;
}

export interface ProposalStatus {
  readonly name: string;
  readonly title: string;
  readonly topic: string;
  readonly upstream: readonly string[];
  readonly budget: number | null;
  readonly lines: Readonly<Record<string, Cell>>;
}

/** A line's unfinished rebase. */
async function rebasingOf(line: Line): Promise<Rebasing | null> {
  const state = await findState(line.name);
  if (state === undefined) return null;
  const { onto, commits, names, stopped } = state;
  const conflict = stopped === undefined ? null : names[commits.length]!;
  return { onto: onto.name, merged: commits.length, proposals: names.length, conflict };
}

/** What is recorded about a line, as far as it is still valid. */
export async function statusOf(line: Line): Promise<LineStatus> {
  const record = await readBase(line, linePaths(line.name).dir);
  const base = record?.version ?? (isLinked(line) ? null : versionOf(line.base.ref));
  const known = {
    name: line.name,
    hookLines: countLines(hooksOn(line.name)),
    origin: originOf(line),
    base,
    onto: record?.onto ?? null,
    rebase: await rebasingOf(line),
  };
  const verified = await readVerified(line);
  const unverified = (details: string): LineStatus => ({ ...known, verified: 'unverified', details });
  if (verified === undefined) return unverified('no run is recorded');
  const date = verified.date.slice(0, 10);
  if (verified.base !== base) return unverified(`on ${date} it was ${verified.level} on ${verified.base}`);
  if (verified.inputs !== inputsOf(line)) return unverified(`it was ${verified.level} on ${date} and has changed since`);
  const tests = verified.level === 'applied only' ? '' : `, ${verified.passed} tests passed`;
  return { ...unverified(`${date}${tests}`), verified: verified.level };
}

function cellOf(proposal: Proposal, line: string, folder: string): Cell {
  const here = proposal.lines[line];
  const hookLines = countLines(hooksOf(proposal.name, line, folder));
  switch (here?.state) {
    case undefined: return { state: 'absent', hookLines };
    case 'carried': return { state: 'carried', hookLines };
    case 'landed': return { state: 'landed', releases: here.releases, hookLines };
    case 'included': return { state: 'included', in: here.in, hookLines };
    case 'not applicable': return { state: 'not applicable', reason: here.reason, hookLines };
  }
}

export function proposalStatuses(folder: string): readonly ProposalStatus[] {
  const lines = [...loadLines(folder).lines.keys()];
  return loadProposals(folder).map((proposal) => ({
    name: proposal.name,
    title: proposal.title,
    topic: proposal.topic,
    upstream: proposal.upstream,
    budget: proposal.budget ?? null,
    lines: Object.fromEntries(lines.map((line) => [line, cellOf(proposal, line, folder)])),
  }));
}

/** A line's base as text: where it is now and where it is being moved. */
function baseText({ base, onto }: LineStatus): string {
  if (base === null) return 'not fetched';
  return onto === null ? base : `${base} (rebased onto ${onto})`;
}

/** The unfinished rebases, each with how to finish it. */
function rebasesText(lines: readonly LineStatus[]): string {
  return lines.flatMap(({ name, rebase }) => {
    if (rebase === null) return [];
    const { onto, merged, proposals, conflict } = rebase;
    const where = conflict === null ? '' : `, ${conflict} waits to be resolved`;
    return [`${name} is being rebased onto ${onto}, ${merged} of ${proposals} proposals merged${where}: ` +
      `end it with \`make rebase-continue LINE=${name}\` or \`make rebase-abort LINE=${name}\`\n`];
  }).join('');
}

/** A state as text: `landed in v24.19.0, 2 hook lines`. */
export function words({ state, releases, in: host, reason, hookLines }: Cell): string {
  const where = releases === undefined ? host === undefined ? '' : ` in \`${host}\`` : ` in ${releases.join(' and ')}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const hooks = hookLines === 0 ? '' : `, ${counted(hookLines, 'hook line')}`;
  return `${state}${where}${why}${hooks}`;
}

/** Proposals by topic, in their order. */
export function topicsOf(
  proposals: readonly ProposalStatus[],
): ReadonlyArray<readonly [string, readonly ProposalStatus[]]> {
  const topics = new Set(proposals.map(({ topic }) => topic));
  return [...topics].map((topic) => [topic, proposals.filter((one) => one.topic === topic)]);
}

/** `merged on 2026-06-23`, as far as that is known. */
function fate(answer: Answer | undefined): string {
  if (answer === undefined) return 'not known';
  return `${answer.state} ${answer.state === 'open' ? 'since' : 'on'} ${answer.date.slice(0, 10)}`;
}

/** The pull requests and issues that the proposals name, each once. */
function addressesOf(proposals: readonly ProposalStatus[]): readonly string[] {
  return [...new Set(proposals.flatMap(({ upstream }) => upstream))];
}

/** What upstream said; without a table if that is nothing. */
function upstreamText({ note, faults, answers }: Known, addresses: readonly string[]): string {
  const closing = `${[note, ...faults].join('\n')}\n`;
  if (answers.size === 0) return closing;
  const table = listing([
    ['upstream', 'state', 'as asked on', 'title'],
    ...addresses.map((address) => {
      const answer = answers.get(address);
      return [nameOf(address), fate(answer), answer?.asked.slice(0, 10) ?? 'never', answer?.title ?? ''];
    }),
  ]);
  return `${table}\n${closing}`;
}

function text(lines: readonly FullStatus[], proposals: readonly ProposalStatus[], known: Known): string {
  const states = listing([
    ['proposal', 'budget', ...lines.map(({ name }) => name)],
    ...topicsOf(proposals).flatMap(([topic, members]) => [
      [`${topic}:`, '', ...lines.map(() => '')],
      ...members.map((proposal) => [
        `  ${proposal.name}`,
        String(proposal.budget ?? '-'),
        ...lines.map(({ name }) => words(proposal.lines[name]!)),
      ]),
    ]),
  ]);
  const bases = listing([
    ['line', 'hook lines', 'from', 'base', 'verified', ''],
    ...lines.map((line) =>
      [line.name, String(line.hookLines), line.origin, baseText(line), line.verified, line.details]),
  ]);
  const newest = listing([
    ['line', 'locked', 'newest in the suite', 'newest published', ''],
    ...lines.map(({ name, newest: { locked, suite, published, details } }) =>
      [name, locked ?? '-', suite === null ? '-' : seenText(suite), seenText(published), details]),
  ]);
  return `${states}\n${bases}\n${newest}${rebasesText(lines)}\n${upstreamText(known, addressesOf(proposals))}`;
}

/** Options for collecting and printing the status. */
interface StatusOptions {
  readonly json: boolean;
  /** Whether to ask upstream; off unless requested. */
  readonly online?: boolean;
}

/** Prints the state of the proposals: the recorded one on each line, and the one upstream. */
export async function status({ json, online = false }: StatusOptions): Promise<void> {
  const tracked = [...loadLines().lines.values()];
  const newest = await newestOf(tracked);
  const full = async (line: Line) => ({ ...await statusOf(line), newest: newest.get(line.name)! });
  const lines = await Promise.all(tracked.map(full));
  const proposals = proposalStatuses(root);
  const known = await (online ? ask : recall)(addressesOf(proposals));
  const { note, faults, answers } = known;
  process.stdout.write(json ?
    `${JSON.stringify({ note, faults, lines, proposals, upstream: Object.fromEntries(answers) }, null, 2)}\n` :
    text(lines, proposals, known));
}
