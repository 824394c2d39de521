import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** Something that a sanitizer has found. */
export interface Finding {
  /** What it is and where, in one line. */
  readonly what: string;
  /** The log that has all of it. */
  readonly log: string;
}

/** A frame of a stack, as the sanitizers print it. */
interface Frame {
  readonly name: string;
  /** The source file and line, or the file and offset of a module without debug information. */
  readonly place: string;
}

function framesOf(stack: string): readonly Frame[] {
  return [...stack.matchAll(/^ *#\d+ 0x[\da-f]+ (?:in (.*?) )?(?:\(([^()\s]+\+0x[\da-f]+)\)|(\S+:\d+(?::\d+)?))(?: \(BuildId: \w+\))?$/gm)]
    .map(([, name, module, source]) => ({ name: name ?? '', place: module ?? source! }));
}

/** The sanitizers' own functions, and those of the C++ library that allocate for others. */
const ALLOCATOR = /\/libsanitizer\/|\/include\/c\+\+\//;

/**
 * Whether memory was allocated by code that the compiler watched: going
 * outwards, that comes before any of Node's own library. What else lies
 * between, such as libuv, allocates for its caller.
 */
function isOurs({ place }: Frame): boolean {
  return /\.(cc|h):\d+/.test(place) && !ALLOCATOR.test(place);
}

const isLibrary = ({ place }: Frame) => /\/libnode\.so/.test(place);

/** The leaks in a report whose memory our own code has allocated. */
function leaks(text: string): readonly string[] {
  const stacks = text.matchAll(/^(?:Direct|Indirect) leak of .* allocated from:\n((?: *#\d+ .*\n?)+)/gm);
  return [...stacks].flatMap(([, stack]) => {
    const frame = framesOf(stack!).find((candidate) => isOurs(candidate) || isLibrary(candidate));
    return frame === undefined || isLibrary(frame) ? [] : [`leak of what is allocated at ${frame.place} in ${frame.name}`];
  });
}

/** Lines that are a finding each: summaries but that of leaks, and UBSan's, which has none. */
const FOUND = /^SUMMARY: \w+Sanitizer: (?!\d+ byte\(s\) leaked).*$|^.*: runtime error: .*$/gm;

/** What a sanitizer says where it fails itself. */
const BROKEN = /^.*(?:FATAL: \w+Sanitizer|has encountered a fatal error|Sanitizer: CHECK failed).*$/gm;

/** How a report begins, which may be all there is of it where the process was killed. */
const BEGUN = /^.*(?:ERROR|WARNING): \w+Sanitizer: (?!detected memory leaks).*$/gm;

/**
 * What the sanitizers have found, by what they print. Leaks of Node's library
 * are left out: it lets go of some memory only by ending.
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

/** Forgets what was found so far. */
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
