import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { run } from '../../core/run.ts';
import { columns } from '../../core/table.ts';
import { type Compiled, sources } from './emscripten.ts';

/** A C program in downstream/wasm. It is considered correct if it passes natively. */
export interface Program {
  readonly name: string;
  /** Gets the port of a server that reports the address of its client, and echoes. */
  readonly peer?: boolean;
  /** Needs something that Emscripten's own backend cannot do, whatever it runs on. */
  readonly needsLibrary?: boolean;
  /** Set if it tests something that Emscripten may lack. */
  readonly mayLack?: boolean;
}

export const PROGRAMS: readonly Program[] = [
  { name: 'tcp-client', peer: true },
  { name: 'tcp-refused' },
  { name: 'tcp-server' },
  { name: 'source-port', peer: true },
  { name: 'udp-echo' },
  { name: 'udp-connected' },
  { name: 'ipv6' },
  { name: 'unix', mayLack: true },
  { name: 'address-in-use' },
  { name: 'option-values' },
  { name: 'linger' },
  { name: 'bound-twice', needsLibrary: true },
  { name: 'option-errors', needsLibrary: true },
  { name: 'multicast', needsLibrary: true },
  { name: 'udp-messages', needsLibrary: true },
];

/** The outcome of a program, and its message if it did not pass. */
export interface Outcome {
  readonly outcome: 'pass' | 'skip' | 'fail';
  readonly said: string;
}

/** A program with each of the ways to run it. */
export interface Row {
  readonly program: Program;
  readonly native: Outcome;
  /** With the official binary. */
  readonly official: Outcome;
  /** The same if it failed, with process.binding() allowed. */
  readonly officialWithBinding?: Outcome;
  readonly plain: Outcome;
  readonly library: Outcome;
}

/** The exit code of a program that cannot be run and says why. */
const SKIPPED = 77;

/** A program that prints nothing for this many seconds hangs. */
const LIMIT = 20;

/** Makes `process.binding()` throw for the handles of sockets. */
const PRELOAD = path.join(sources, 'no-binding.cjs');

/** The first meaningful line, of the program or of a stack trace. */
function telling(output: string): string {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return lines.find((line) => /^\w*Error: |: not so: /.test(line)) ?? lines[0] ?? 'it printed nothing';
}

async function outcomeOf(command: string, args: readonly string[]): Promise<Outcome> {
  try {
    const { code, stdout, stderr } = await run(command, args, { accept: 'any', env: { NODE_OPTIONS: undefined }, stall: LIMIT });
    if (code === 0) return { outcome: 'pass', said: '' };
    return { outcome: code === SKIPPED ? 'skip' : 'fail', said: telling(`${stdout}\n${stderr}`) };
  } catch (error) {
    // It was ended by a signal.
    if (error instanceof UserError) return { outcome: 'fail', said: error.message };
    throw error;
  }
}

/** Runs programs natively and as WebAssembly, without access to handles through `process.binding()`. */
export async function runPrograms(
  programs: ReadonlyMap<string, Compiled>,
  node: string,
  official: string,
): Promise<readonly Row[]> {
  const server = net.createServer({ allowHalfOpen: true }, (peer) => {
    peer.on('error', () => peer.destroy());
    peer.write(`from ${peer.remotePort}\n`);
    peer.pipe(peer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = String((server.address() as AddressInfo).port);
  try {
    const rows: Row[] = [];
    for (const program of PROGRAMS) {
      const { native, plain, library } = programs.get(program.name)!;
      const args = program.peer ? [port] : [];
      const onOfficial = await outcomeOf(official, ['--require', PRELOAD, plain, ...args]);
      rows.push({
        program,
        native: await outcomeOf(native, args),
        official: onOfficial,
        ...onOfficial.outcome === 'fail' ? { officialWithBinding: await outcomeOf(official, [plain, ...args]) } : {},
        plain: await outcomeOf(node, ['--require', PRELOAD, plain, ...args]),
        library: await outcomeOf(node, ['--require', PRELOAD, library, ...args]),
      });
    }
    return rows;
  } finally {
    await once(server.close(), 'close');
  }
}

/**
 * Checks that the preload works: three handles are available without it, none with it.
 * @returns what is wrong, or undefined
 */
export async function preloadFault(node: string): Promise<string | undefined> {
  const ask = `
    let had = 0;
    for (const name of ['tcp_wrap', 'udp_wrap', 'pipe_wrap']) {
      try { process.binding(name); had++; } catch { /* refused */ }
    }
    console.log(had);`;
  const had = async (args: readonly string[]) => (await run(node, [...args, '-e', ask], { env: { NODE_OPTIONS: undefined } })).stdout.trim();
  const without = await had([]);
  const withIt = await had(['--require', PRELOAD]);
  return without === '3' && withIt === '0' ? undefined : `of 3 handles ${without} can be had without it, ${withIt} with it`;
}

/** The runs that must pass; those with an official binary are only shown. */
function countedRuns({ program, native, plain, library }: Row): ReadonlyArray<readonly [string, Outcome]> {
  return [['in C', native], ...program.needsLibrary ? [] : [['plain Emscripten', plain] as const], ['with our library', library]];
}

/** Where a program should have passed and did not. */
export function rowFaults(row: Row): readonly string[] {
  const { program, native } = row;
  const maySkip = (where: string) => where === 'in C' || native.outcome === 'skip' || program.mayLack === true;
  return countedRuns(row)
    .filter(([where, { outcome }]) => outcome === 'fail' || outcome === 'skip' && !maySkip(where))
    .map(([where, { said }]) => `${program.name}, ${where}: ${said}`);
}

/** How many of the counted runs passed. */
export const passes = (row: Row): number => countedRuns(row).filter(([, { outcome }]) => outcome === 'pass').length;

const CELLS = { pass: 'pass', skip: '-', fail: 'fails' };

const cell = ({ outcome }: Outcome): string => CELLS[outcome];

function officialCell({ official, officialWithBinding }: Row): string {
  return officialWithBinding?.outcome === 'pass' ? 'needs process.binding' : cell(official);
}

/** The table of programs to print. */
export function programTable(rows: readonly Row[], official: string, line: string): readonly string[] {
  const skipped = rows.flatMap(({ program, native, plain, library }) => [native, plain, library]
    .filter(({ outcome }) => outcome === 'skip').map(({ said }) => `- ${program.name}: ${said}`));
  return [...columns([
    ['a C program', 'in C', `Emscripten, official v${official}`, `Emscripten, ${line}`, 'with our library'],
    ...rows.map((row) => [row.program.name, cell(row.native), officialCell(row), cell(row.plain), cell(row.library)]),
  ]), ...new Set(skipped)];
}
