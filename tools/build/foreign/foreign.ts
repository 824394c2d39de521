import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, root, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run, type RunOptions } from '../../core/run.ts';
import { triplet } from '../../core/system.ts';
import { type Tally, total } from '../../core/tally.ts';
import { addonArguments, addonSources } from '../addon.ts';
import type { Unit } from '../relink-graph.ts';
import { build } from '../relink.ts';
import { constantsOfSource } from './constants.ts';

/** The libraries whose headers Node includes. The C library's headers come with the compiler. */
const LIBRARIES = [
  'ada', 'ada.h', 'ares.h', 'ares_build.h', 'ares_dns.h', 'ares_dns_record.h', 'ares_nameser.h', 'ares_version.h',
  'brotli', 'hdr', 'llhttp.h', 'nghttp2', 'simdjson.h', 'simdutf', 'simdutf.h', 'sqlite3.h', 'unicode', 'uv', 'uv.h',
  'zconf.h', 'zdict.h', 'zlib.h', 'zstd.h', 'zstd_errors.h',
];

/** Subfolders of a system's folder, for the headers of the libraries, for empty headers and for the addon. */
const INCLUDE = 'include';
const ABSENT = 'absent';
const ADDON = 'addon';

/** Patterns of option names that src/socket_option_list.h leaves out, and the reasons. */
export type LeftOut = readonly (readonly [RegExp, string])[];

/** A system or architecture that our C++ is compiled for but not run on. */
export interface Foreign {
  /** The name of its folder below the line's, and the prefix of its logs. */
  readonly name: string;
  /** A compiler that comes with the system's own headers. */
  readonly compiler: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** What Node and libuv define on it. */
  readonly defines: readonly string[];
  /** Names, without -D, that the line's own build defines and this one must not. */
  readonly undefines: RegExp;
  /**
   * Headers that the compiler does not have. They are replaced with empty ones,
   * so that only using their content is an error.
   */
  readonly absent?: readonly string[];
  /**
   * How the addon is linked, on a system where the names that are the binary's can be left
   * to it, and the compiler gives them the same symbols.
   */
  readonly addonLink?: readonly string[];
  /**
   * How to compare our list of options with the system's headers.
   */
  readonly options?: {
    /** The system's name in messages. */
    readonly system: string;
    /** What src/socket_constants.cc defines and includes before it looks for names. */
    readonly headers: string;
    readonly leftOut: LeftOut;
  };
}

/**
 * A unit's compile command for the system: its own defines and folders, without
 * those specific to this one.
 * @param folder the folder of the libraries' headers and the empty ones
 */
