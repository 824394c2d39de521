import path from 'node:path';
import { UserError } from './errors.ts';
import { type Line, loadLines } from './lines.ts';
import { root, shown } from './paths.ts';
import { load } from './project.ts';

/** What a proposal has on one line in addition to what it has on all of its lines. */
interface Extra {
  readonly owns?: readonly string[];
  readonly docs?: readonly string[];
}

/** The status of a proposal. */
type Fate =
  { readonly state: 'carried' } & Extra |
  { readonly state: 'landed'; readonly releases: readonly string[] } & Extra |
  { readonly state: 'included'; readonly in: string } |
  { readonly state: 'not applicable'; readonly reason: string };

/** The status of a proposal on one line, and on the line's next release if that differs. */
export type State = Fate & { readonly next?: Fate };

/** Whether a line has a proposal by itself, ours or upstream's. */
export const isPlaced = <T extends { readonly state: string }>(
  fate: T | undefined,
): fate is Extract<T, { state: 'carried' | 'landed' }> => fate?.state === 'carried' || fate?.state === 'landed';

export interface Proposal {
  readonly name: string;
  readonly title: string;
  /** What it is about. Proposals of one topic follow each other. */
  readonly topic: string;
  /** Why it is kept here, and until when. */
  readonly reason: string;
  readonly mayGo: string;
  /** The same where it has landed, if something of it is left there. */
  readonly landed?: { readonly reason: string; readonly mayGo: string };
  /** Why it adds more lines than a reviewer likes to read at once. */
  readonly large?: string;
  readonly upstream: readonly string[];
  /** The earlier proposals that it builds on. Those that they need are not repeated. */
  readonly needs?: readonly string[];
  readonly owns: readonly string[];
  readonly docs: readonly string[];
  /** The maximum number of hook lines on any one line. */
  readonly budget?: number;
  /** Structures of upstream that it adds members to, by their full names. */
  readonly layouts?: readonly string[];
  /**
   * A base has upstream's own implementation if this file has a line that
   * matches the regular expression.
   */
  readonly probe?: { readonly file: string; readonly line: string };
  readonly lines: Readonly<Record<string, State>>;
}

/** A proposal as it is on one line. */
export interface Placed {
  readonly proposal: Proposal;
  readonly state: 'carried' | 'landed';
  /** The files it owns on that line. */
  readonly owns: readonly string[];
  readonly docs: readonly string[];
}

function extrasOf({ next, ...own }: State): readonly string[] {
  return [own, ...next === undefined ? [] : [next]]
    .flatMap((fate) => (isPlaced(fate) ? [...fate.owns ?? [], ...fate.docs ?? []] : []));
}

/** The proposals that a proposal names: what it needs, and what it is included in on some line. */
function namedBy({ needs = [], lines }: Proposal): readonly string[] {
  const fates = Object.values(lines).flatMap(({ next, ...own }) => [own, ...next === undefined ? [] : [next]]);
  return [...needs, ...fates.flatMap((fate) => (fate.state === 'included' ? [fate.in] : []))];
}

/** Every file that a proposal has on any line. */
export function filesOf({ owns, docs, lines }: Proposal): ReadonlySet<string> {
  return new Set([...owns, ...docs, ...Object.values(lines).flatMap(extrasOf)]);
}

