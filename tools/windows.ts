import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Line } from './config.ts';
import { UserError } from './errors.ts';
import type { BaseRecord } from './fetch.ts';
import { linePaths, root, shown } from './paths.ts';
import { build, type Unit } from './relink.ts';
import { say } from './report.ts';
import { run } from './run.ts';
import type { Tally } from './tap.ts';
import { constantsOfSource } from './types-constants.ts';

/** GCC for Windows, with POSIX threads: the other kind lacks std::mutex. */
const WINDOWS_CXX = 'x86_64-w64-mingw32-g++-posix';

/** The libraries whose headers Node's own include. Those of the C library are mingw's. */
const LIBRARIES = [
  'ada', 'ada.h', 'ares.h', 'ares_build.h', 'ares_dns.h', 'ares_dns_record.h', 'ares_nameser.h', 'ares_version.h',
  'brotli', 'hdr', 'llhttp.h', 'nghttp2', 'simdjson.h', 'simdutf', 'simdutf.h', 'sqlite3.h', 'unicode', 'uv', 'uv.h',
  'zconf.h', 'zdict.h', 'zlib.h', 'zstd.h', 'zstd_errors.h',
];

/** What Node's common.gypi and libuv's headers define where they are built for Windows. */
const DEFINES = ['WIN32', '_WIN32_WINNT=0x0A00', 'NOMINMAX', 'NODE_PLATFORM="win32"'];

/** The headers that src/socket_options.cc has its numbers from there. */
const HEADERS = '#include <winsock2.h>\n#include <ws2tcpip.h>\n';

/** Names in the headers of Windows that net.constants leaves out. */
const LEFT_OUT: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(IP|TCP)_.*(UNSPECIFIED|NO_SYN_RETRANSMISSIONS|DEFAULT)|_ADDRESS_BITS$/, 'values, not options'],
  [/_(HDRINCL|CHECKSUM)$|^UDP_(NOCHECKSUM|CHECKSUM_COVERAGE)$/, 'for raw sockets, or without effect'],
  [/_IFLIST$|_NRT_INTERFACE$|_WFP_|_PROTECTION_LEVEL$|_USER_MTU$|_RECEIVE_BROADCAST$|_ORIGINAL_ARRIVAL_IF$/, 'Windows alone has them, and numbers do'],
  [/^SO_(CONDITIONAL_ACCEPT|GROUP_\w+|MAX_MSG_SIZE|PROTOCOL_INFO[AW]?|DONTLINGER|USELOOPBACK|DEBUG)$|^TCP_EXPEDITED_1122$/, 'Windows alone has them, and numbers do'],
  [/^IPV6_(ADD|DROP)_MEMBERSHIP$/, 'other names of IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP'],
  [/^IP(V6)?_(BLOCK|UNBLOCK)_SOURCE$|^IP(V6)?_(ECN|TCLASS|HOPLIMIT|HOPOPTS|RTHDR|OPTIONS|PKTINFO_EX|RECVDSTADDR|RECVIF|RECVRTHDR)$|^IPV6_PKTINFO$|^IP_RECVTCLASS$/, 'no message of Node\'s carries them'],
];