export function foreignArguments(
  { defines, undefines, absent }: Pick<Foreign, 'defines' | 'undefines' | 'absent'>,
  unit: Unit,
  folder: string,
): readonly string[] {
  const words = [...unit.command.matchAll(/'[^']*'|\S+/g)].map(([word]) => word.replace(/^'|'$/g, ''));
  const kept = words.filter((word) => word.startsWith('-D') && !undefines.test(word.slice(2).replace(/=.*/s, '')));
  // An absolute path is in the sysroot, which has another system's C library.
  const folders = words.filter((word) => word.startsWith('-I') && !word.startsWith('-I/'));
  const standard = words.filter((word) => /^-(std=|fno-(rtti|exceptions)$)/.test(word));
  const last = absent === undefined ? [] : ['-idirafter', path.join(folder, ABSENT)];
  return [...defines.map((name) => `-D${name}`), ...kept, `-I${path.join(folder, INCLUDE)}`, ...folders, ...last, ...standard];
}

/**
 * The option names in the output of `-dM -E` that are neither in our list nor
 * left out for a reason.
 * @param macros the output of the preprocessor
 */
export function unknownNames(macros: string, known: ReadonlySet<string>, leftOut: LeftOut): readonly string[] {
  const names = [...macros.matchAll(/^#define ((?:SO|TCP|IP|IPV6|UDP)_[A-Z0-9_]+) \S/gm)].map(([, name]) => name!);
  return names.filter((name) => !known.has(name) && !leftOut.some(([pattern]) => pattern.test(name))).sort();
}

/** The rows of our list in preprocessed source: the names, each with the number that the system gives it. */
export function definedNames(preprocessed: string): ReadonlyMap<string, string> {
  const rows = preprocessed.replaceAll(/^#.*$/gm, '').matchAll(/\{\s*"((?:SOL|SO|IPPROTO|TCP|IP|IPV6|UDP)_\w+)",([^{}]+)\}/g);
  return new Map([...rows].map(([, name, fields]) => [name!, fields!.split(',')[1]?.trim() ?? '']));
}

/** The rows that state a number other than that of the system's headers. */
export function wrongNumbers(macros: string, defined: ReadonlyMap<string, string>): readonly string[] {
  const numbers = [...macros.matchAll(/^#define (\w+) (\d+|0x[0-9a-fA-F]+)$/gm)];
  return numbers.filter(([, name, number]) => /^(\d|0x)/.test(defined.get(name!) ?? '') && Number(defined.get(name!)) !== Number(number))
    .map(([, name]) => name!);
}

/** The folder of a system, below the line's. */
const folderOf = (line: Line, { name }: Foreign) => path.join(linePaths(line.name).dir, name);

/**
 * Links the headers of the libraries into a folder that has nothing else, and
 * creates the empty ones.
 */
async function prepareHeaders(line: Line, foreign: Foreign): Promise<void> {
  const headers = path.join(folderOf(line, foreign), INCLUDE);
  const { sysroot } = linePaths(line.name);
  const include = path.join(sysroot, 'usr', 'include');
  const place = await triplet();
  await rm(headers, { recursive: true, force: true });
  await mkdir(path.join(headers, 'openssl'), { recursive: true });
  for (const name of LIBRARIES.filter((entry) => existsSync(path.join(include, entry)))) {
    await symlink(path.join(include, name), path.join(headers, name));
  }
  // Debian keeps architecture-dependent headers in a separate folder.
  const parts = [path.join(include, 'openssl'), path.join(include, place, 'openssl')];
  await run('cp', ['-rs', ...parts.map((part) => `${part}/.`), path.join(headers, 'openssl')]);
  for (const name of foreign.absent ?? []) {
    const file = path.join(folderOf(line, foreign), ABSENT, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, '');
  }
}

/** Our units, and those units of Node that have hooks. */
export async function foreignUnits(line: Line, base: BaseRecord): Promise<readonly Unit[]> {
  const { units } = await build(line, base);
  // node_builtins.cc is only compiled again because of the text it contains.
  return units.filter(({ file }) => file.startsWith('src/') && file !== 'src/node_builtins.cc');
}

/** Runs the system's compiler in the folder where the line's own compiler runs. */
const compile = (
  line: Line,
  { compiler: [program, ...args], env = {} }: Foreign,
  more: readonly string[],
  options: RunOptions = {},
) => run(program, [...args, ...more], { cwd: linePaths(line.name).release, env, ...options });

/** Compiles the units. Warnings are errors in ours. Returns the names of those that failed. */
async function compileUnits(line: Line, foreign: Foreign, units: readonly Unit[]): Promise<readonly string[]> {
  const { logs } = linePaths(line.name);
  const folder = folderOf(line, foreign);
  const failed: string[] = [];
  for (const unit of units) {
    const name = path.basename(unit.file);
    const ours = existsSync(path.join(root, unit.file));
    const args = [...foreignArguments(foreign, unit, folder), '-Wall', '-Wextra', '-Wno-unused-parameter', '-O1',
                  ...ours ? ['-Werror'] : [], '-c', `../../${unit.file}`, '-o', path.join(folder, `${name}.obj`)];
    const log = path.join(logs, `${foreign.name}-${name}.log`);
    const { code } = await compile(line, foreign, args, { log, accept: 'any' });
    if (code === 0) continue;
    failed.push(name);
    say(`FAILED ${name} (log: ${shown(log)})`);
  }
  return failed;
}

/** Checks that our list has the options in the system's headers. */
async function compareNames(
  line: Line,
  foreign: Foreign,
  { system, headers, leftOut }: NonNullable<Foreign['options']>,
  units: readonly Unit[],
): Promise<Tally> {
  const unit = units.find(({ file }) => file === 'src/socket_constants.cc');
  if (unit === undefined) throw new UserError(`${line.name} does not compile src/socket_constants.cc`, 'check proposals.json');
  const source = await compile(line, foreign, ['-E', ...foreignArguments(foreign, unit, folderOf(line, foreign)), `../../${unit.file}`]);
  const defines = foreign.defines.map((name) => `-D${name}`);
  const macros = await compile(line, foreign, ['-E', '-dM', ...defines, '-x', 'c++', '-'], { input: headers });
  const defined = definedNames(source.stdout);
  const unknown = unknownNames(macros.stdout, new Set(defined.keys()), leftOut);
  for (const name of unknown) say(`FAILED src/socket_option_list.h has no ${name}, which the headers of ${system} name`);
  const wrong = wrongNumbers(macros.stdout, defined);
  for (const name of wrong) say(`FAILED src/socket_option_list.h has another number for ${name} than the headers of ${system}`);
  const declared = constantsOfSource();
  const missing = [...declared].filter(([name, { optional }]) => !optional && !defined.has(name)).map(([name]) => name);
  for (const name of missing) say(`FAILED the headers of ${system} lack ${name}, which typings/ declares for every system`);
  const has = [...declared.keys()].filter((name) => defined.has(name));
  say(`net.constants has ${has.length} of ${declared.size} names there`);
  return { passed: defined.size, failed: unknown.length + wrong.length + missing.length };
}

/**
 * Compiles our C++ as a native addon for the system, against the public headers of the
 * line's release alone, and links it where that can be done. A warning is an error.
 */
async function compileAddon(line: Line, foreign: Foreign, { version }: BaseRecord): Promise<Tally & { did: string }> {
  const { logs } = linePaths(line.name);
  const folder = path.join(folderOf(line, foreign), ADDON);
  await mkdir(folder, { recursive: true });
  const options = [...foreign.defines.map((name) => `-D${name}`), ...await addonArguments(nodeVersion(version))];
  const sources = addonSources();
  const objects: string[] = [];
  for (const source of sources) {
    const name = path.basename(source);
    const object = path.join(folder, `${name}.obj`);
    const log = path.join(logs, `${foreign.name}-addon-${name}.log`);
    const { code } = await compile(line, foreign, [...options, '-c', source, '-o', object], { log, accept: 'any' });
    if (code === 0) objects.push(object);
    else say(`FAILED ${shown(source)} of the addon (log: ${shown(log)})`);
  }
  const failed = sources.length - objects.length;
  const did = `the addon: ${objects.length} of ${sources.length} files compiled`;
  if (foreign.addonLink === undefined || failed > 0) return { did, passed: objects.length, failed };
  const log = path.join(logs, `${foreign.name}-addon.log`);
  const { code } = await compile(line, foreign, [...foreign.addonLink, ...objects, '-o', path.join(folder, 'bindery.node')],
                                 { log, accept: 'any' });
  if (code !== 0) say(`FAILED to link the addon (log: ${shown(log)})`);
  return { did: `${did}, ${code === 0 ? 'and linked' : 'not linked'}`, passed: objects.length + (code === 0 ? 1 : 0), failed: code === 0 ? 0 : 1 };
}

/**
 * Compiles the given units for another system, against the headers of libuv,
 * Node and that system, and our C++ as an addon. Nothing is run.
 */
export async function compileForeign(
  line: Line,
  foreign: Foreign,
  base: BaseRecord,
  units: readonly Unit[],
): Promise<Tally & { did: string }> {
  await prepareHeaders(line, foreign);
  const failed = await compileUnits(line, foreign, units);
  const passed = units.length - failed.length;
  const { options } = foreign;
  const names = options === undefined ? { passed: 0, failed: 0 } : await compareNames(line, foreign, options, units);
  const addon = await compileAddon(line, foreign, base);
  return {
    did: `${passed} of ${units.length} units compiled, none linked; ${addon.did}; nothing run`,
    ...total([{ passed, failed: failed.length }, names, addon]),
  };
}
