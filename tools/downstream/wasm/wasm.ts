import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeVersion, readBase } from '../../base/base.ts';
import { officialNode } from '../../base/official.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { type Tally, total } from '../../core/tally.ts';
import { traced } from '../strace.ts';
import { compileAll, type Compiled, emscripten, requireRawSockets } from './emscripten.ts';
import { DELIVERED, informationFaults, informationTable, runInformation } from './information.ts';
import { judge, optionListing, type OptionRun, optionTable, type Verdict } from './options.ts';
import { passes, preloadFault, PROGRAMS, programTable, rowFaults, runPrograms } from './programs.ts';
import { parseOutcomes, parseTrace } from './trace.ts';

/** The program whose system calls are examined. */
const OPTIONS = 'options';

/** The program that shows what comes with datagrams. */
const INFORMATION = 'message-info';

/** The case in which upstream's setKeepAlive() loses its argument, next to a zero. */
const IDLE_ALONE = /: TCP_KEEPIDLE, with SO_KEEPALIVE$/;

/** Runs the options program under strace. */
async function trace(command: readonly string[]): Promise<OptionRun> {
  const calls = 'socket,accept,accept4,setsockopt,getsockopt,write,writev';
  const { result, threads } = await traced(command, calls, { stall: 30 });
  const cases = threads.map(parseTrace).find(({ size }) => size > 0);
  if (cases !== undefined) return { outcomes: parseOutcomes(result.stdout), calls: cases };
  throw new UserError('strace saw nothing of the program', 'see whether this machine allows ptrace, then run again');
}

/** The official binary of the release that the line is based on. */
interface Official {
  readonly version: string;
  readonly node: string;
}

async function programs(line: Line, compiled: ReadonlyMap<string, Compiled>, official: Official): Promise<Tally> {
  const { node } = linePaths(line.name);
  const fault = await preloadFault(node);
  if (fault !== undefined) say(`FAILED the preload: ${fault}`);
  const rows = await runPrograms(compiled, node, official.node);
  for (const text of programTable(rows, official.version, line.name)) say(text);
  const faults = rows.flatMap(rowFaults);
  for (const text of faults) say(`FAILED ${text}`);
  const passed = rows.reduce((sum, row) => sum + passes(row), 0);
  return { passed: passed + (fault === undefined ? 1 : 0), failed: faults.length + (fault === undefined ? 0 : 1) };
}

async function options(line: Line, compiled: Compiled, official: Official): Promise<Tally> {
  const { node } = linePaths(line.name);
  const native = await trace([compiled.native]);
  const plain = await trace([official.node, compiled.plain]);
  const plainOnOurs = await trace([node, compiled.plain]);
  const verdicts = judge(native, plain, await trace([node, compiled.library]));

  const listing = path.join(out, 'downstream', `wasm-${line.name}.txt`);
  await mkdir(path.dirname(listing), { recursive: true });
  await writeFile(listing, `${optionListing(verdicts)}\n`);
  for (const text of optionTable(verdicts, official.version, line.name)) say(text);
  say(`each of them: ${shown(listing)}`);

  const failed = verdicts.filter(({ verdict }) => verdict === 'FAILED');
  for (const { name, native: expected, ours } of failed) say(`FAILED ${name}: in C ${expected}; with our library ${ours}`);

  // Without our library, setKeepAlive() is called, with zeros for what was not set.
  const isIdleKept = (cases: readonly Verdict[]) => {
    const idle = cases.filter(({ name }) => IDLE_ALONE.test(name));
    return idle.length > 0 && idle.every(({ isKnown }) => isKnown);
  };
  const kept = isIdleKept(judge(native, plainOnOurs, plainOnOurs));
  say(`setKeepAlive(true, idle, 0, 0): the idle time reaches the kernel on ${line.name}: ${kept ? 'yes' : 'NO'}, ` +
    `on official v${official.version}: ${isIdleKept(verdicts) ? 'yes' : 'no'}`);
  if (!kept) say('FAILED setKeepAlive() with zeros');
  return {
    passed: verdicts.filter(({ verdict }) => verdict === 'as in C').length + (kept ? 1 : 0),
    failed: failed.length + (kept ? 0 : 1),
  };
}

async function information(line: Line, compiled: Compiled, official: Official): Promise<Tally> {
  const runs = await runInformation(compiled, linePaths(line.name).node, official.node);
  for (const text of informationTable(runs, official.version, line.name)) say(text);
  const faults = informationFaults(runs);
  for (const text of faults) say(`FAILED ${text}`);
  return { passed: [...runs.library.values()].filter((said) => said === DELIVERED).length, failed: faults.length };
}

/**
 * Runs C programs over POSIX sockets, compiled to WebAssembly, with the line's binary:
 * with Emscripten's own backend and none of Node's handles, and with our JavaScript
 * library, whose setsockopt() and getsockopt() call the kernel's, and whose recvmsg() and
 * sendmsg() have control messages.
 */
export async function wasm(line: Line): Promise<Tally & { did: string }> {
  const base = await readBase(line, linePaths(line.name).dir);
  if (base === undefined) throw new UserError(`${line.name} was not fetched`, `run \`make node LINE=${line.name}\``);
  const version = nodeVersion(base.version);
  const official = { version, node: await officialNode(version) };
  const tool = await emscripten();
  await requireRawSockets(tool);
  const compiled = await compileAll(tool, [...PROGRAMS.map(({ name }) => name), OPTIONS, INFORMATION]);
  const parts = [
    await programs(line, compiled, official),
    await options(line, compiled.get(OPTIONS)!, official),
    await information(line, compiled.get(INFORMATION)!, official),
  ];
  const { passed, failed } = total(parts);
  return { did: `Emscripten ${tool.version}, ${passed} passed, ${failed} failed`, passed, failed };
}
