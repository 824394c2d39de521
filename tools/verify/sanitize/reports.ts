import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** Something that a sanitizer has found. */
export interface Finding {
  /** What it is and where, in one line. */
  readonly what: string;
  /** The log with the full report. */
  readonly log: string;
}

/** A stack frame, as the sanitizers print it. */
interface Frame {
  readonly name: string;
  /** The source file and line, or the file and offset for a module without debug information. */
  readonly place: string;
}

function framesOf(stack: string): readonly Frame[] {
  return [...stack.matchAll(/^ *#\d+ 0x[\da-f]+ (?:in (.*?) )?(?:\(([^()\s]+\+0x[\da-f]+)\)|(\S+:\d+(?::\d+)?))(?: \(BuildId: \w+\))?$/gm)]
    .map(([, name, module, source]) => ({ name: name ?? '', place: module ?? source! }));
}

/** The sanitizers' own functions, and those of the C++ library that allocate for others. */
const ALLOCATOR = /\/libsanitizer\/|\/include\/c\+\+\//;

/**
 * Whether memory was allocated by instrumented code: going outwards, it comes before any
 * frame of Node's own library. Anything in between, such as libuv, allocates for its
 * caller.
 */
function isOurs({ place }: Frame): boolean {
  return /\.(cc|h):\d+/.test(place) && !ALLOCATOR.test(place);
}

const isLibrary = ({ place }: Frame) => /\/libnode\.so/.test(place);

/** The leaks in a report whose memory was allocated by our own code. */
function leaks(text: string): readonly string[] {
  const stacks = text.matchAll(/^(?:Direct|Indirect) leak of .* allocated from:\n((?: *#\d+ .*\n?)+)/gm);
  return [...stacks].flatMap(([, stack]) => {
    const frame = framesOf(stack!).find((candidate) => isOurs(candidate) || isLibrary(candidate));
    return frame === undefined || isLibrary(frame) ? [] : [`leak of what is allocated at ${frame.place} in ${frame.name}`];
  });
}

/**
 * Each of these lines is a finding: summaries except that of leaks, and the errors of
 * UBSan, which has no summary.
 */
const FOUND = /^SUMMARY: \w+Sanitizer: (?!\d+ byte\(s\) leaked).*$|^.*: runtime error: .*$/gm;

/** What a sanitizer prints if it fails itself. */
const BROKEN = /^.*(?:FATAL: \w+Sanitizer|has encountered a fatal error|Sanitizer: CHECK failed).*$/gm;

/** The beginning of a report, which may be all there is if the process was killed. */
const BEGUN = /^.*(?:ERROR|WARNING): \w+Sanitizer: (?!detected memory leaks).*$/gm;

/**
 * What the sanitizers have found, from their output. Leaks of Node's library are left
 * out, since it frees some memory only by exiting.
 */
export function findings(text: string): readonly string[] {
  const whole = [FOUND, BROKEN].flatMap((pattern) => text.match(pattern) ?? []);
  const lines = whole.length > 0 ? whole : text.match(BEGUN) ?? [];
  return [...new Set([...lines.map((line) => line.replace(/^SUMMARY: /, '')), ...leaks(text)])];
}

/** The logs that processes have left in a folder. */
async function logsIn(folder: string, prefix: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.startsWith(prefix)).sort().map((name) => path.join(folder, name));
}

/** Removes everything that was found so far. */
export async function removeReports(folder: string, prefix: string): Promise<void> {
  for (const log of await logsIn(folder, prefix)) await rm(log);
}

/** What the processes of a run have left in a folder, each finding once. */
export async function findingsIn(folder: string, prefix: string): Promise<readonly Finding[]> {
  const found = new Map<string, Finding>();
  for (const log of await logsIn(folder, prefix)) {
    for (const what of findings(await readFile(log, 'utf8'))) {
      if (!found.has(what)) found.set(what, { what, log });
    }
  }
  return [...found.values()];
}
