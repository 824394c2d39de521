import path from 'node:path';
import { suiteVersion } from '../base/lock-make.ts';
import { lastOf, lockedOf, publishedReleases, variantFor } from '../base/releases.ts';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { linePaths, out } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import type { Tally } from '../core/tally.ts';
import { inputsOf } from '../fork/inputs.ts';

/** A version that somebody has, and when they said so. */
interface Seen {
  readonly version: string;
  readonly asked: string;
}

/** Who has newer versions of a line. */
type Where = 'suite' | 'published';

/** What there is of a line that is newer than its base. */
export interface Newest extends Readonly<Record<Where, Seen | null>> {
  /** The version of the base that the project names. */
  readonly locked: string | null;
  /** Whether `make check` found nothing amiss on the newest release; null where that is not known. */
  readonly ready: boolean | null;
  /** When, and how many tests passed; what is to be done where it is not ready. */
  readonly details: string;
}

/** What `make check` has shown of a line's newest release. */
interface Tried extends Pick<Tally, 'passed' | 'failed'> {
  readonly version: string;
  readonly date: string;
  /** A hash of the patches and of the proposals' files. */
  readonly inputs: string;
}

type Recorded = Readonly<Record<string, Readonly<Partial<Record<Where, Seen>>>>>;

const seen = path.join(out, 'newest.json');

const recordOf = (line: Line) => path.join(linePaths(line.name).dir, 'newest.json');

/** Records what `make check` has shown of a line's newest release. */
export async function recordNewest(line: Line, version: string, { passed, failed }: Tally): Promise<void> {
  const inputs = inputsOf(variantFor(line, version));
  const tried: Tried = { version, date: new Date().toISOString(), passed, failed, inputs };
  await writeRecord(recordOf(line), tried);
}

/** Whether the hooks are ready for a release, and what tells. */
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

/** Nothing new from who does not answer. */
function lastWord(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

/** Asks what there is, and keeps the answers; who does not answer is taken at their last word. */
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

/** What there is of each line that is newer than its base, and whether its hooks are ready for it. */
export async function newestOf(lines: readonly Line[]): Promise<ReadonlyMap<string, Newest>> {
  const known = await ask(lines);
  const entries = lines.map(async (line) => {
    const { suite = null, published = null } = known[line.name] ?? {};
    const readiness = await readinessOf(line, published?.version);
    return [line.name, { locked: lockedOf(line), suite, published, ...readiness }] as const;
  });
  return new Map(await Promise.all(entries));
}

/** A version in words; with its day, where that is not today. */
export function seenText(version: Seen | null, today = new Date().toISOString().slice(0, 10)): string {
  if (version === null) return 'unknown';
  const day = version.asked.slice(0, 10);
  return day === today ? version.version : `${version.version} (as of ${day})`;
}
