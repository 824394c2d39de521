import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { type Placed, proposalsOn } from '../core/proposals.ts';
import { step } from '../core/report.ts';
import { columns } from '../core/table.ts';
import { type NeedFault, needFaults } from '../fork/needs.ts';
import { addedBy } from './branch.ts';
import { pr, requireNeeds } from './pr.ts';
import type { Proof, Prover } from './prove.ts';

/** What became of a proposal. */
interface Row {
  readonly name: string;
  readonly needs: readonly string[];
  /** The lines that it adds outside tests and documents, if there is a branch to count them on. */
  readonly lines: number | undefined;
  readonly proof: Proof | undefined;
  readonly seconds: number;
  /** What is wrong with it. */
  readonly fault: string | undefined;
}

/** The table of what became of a line's proposals. */
export function tableOf(rows: readonly Row[]): string {
  const figures = columns([
    ['proposal', 'needs', 'lines', 'tests', 'upstream', 'seconds'],
    ...rows.map(({ name, needs, lines, proof, seconds }) =>
      [name, needs.join(' ') || '-', `${lines ?? '-'}`, `${proof?.own ?? '-'}`, `${proof?.upstream ?? '-'}`, `${seconds}`]),
  ], 2);
  const faults = ['', ...rows.map(({ fault }) => (fault === undefined ? '' : `  ${fault}`))];
  return figures.map((text, index) => `${text}${faults[index]}\n`).join('');
}

async function rowOf(
  line: Line,
  base: BaseRecord,
  { proposal: { name } }: Placed,
  prove: Prover,
  faults: readonly NeedFault[],
): Promise<Omit<Row, 'needs'>> {
  const from = performance.now();
  let lines: number | undefined;
  let proof: Proof | undefined;
  let fault: string | undefined;
  try {
    requireNeeds(line, name, faults);
    await step(name, () => pr(line, base, name, async (branch, placed) => {
      lines = await addedBy(branch);
      proof = await prove(branch, placed);
      return proof;
    }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    fault = error.message;
    process.stdout.write(`FAILED ${fault}\n`);
  }
  // What was proved before took its time then.
  const seconds = proof?.seconds ?? Math.round((performance.now() - from) / 1000);
  return { name, lines, proof, seconds, fault };
}

/**
 * Makes and proves a branch for each proposal of a line, and prints a table.
 * @throws UserError with the number of those that failed, after all have been tried
 */
export async function prs(line: Line, base: BaseRecord, prove: Prover): Promise<void> {
  const placed = proposalsOn(line);
  const known = new Set(placed.map(({ proposal }) => proposal.name));
  const faults = needFaults(line);
  const rows: Row[] = [];
  for (const one of placed) {
    const needs = (one.proposal.needs ?? []).filter((name) => known.has(name));
    rows.push({ ...await rowOf(line, base, one, prove, faults), needs });
  }
  process.stdout.write(tableOf(rows));
  const failed = rows.filter(({ fault }) => fault !== undefined);
  if (failed.length === 0) return;
  throw new UserError(`${failed.length} of ${rows.length} proposals failed`,
                      'the last column says why; correct them and run again: what was proved is kept');
}
