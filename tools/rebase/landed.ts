import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { filesOf, isPlaced, isTest, type Placed, type Proposal, type State } from '../core/proposals.ts';
import { spansOf } from '../fork/export/owned.ts';

/** Whether a tree has upstream's implementation of a proposal; undefined if there is no probe. */
export async function hasLanded(
  repository: Repository,
  tree: string,
  { name, probe }: Proposal,
): Promise<boolean | undefined> {
  if (probe === undefined) return undefined;
  const { code, stdout } = await repository.try(['show', `${tree}:${probe.file}`]);
  if (code !== 0) return false;
  try {
    const expression = new RegExp(probe.line);
    return stdout.split('\n').some((line) => expression.test(line));
  } catch (error) {
    throw new UserError(`proposals.json: the probe of ${name}: ${(error as Error).message}`, 'correct it and run again');
  }
}

/** A proposal on a line whose base has upstream's implementation. Only its tests are left. */
export function asLanded({ proposal, owns }: Placed): Placed {
  return { proposal, state: 'landed', owns: owns.filter(isTest), docs: [] };
}

/** Formats a value the way this project's JSON files do, with short lists on one line. */
function printed(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const entries = value.map((entry) => printed(entry, inner));
    const short = `[${entries.join(', ')}]`;
    return short.length <= 60 ? short : `[\n${inner}${entries.join(`,\n${inner}`)}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${printed(entry, inner)}`);
  return entries.length === 1 ? `{ ${entries[0]} }` : `{\n${inner}${entries.join(`,\n${inner}`)}\n${indent}}`;
}

/** Replaces the value at a pointer in a JSON text. The rest of the text is unchanged. */
export function withValue(text: string, pointer: string, value: unknown): string {
  const { start, end } = spansOf(text).get(pointer)!;
  const indent = /^ */.exec(text.slice(text.lastIndexOf('\n', start) + 1))![0];
  return `${text.slice(0, start)}${printed(value, indent)}${text.slice(end)}`;
}

/** A changed proposals.json. */
interface Recorded {
  /** The new text of proposals.json. */
  readonly text: string;
  /** The files that no proposal names any longer. */
  readonly left: readonly string[];
}

/** The files that a proposal no longer has in a new text of proposals.json. */
function leftBy(proposal: Proposal, text: string, index: number): readonly string[] {
  const kept = filesOf((JSON.parse(text) as { proposals: readonly Proposal[] }).proposals[index]!);
  return [...filesOf(proposal)].filter((file) => !kept.has(file));
}

/**
 * Records in proposals.json that a proposal has landed on a line. Its tests are
 * kept. Sections of the manual that all lines shared are moved to the other
 * lines.
 * @param release such as 24.22.0
 */
export function recordLanded(text: string, name: string, line: Line, release: string): Recorded {
  const { proposals } = JSON.parse(text) as { proposals: readonly Proposal[] };
  const index = proposals.findIndex((proposal) => proposal.name === name);
  const proposal = proposals[index]!;
  const here = `/proposals/${index}`;
  const state = proposal.lines[line.name]!;
  const tests = isPlaced(state) ? (state.owns ?? []).filter(isTest) : [];
  const landed = { state: 'landed', releases: [`v${release}`], ...tests.length === 0 ? {} : { owns: tests } };
  let result = withValue(text, `${here}/lines/${line.name}`, landed);
  if (proposal.docs.length > 0) {
    for (const [other, its] of Object.entries(proposal.lines)) {
      if (other === line.name || !isPlaced(its)) continue;
      result = withValue(result, `${here}/lines/${other}`, { ...its, docs: [...its.docs ?? [], ...proposal.docs] });
    }
    result = withValue(result, `${here}/docs`, []);
  }
  return { text: result, left: leftBy(proposal, result, index) };
}

/**
 * Records in proposals.json that a line leaves out a test, because upstream has
 * one with the same name. If all lines shared it, it is moved to the other
 * lines.
 */
export function recordTaken(text: string, owned: string, line: Line): Recorded {
  const { proposals } = JSON.parse(text) as { proposals: readonly Proposal[] };
  const index = proposals.findIndex((proposal) => filesOf(proposal).has(owned));
  const proposal = proposals[index]!;
  const here = `/proposals/${index}`;
  const without = (list: readonly string[]) => list.filter((file) => file !== owned);
  let result = text;
  if (proposal.owns.includes(owned)) {
    for (const [other, its] of Object.entries(proposal.lines)) {
      if (other === line.name || !isPlaced(its)) continue;
      result = withValue(result, `${here}/lines/${other}`, { ...its, owns: [...its.owns ?? [], owned] });
    }
    result = withValue(result, `${here}/owns`, without(proposal.owns));
  } else {
    const { owns, ...its } = proposal.lines[line.name] as Extract<State, { state: 'landed' }>;
    const kept = without(owns ?? []);
    result = withValue(result, `${here}/lines/${line.name}`, { ...its, ...kept.length > 0 && { owns: kept } });
  }
  return { text: result, left: leftBy(proposal, result, index) };
}
