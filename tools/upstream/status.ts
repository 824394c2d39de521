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

/** How far a rebase has come that is under way. */
interface Rebasing {
  readonly onto: string;
  readonly merged: number;
  readonly proposals: number;
  /** The proposal that waits to be resolved, or null. */
  readonly conflict: string | null;
}

/** What holds of a line on this machine, as recorded. */
interface LineStatus {
  readonly name: string;
  /** Of all proposals. */
  readonly hookLines: number;
  /** Where its base comes from. */
  readonly origin: string;
  /** The version of the base that was fetched, or null where none was. */
  readonly base: string | null;
  /** What the line was rebased onto, where lines.json does not name it. */
  readonly onto: string | null;
  /** The rebase that is under way, if one is. */
  readonly rebase: Rebasing | null;
  readonly verified: How['level'] | 'unverified';
  /** When, and how many tests passed; why not, where it is unverified. */
  readonly details: string;
}

/** The same, and what there is that is newer. */
interface FullStatus extends LineStatus {
  readonly newest: Newest;
}

/** What has become of a proposal on one line. */
interface Cell {
  readonly state: 'carried' | 'landed' | 'not applicable' | 'absent';
  readonly releases?: readonly string[];
  readonly reason?: string;
  readonly hookLines: number;
}

interface ProposalStatus {
  readonly name: string;
  readonly title: string;
  readonly upstream: readonly string[];
  readonly budget: number | null;
  readonly lines: Readonly<Record<string, Cell>>;
}

/** The rebase of a line that has not come to its end. */
async function rebasingOf(line: Line): Promise<Rebasing | null> {
  const state = await findState(line.name);
  if (state === undefined) return null;
  const { onto, commits, names, stopped } = state;
  const conflict = stopped === undefined ? null : names[commits.length]!;
  return { onto: onto.name, merged: commits.length, proposals: names.length, conflict };
}

/** What is recorded of a line, as far as it still holds. */
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
    case 'not applicable': return { state: 'not applicable', reason: here.reason, hookLines };
  }
}

export function proposalStatuses(folder: string): readonly ProposalStatus[] {
  const lines = [...loadLines(folder).lines.keys()];
  return loadProposals(folder).map((proposal) => ({
    name: proposal.name,
    title: proposal.title,
    upstream: proposal.upstream,
    budget: proposal.budget ?? null,
    lines: Object.fromEntries(lines.map((line) => [line, cellOf(proposal, line, folder)])),
  }));
}

/** A line's base in words: where it stands, and where it is being taken. */
function baseText({ base, onto }: LineStatus): string {
  if (base === null) return 'not fetched';
  return onto === null ? base : `${base} (rebased onto ${onto})`;
}

/** The rebases that are under way, each with what ends it. */
function rebasesText(lines: readonly LineStatus[]): string {
  return lines.flatMap(({ name, rebase }) => {
    if (rebase === null) return [];
    const { onto, merged, proposals, conflict } = rebase;
    const where = conflict === null ? '' : `, ${conflict} waits to be resolved`;
    return [`${name} is being rebased onto ${onto}, ${merged} of ${proposals} proposals merged${where}: ` +
      `end it with \`make rebase-continue LINE=${name}\` or \`make rebase-abort LINE=${name}\`\n`];
  }).join('');
}

/** A state in words: `landed in v24.19.0, 2 hook lines`. */
export function words({ state, releases, reason, hookLines }: Cell): string {
  const where = releases === undefined ? '' : ` in ${releases.join(' and ')}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const hooks = hookLines === 0 ? '' : `, ${counted(hookLines, 'hook line')}`;
  return `${state}${where}${why}${hooks}`;
}

/** `merged on 2026-06-23`, as far as it is known. */
function fate(answer: Answer | undefined): string {
  if (answer === undefined) return 'not known';
  return `${answer.state} ${answer.state === 'open' ? 'since' : 'on'} ${answer.date.slice(0, 10)}`;
}

/** The pull requests and issues that proposals name, each once. */
function addressesOf(proposals: readonly ProposalStatus[]): readonly string[] {
  return [...new Set(proposals.flatMap(({ upstream }) => upstream))];
}

/** What upstream has said; no table where that is nothing. */
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
    ...proposals.map((proposal) => [
      proposal.name,
      String(proposal.budget ?? '-'),
      ...lines.map(({ name }) => words(proposal.lines[name]!)),
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

/** How the status is made and printed. */
interface StatusOptions {
  readonly json: boolean;
  /** Whether upstream is asked, which nobody wants unasked. */
  readonly online?: boolean;
}

/** Prints what has become of the proposals: on each line as recorded, and upstream. */
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