/** The proposals in the order in which they are applied. */
export function loadProposals(folder = root): readonly Proposal[] {
  const file = path.join(folder, 'proposals.json');
  const { proposals } = load<{ proposals: Proposal[] }>(file, 'proposals.schema.json');
  const owners = new Map<string, string>();
  const known = loadLines(folder).lines;
  for (const [index, proposal] of proposals.entries()) {
    const { name, owns, docs, lines } = proposal;
    const earlier = new Set(proposals.slice(0, index).map((other) => other.name));
    const later = namedBy(proposal).find((named) => !earlier.has(named));
    if (later !== undefined) {
      throw new UserError(
        `${shown(file)}: proposals[${index}]: expected ${name} to name earlier proposals alone, not ${later}`,
        'correct the file and run again');
    }
    const stray = Object.keys(lines).find((line) => !known.has(line));
    if (stray !== undefined) {
      throw new UserError(
        `${shown(file)}: proposals[${index}].lines: expected names of lines.json, not ${stray}`,
        'correct the file and run again');
    }
    const early = Object.keys(lines).find((line) => lines[line]!.next && !known.get(line)!.next);
    if (early !== undefined) {
      throw new UserError(
        `${shown(file)}: proposals[${index}].lines[${JSON.stringify(early)}].next: expected lines.json to name the release`,
        'give the line a "next" there, or take this one away');
    }
    // A file may be listed on several lines of a proposal, or by the proposal itself, but not both.
    const extras = new Set(Object.values(lines).flatMap(extrasOf));
    for (const owned of [name, ...owns, ...docs, ...extras]) {
      const owner = owners.get(owned);
      if (owner !== undefined) {
        throw new UserError(
          `${shown(file)}: proposals[${index}]: expected ${owned} only once (${owner} has it)`,
          'correct the file and run again');
      }
      owners.set(owned, name);
    }
  }
  return proposals;
}

/** The status of a proposal on a line. */
export function stateOn({ lines }: Proposal, { name, isNext }: Line): Fate | undefined {
  const here = lines[name];
  return isNext ? here?.next ?? here : here;
}

/**
 * The proposals that a line has, either ours or upstream's. Where upstream has
 * its own implementation, our tests still check it against the manual, and our
 * benchmarks measure it. What is included in another proposal belongs to that
 * one.
 */
export function proposalsOn(line: Line, folder = root): readonly Placed[] {
  const placed: Placed[] = [];
  for (const proposal of loadProposals(folder)) {
    const here = stateOn(proposal, line);
    const host = here?.state === 'included' ? placed.findIndex((other) => other.proposal.name === here.in) : -1;
    if (host !== -1) {
      const { owns, docs, ...other } = placed[host]!;
      placed[host] = { ...other, owns: [...owns, ...proposal.owns], docs: [...docs, ...proposal.docs] };
    }
    if (!isPlaced(here)) continue;
    const owns = proposal.owns.filter((file) => here.state === 'carried' || isTest(file) || isBenchmark(file));
    placed.push({
      proposal,
      state: here.state,
      owns: [...owns, ...here.owns ?? []],
      docs: [...here.docs ?? [], ...proposal.docs],
    });
  }
  return placed;
}

/**
 * A proposal of a line, and before it what it needs, in the order in which they are
 * applied. What a line does not have is not needed there.
 * @throws UserError if the line has no such proposal
 */
export function withNeeds(line: Line, name: string, folder = root): readonly Placed[] {
  const placed = proposalsOn(line, folder);
  if (!placed.some(({ proposal }) => proposal.name === name)) {
    throw new UserError(`${line.name} has no proposal ${name || '(none given)'}`,
                        `name one of ${placed.map(({ proposal }) => proposal.name).join(', ')}`);
  }
  const needed = new Set([name]);
  for (const proposal of loadProposals(folder).toReversed()) {
    if (!needed.has(proposal.name)) continue;
    const here = stateOn(proposal, line);
    for (const one of here?.state === 'included' ? [here.in] : proposal.needs ?? []) needed.add(one);
  }
  return placed.filter(({ proposal }) => needed.has(proposal.name));
}

/** The release of the line, such as 24.19.0, in which a proposal landed upstream. */
export function landingOf({ proposal, state }: Placed, line: Line): string | undefined {
  const here = stateOn(proposal, line);
  if (state !== 'landed' || here?.state !== 'landed') return undefined;
  return here.releases.map((release) => release.slice(1))
    .find((release) => release.startsWith(`${line.base.major}.`));
}

export function isTest(file: string): boolean {
  return file.startsWith('test-parallel/');
}

function isBenchmark(file: string): boolean {
  return file.startsWith('benchmark/');
}
