import path from 'node:path';
import { UserError } from './errors.ts';
import { type Line, loadLines } from './lines.ts';
import { root, shown } from './paths.ts';
import { load } from './project.ts';

/** What a line has of a proposal beyond what all of its lines have. */
interface Extra {
  readonly owns?: readonly string[];
  readonly docs?: readonly string[];
}

/** What has become of a proposal. */
type Fate =
  { readonly state: 'carried' } & Extra |
  { readonly state: 'landed'; readonly releases: readonly string[] } & Extra |
  { readonly state: 'not applicable'; readonly reason: string };

/** What has become of a proposal on one line, and on its next release where that differs. */
export type State = Fate & { readonly next?: Fate };

export interface Proposal {
  readonly name: string;
  readonly title: string;
  readonly upstream: readonly string[];
  readonly owns: readonly string[];
  readonly docs: readonly string[];
  /** The most hook lines that it may have on any one line. */
  readonly budget?: number;
  /** A base has upstream's own where that file has a line that matches the regular expression. */
  readonly probe?: { readonly file: string; readonly line: string };
  readonly lines: Readonly<Record<string, State>>;
}

/** A proposal as one line has it. */
export interface Placed {
  readonly proposal: Proposal;
  readonly state: 'carried' | 'landed';
  /** Its files on that line. */
  readonly owns: readonly string[];
  readonly docs: readonly string[];
}

function extrasOf({ next, ...own }: State): readonly string[] {
  return [own, ...next === undefined ? [] : [next]]
    .flatMap((fate) => (fate.state === 'not applicable' ? [] : [...fate.owns ?? [], ...fate.docs ?? []]));
}

/** Every file that a proposal has, whatever the line. */
export function filesOf({ owns, docs, lines }: Proposal): ReadonlySet<string> {
  return new Set([...owns, ...docs, ...Object.values(lines).flatMap(extrasOf)]);
}

/** The proposals in the order in which they are applied. */
export function loadProposals(folder = root): readonly Proposal[] {
  const file = path.join(folder, 'proposals.json');
  const { proposals } = load<{ proposals: Proposal[] }>(file, 'proposals.schema.json');
  const owners = new Map<string, string>();
  const known = loadLines(folder).lines;
  for (const [index, { name, owns, docs, lines }] of proposals.entries()) {
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
    // Several lines of a proposal may name a file, and only lines or the proposal.
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

/** What has become of a proposal on a line. */
export function stateOn({ lines }: Proposal, { name, isNext }: Line): Fate | undefined {
  const here = lines[name];
  return isNext ? here?.next ?? here : here;
}

/**
 * The proposals that a line has, ours or upstream's. Where upstream has its own
 * implementation, our tests still hold it to the manual, and our benchmarks
 * measure it.
 */
export function proposalsOn(line: Line, folder = root): readonly Placed[] {
  return loadProposals(folder).flatMap((proposal) => {
    const here = stateOn(proposal, line);
    if (here === undefined || here.state === 'not applicable') return [];
    const owns = proposal.owns.filter((file) => here.state === 'carried' || isTest(file) || isBenchmark(file));
    return [{
      proposal,
      state: here.state,
      owns: [...owns, ...here.owns ?? []],
      docs: [...here.docs ?? [], ...proposal.docs],
    }];
  });
}

/** The line's release, such as 24.19.0, in which a proposal landed upstream. */
export function landingOf({ proposal, state }: Placed, line: Line): string | undefined {
  const here = stateOn(proposal, line);
  if (state !== 'landed' || here?.state !== 'landed') return undefined;
  return here.releases.map((release) => release.slice(1))
    .find((release) => release.startsWith(`${line.base.major}.`));
}

/** Whether an owned file is a test. */
export function isTest(file: string): boolean {
  return file.startsWith('test-parallel/');
}

/** Whether an owned file is a benchmark. */
function isBenchmark(file: string): boolean {
  return file.startsWith('benchmark/');
}
