import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fewAtATime } from '../core/abreast.ts';
import { UserError } from '../core/errors.ts';
import { type Line, loadLines } from '../core/lines.ts';
import { root, shown } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { columns } from '../core/table.ts';
import type { Tally } from '../core/tally.ts';
import type { Stage } from './stage.ts';
import { traced } from './strace.ts';

/** Whether an option, or a bound socket, got to the system call that it was for. */
export type Fate = 'yes' | 'late' | 'dropped' | 'throws' | '-';

/** A library of downstream/clients/libraries.mjs. */
interface Entry {
  /** Its package, if the name has more than that. */
  readonly of?: string;
  /** What else a program can do, for the table. */
  readonly text?: string;
}

interface Libraries {
  readonly clients: Readonly<Record<string, Entry>>;
  readonly servers: Readonly<Record<string, Entry>>;
  readonly datagramLibraries: Readonly<Record<string, Entry>>;
}

/** The results for a library. */
export interface Library {
  /** With its version. */
  readonly name: string;
  readonly text: string | undefined;
  readonly options: Fate;
  readonly handle: Fate;
  readonly wayOptions: Fate;
  readonly wayHandle: Fate;
  readonly channel: Fate;
}

/** The values in downstream/clients/given.cjs, as strace prints them. */
const OPTION = /^setsockopt\((\d+), (?:SOL_TCP, TCP_USER_TIMEOUT, \[4321\]|SOL_SOCKET, SO_RCVBUF, \[43210\]), 4\) += 0/;
const BIND = /^bind\((\d+), .*inet_addr\("127\.0\.0\.9"\).* += 0/;

/** What the option or the bound socket has to be there for. */
const USES = {
  clients: /^connect\((\d+), \{sa_family=AF_INET/,
  servers: /^listen\((\d+), /,
  datagramLibraries: /^(?:bind|sendto|sendmsg)\((\d+), /,
} as const;
type Kind = keyof typeof USES;

const ORDER: readonly Fate[] = ['yes', 'late', 'throws', 'dropped'];
const bestOf = (fates: readonly Fate[]): Fate => ORDER.find((fate) => fates.includes(fate)) ?? 'dropped';

/**
 * Tells from the system calls of a thread what became of an option or a bound socket.
 * @param threw whether the library threw something
 */
export function fateOf(trace: string, kind: Kind, what: 'socketOptions' | 'handle', threw: boolean): Fate {
  const lines = trace.split('\n');
  const given = what === 'socketOptions' ? OPTION : BIND;
  const fates = lines.flatMap((text, at): readonly Fate[] => {
    const fd = given.exec(text)?.[1];
    if (fd === undefined) return [];
    // The number may have belonged to another socket before, and may again.
    const isOpening = (line: string) => /^(?:socket|accept4)\(/.test(line) && line.endsWith(`= ${fd}`);
    const from = lines.slice(0, at).findLastIndex(isOpening) + 1;
    const next = lines.findIndex((line, index) => index > at && isOpening(line));
    const used = lines.slice(0, next < 0 ? undefined : next)
      .findIndex((line, index) => index >= from && USES[kind].exec(line)?.[1] === fd);
    return used < 0 ? [] : [at < used ? 'yes' : 'late'];
  });
  return bestOf([...fates, threw ? 'throws' : 'dropped']);
}

/** Tries a library in one way. */
async function attempt(
  stage: Stage,
  kind: Kind,
  args: readonly string[],
  what: 'socketOptions' | 'handle',
): Promise<Fate> {
  const preload = args.length === 2 ? ['--require', stage.file('clients', 'channels.cjs')] : [];
  const program = ['timeout', '20', stage.node, '--no-warnings', ...preload, stage.file('clients', 'try.mjs'), ...args];
  const { result, threads } = await traced(program, '%network', { accept: 'any' });
  if (result.code !== 0) {
    throw new UserError(`${args.join(' ')}: the program neither connected nor listened, nor threw an error`,
                        'run again when the machine is less busy');
  }
  const threw = result.stdout.includes('{"threw":');
  return bestOf(threads.map((thread) => fateOf(thread, kind, what, threw)));
}

async function tryLibrary(stage: Stage, kind: Kind, name: string, { of = name, text }: Entry): Promise<Library> {
  const { version } = JSON.parse(await readFile(stage.file('node_modules', of, 'package.json'), 'utf8')) as { version: string };
  const hasHandle = kind !== 'datagramLibraries';
  return {
    name: `${of} ${version}${name.slice(of.length)}`,
    text,
    options: await attempt(stage, kind, [name, 'options', 'socketOptions'], 'socketOptions'),
    handle: hasHandle ? await attempt(stage, kind, [name, 'options', 'handle'], 'handle') : '-',
    wayOptions: text === undefined ? '-' : await attempt(stage, kind, [name, 'way', 'socketOptions'], 'socketOptions'),
    wayHandle: text === undefined || !hasHandle ? '-' : await attempt(stage, kind, [name, 'way', 'handle'], 'handle'),
    channel: await attempt(stage, kind, [name, 'options'], 'socketOptions'),
  };
}

/** Whether a program can reach the kernel in time. */
export const hasWay = ({ options, wayOptions, channel }: Library): boolean => [options, wayOptions, channel].includes('yes');

/** The table to print. */
export const clientsTable = (libraries: readonly Library[]): readonly string[] => columns([
  ['a library', 'socketOptions', 'handle', 'otherwise', 'with handle', 'by a channel'],
  ...libraries.map(({ name, options, handle, wayOptions, wayHandle, channel }) =>
    [name, options, handle, wayOptions, wayHandle, channel]),
]);

/** The table of the guide. */
export function guideTable(libraries: readonly Library[]): string {
  const otherwise = ({ text, wayOptions, wayHandle }: Library) => {
    if (text === undefined || wayOptions !== 'yes') return '';
    return wayHandle === 'yes' ? `${text}, and the same with \`handle\`` : text;
  };
  const rows = [
    ['Library', '`socketOptions`', '`handle`', 'Channel', 'Otherwise'],
    ...libraries.map((library) =>
      [library.name, library.options, library.handle, library.channel, otherwise(library)]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const [head, ...rest] = rows.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}

const GUIDE = path.join(root, 'doc-api', 'guide.md');
const PLACE = /(?<=<!-- clients -->\n\n)[^]*?(?=\n\n<!-- \/clients -->)/;

/** Puts the table into the guide. Returns whether it was there. */
async function updateGuide(table: string): Promise<boolean> {
  const guide = await readFile(GUIDE, 'utf8');
  if (PLACE.exec(guide)?.[0] === table) return true;
  await writeFile(GUIDE, guide.replace(PLACE, () => table));
  return false;
}

/**
 * Gives socket options and bound sockets to libraries from npm, and sees with strace what
 * comes of them. The guide has the table for the default line.
 */
export async function clients(line: Line, stage: Stage): Promise<Tally & { did: string }> {
  const libraries = await import(pathToFileURL(stage.file('clients', 'libraries.mjs')).href) as Libraries;
  const all = (Object.keys(USES) as Kind[])
    .flatMap((kind) => Object.entries(libraries[kind]).map(([name, entry]) => ({ kind, name, entry })));
  const tried = await fewAtATime(all, availableParallelism(),
                                 ({ kind, name, entry }) => tryLibrary(stage, kind, name, entry));
  for (const row of clientsTable(tried)) say(row);
  const without = tried.filter((library) => !hasWay(library));
  for (const { name } of without) say(`FAILED ${name}: no way to set an option in time`);
  const isDefault = line.name === loadLines().default;
  const isSame = !isDefault || await updateGuide(guideTable(tried));
  if (!isSame) say(`FAILED the table in ${shown(GUIDE)} was another one; it has been written anew`);
  return {
    did: `${tried.length - without.length} of ${tried.length} libraries can be reached`,
    passed: tried.length - without.length,
    failed: without.length + (isSame ? 0 : 1),
  };
}
