import path from 'node:path';
import { suiteVersion } from '../base/make-lock.ts';
import { lastOf, lockedOf, publishedReleases, variantFor } from '../base/releases.ts';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { linePaths, out } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import type { Tally } from '../core/tally.ts';
import { inputsOf } from '../fork/inputs.ts';

/** A version that a source has, and when it reported it. */
interface Seen {
  readonly version: string;
  readonly asked: string;
}

/** The sources of newer versions of a line. */
type Where = 'suite' | 'published';

/** What is newer than a line's base. */
export interface Newest extends Readonly<Record<Where, Seen | null>> {
  /** The version of the base that the project pins. */
  readonly locked: string | null;
  /** Whether `make check` passes on the newest release; null if that is not known. */
  readonly ready: boolean | null;
  /** When it passed and with how many tests, or what to do if it is not ready. */
  readonly details: string;
}

/** The result of `make check` on a line's newest release. */
interface Tried extends Pick<Tally, 'passed' | 'failed'> {
  readonly version: string;
  readonly date: string;
  /** A hash of the patches and of the proposals' files. */
  readonly inputs: string;
}

type Recorded = Readonly<Record<string, Readonly<Partial<Record<Where, Seen>>>>>;

const seen = path.join(out, 'newest.json');

const recordOf = (line: Line) => path.join(linePaths(line.name).dir, 'newest.json');

/** Records the result of `make check` on a line's newest release. */
export async function recordNewest(line: Line, version: string, { passed, failed }: Tally): Promise<void> {
  const inputs = inputsOf(variantFor(line, version));
  const tried: Tried = { version, date: new Date().toISOString(), passed, failed, inputs };
  await writeRecord(recordOf(line), tried);
}

/** Whether the hooks are ready for a release, and the evidence for it. */
async function readinessOf(line: Line, version: string | undefined): Promise<Pick<Newest, 'ready' | 'details'>> {
  if (version === undefined) return { ready: null, details: 'unknown' };
  const tried = await readRecord<Tried>(recordOf(line), '`make check`');
  const variant = variantFor(line, version);
  if (tried?.version !== version || tried.inputs !== inputsOf(variant)) {
    return { ready: null, details: `not verified, run \`make check LINE=${line.name}\`` };
  }
  const date = tried.date.slice(0, 10);
  if (tried.failed > 0) return { ready: false, details: `not ready, ${tried.failed} failed on ${date}` };
  const hooks = variant.isNext ? ', with the hooks kept for it' : '';
  return { ready: true, details: `ready, ${tried.passed} passed on ${date}${hooks}` };
}

/** A source that does not answer has nothing new. */
function lastWord(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

/**
 * Asks the sources and records their answers. For one that does not answer, the last
 * recorded answer is used.
 */
async function ask(lines: readonly Line[]): Promise<Recorded> {
  const known = await readRecord<Recorded>(seen, '`make status`') ?? {};
  const releases = await publishedReleases({ patient: false }).catch(lastWord) ?? [];
  const asked = new Date().toISOString();
  const answers = await Promise.all(lines.map(async (line) => {
    const published = lastOf(line, releases);
    const suite = isLinked(line) ? await suiteVersion(line).catch(lastWord) : undefined;
    return [line.name, {
      ...known[line.name],
      ...published !== undefined && { published: { version: published, asked } },
      ...suite !== undefined && { suite: { version: suite, asked } },
    }] as const;
  }));
  const all = { ...known, ...Object.fromEntries(answers) };
  await writeRecord(seen, all);
  return all;
}

/** What is newer than each line's base, and whether the hooks are ready for it. */
export async function newestOf(lines: readonly Line[]): Promise<ReadonlyMap<string, Newest>> {
  const known = await ask(lines);
  const entries = lines.map(async (line) => {
    const { suite = null, published = null } = known[line.name] ?? {};
    const readiness = await readinessOf(line, published?.version);
    return [line.name, { locked: lockedOf(line), suite, published, ...readiness }] as const;
  });
  return new Map(await Promise.all(entries));
}

/** A version as text, with its date unless that is today. */
export function seenText(version: Seen | null, today = new Date().toISOString().slice(0, 10)): string {
  if (version === null) return 'unknown';
  const day = version.asked.slice(0, 10);
  return day === today ? version.version : `${version.version} (as of ${day})`;
}
