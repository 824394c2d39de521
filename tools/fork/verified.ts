import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { type Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import { inputsOf } from './inputs.ts';

/** What `make check` shows of a line whose source is not here. */
export const LIB_ALONE = 'lib/ alone, C++ unverified';

/** What a run has shown of a line. */
export type How =
  { readonly level: 'built and tested' | typeof LIB_ALONE; readonly passed: number } |
  { readonly level: 'applied only' };

/** The record of the last run that showed something of a line. */
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
 * Records what a run has shown of a line. That its hooks apply is no news
 * where the same was tested already, and a tree that is taken as it is may be
 * another than what the project's files make.
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
