import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { type Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import { inputsOf } from './inputs.ts';

type OverOfficial = `lib/ and addon on v${number}.x official, hooks of src/ unverified`;

/** What `make check` verifies for a line whose source is not available. */
export const overOfficial = ({ base }: Pick<Line, 'base'>): OverOfficial =>
  `lib/ and addon on v${base.major}.x official, hooks of src/ unverified`;

/** How a line was verified. */
export type How =
  { readonly level: 'built and tested' | OverOfficial; readonly passed: number } |
  { readonly level: 'applied only' };

/** The record of the last run that verified something about a line. */
type Verified = How & {
  readonly date: string;
  /** The base's version. */
  readonly base: string;
  /** A hash of the patches and of the proposals' files. */
  readonly inputs: string;
};

const recordOf = (line: Line) => path.join(linePaths(line.name).dir, 'verified.json');

export const readVerified = (line: Line) => readRecord<Verified>(recordOf(line), '`make test`');

/**
 * Records how a line was verified. A run that only shows that the hooks apply
 * does not replace an earlier test of the same inputs. With KEEP_TREE nothing
 * is recorded, because the tree may differ from what the project's files
 * produce.
 */
export async function recordVerified(line: Line, base: BaseRecord, how: How): Promise<void> {
  if (process.env['KEEP_TREE']) return;
  const inputs = inputsOf(line);
  const known = await readVerified(line);
  const same = known?.base === base.version && known.inputs === inputs;
  if (how.level === 'applied only' && same && known.level !== 'applied only') return;
  const record: Verified = { ...how, date: new Date().toISOString(), base: base.version, inputs };
  await writeRecord(recordOf(line), record);
}