/** A unit's compile command for Windows: its own defines and folders, less what belongs to this system. */
export function windowsArguments(unit: Unit, libraries: string): readonly string[] {
  const words = [...unit.command.matchAll(/'[^']*'|\S+/g)].map(([word]) => word.replace(/^'|'$/g, ''));
  const defines = words.filter((word) => word.startsWith('-D') && !/^-D(__POSIX__|_FILE_OFFSET_BITS|NODE_PLATFORM|NAPI_EXPERIMENTAL)\b/.test(word));
  // An absolute one is the sysroot's, whose C library is not that of Windows.
  const folders = words.filter((word) => word.startsWith('-I') && !word.startsWith('-I/'));
  const standard = words.filter((word) => /^-(std=|fno-(rtti|exceptions)$)/.test(word));
  return [...DEFINES.map((name) => `-D${name}`), ...defines, `-I${libraries}`, ...folders, ...standard];
}

/**
 * The names of options in the output of `-dM -E` that net.constants neither has
 * nor leaves out for a reason.
 */
export function unknownNames(macros: string, known: ReadonlySet<string>): readonly string[] {
  const names = [...macros.matchAll(/^#define ((?:SO|TCP|IP|IPV6|UDP)_[A-Z0-9_]+) \S/gm)].map(([, name]) => name!);
  return names.filter((name) => !known.has(name) && !LEFT_OUT.some(([pattern]) => pattern.test(name))).sort();
}

/** The names of constants in the preprocessed source, as NODE_DEFINE_CONSTANT spells them. */
export function definedNames(preprocessed: string): ReadonlySet<string> {
  return new Set([...preprocessed.matchAll(/isolate,\s*"((?:SOL|SO|IPPROTO|TCP|IP|IPV6|UDP)_\w+)"/g)].map(([, name]) => name!));
}

/** Links the headers of the libraries into a folder that has nothing else. */
async function linkHeaders(line: Line, folder: string): Promise<void> {
  const { sysroot } = linePaths(line.name);
  const include = path.join(sysroot, 'usr', 'include');
  const triplet = (await run('gcc', ['-dumpmachine'])).stdout.trim();
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, 'openssl'), { recursive: true });
  for (const name of LIBRARIES.filter((entry) => existsSync(path.join(include, entry)))) {
    await symlink(path.join(include, name), path.join(folder, name));
  }
  // Debian keeps what depends on the processor apart.
  const parts = [path.join(include, 'openssl'), path.join(include, triplet, 'openssl')];
  await run('cp', ['-rs', ...parts.map((part) => `${part}/.`), path.join(folder, 'openssl')]);
}

/**
 * Compiles for Windows our C++ and the units of Node that our hooks are in,
 * against libuv's and Node's headers, and looks whether net.constants has the
 * options that the headers of Windows name. Nothing is linked or run.
 */
export async function windows(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const { dir, release, logs } = linePaths(line.name);
  const { units } = await build(line, base);
  const folder = path.join(dir, 'windows');
  const headers = path.join(folder, 'include');
  await linkHeaders(line, headers);
  // node_builtins.cc is only compiled anew, for the text that it holds.
  const chosen = units.filter(({ file }) => file.startsWith('src/') && file !== 'src/node_builtins.cc');
  let passed = 0;
  const failed: string[] = [];
  for (const unit of chosen) {
    const name = path.basename(unit.file);
    const ours = existsSync(path.join(root, unit.file));
    const args = [...windowsArguments(unit, headers), '-Wall', '-Wextra', '-Wno-unused-parameter', '-O1',
                  ...ours ? ['-Werror'] : [], '-c', `../../${unit.file}`, '-o', path.join(folder, `${name}.obj`)];
    const log = path.join(logs, `windows-${name}.log`);
    const { code } = await run(WINDOWS_CXX, args, { cwd: release, log, accept: 'any' });
    if (code === 0) {
      passed++;
      continue;
    }
    failed.push(name);
    say(`FAILED ${name} (log: ${shown(log)})`);
  }
  const options = units.find(({ file }) => file === 'src/socket_options.cc');
  if (options === undefined) throw new UserError(`${line.name} does not compile src/socket_options.cc`, 'check proposals.json');
  const preprocess = (args: readonly string[], input?: string) =>
    run(WINDOWS_CXX, ['-E', ...args], { cwd: release, ...(input === undefined ? {} : { input }) });
  const source = await preprocess([...windowsArguments(options, headers), `../../${options.file}`]);
  const macros = await preprocess(['-dM', '-D_WIN32_WINNT=0x0A00', '-x', 'c++', '-'], HEADERS);
  const defined = definedNames(source.stdout);
  const unknown = unknownNames(macros.stdout, defined);
  for (const name of unknown) say(`FAILED net.constants has no ${name}, which the headers of Windows name`);
  const declared = constantsOfSource();
  const missing = [...declared].filter(([name, { optional }]) => !optional && !defined.has(name)).map(([name]) => name);
  for (const name of missing) say(`FAILED the headers of Windows lack ${name}, which typings/ declares for every system`);
  say(`net.constants has ${defined.size} of ${declared.size} names there`);
  return {
    did: `${passed} of ${chosen.length} units compiled, none linked or run`,
    passed: passed + defined.size,
    failed: failed.length + unknown.length + missing.length,
  };
}
