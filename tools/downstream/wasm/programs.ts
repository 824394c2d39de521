import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { run } from '../../core/run.ts';
import { columns } from '../../core/table.ts';
import { type Compiled, sources } from './emscripten.ts';

/** A C program of downstream/wasm, which is right where it passes natively. */
export interface Program {
  readonly name: string;
  /** Is given the port of a server that says where it was called from, and echoes. */
  readonly peer?: boolean;
  /** What Emscripten's own backend cannot, whatever it runs on. */
  readonly needsLibrary?: boolean;
  /** Set where it is about something that Emscripten may not have. */
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
];

/** What became of a program, and what it said where it did not pass. */
export interface Outcome {
  readonly outcome: 'pass' | 'skip' | 'fail';
  readonly said: string;
}

/** A program on each of the ways to run it. */
export interface Row {
  readonly program: Program;
  readonly native: Outcome;
  /** On the official binary. */
  readonly official: Outcome;
  /** The same where it failed, with process.binding() allowed. */
  readonly officialWithBinding?: Outcome;
  readonly plain: Outcome;
  readonly library: Outcome;
}

/** How a program ends that says why it cannot be run. */
const SKIPPED = 77;

/** A program that has printed nothing for so many seconds hangs. */
const LIMIT = 20;

/** Makes `process.binding()` throw for the handles of sockets. */
export const PRELOAD = path.join(sources, 'no-binding.cjs');

/** The first line that tells something, of the program or of a stack trace. */
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

/** Runs programs natively and as WebAssembly, where no handle can be had from `process.binding()`. */
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
 * Whether the preload bites: three handles can be had without it, none with it.
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

/** The runs that have to pass; what an official binary does is only shown. */
function countedRuns({ program, native, plain, library }: Row): ReadonlyArray<readonly [string, Outcome]> {
  return [['in C', native], ...program.needsLibrary ? [] : [['plain Emscripten', plain] as const], ['with our library', library]];
}

/** What must not be: where a program should have passed and has not. */
export function rowFaults(row: Row): readonly string[] {
  const { program, native } = row;
  const maySkip = (where: string) => where === 'in C' || native.outcome === 'skip' || program.mayLack === true;
  return countedRuns(row)
    .filter(([where, { outcome }]) => outcome === 'fail' || outcome === 'skip' && !maySkip(where))
    .map(([where, { said }]) => `${program.name}, ${where}: ${said}`);
}

/** How many of those runs have passed. */
export const passes = (row: Row): number => countedRuns(row).filter(([, { outcome }]) => outcome === 'pass').length;

const CELLS = { pass: 'pass', skip: '-', fail: 'fails' };

const cell = ({ outcome }: Outcome): string => CELLS[outcome];

function officialCell({ official, officialWithBinding }: Row): string {
  return officialWithBinding?.outcome === 'pass' ? 'needs process.binding' : cell(official);
}

/** The table of programs that is printed. */
export function programTable(rows: readonly Row[], official: string, line: string): readonly string[] {
  const skipped = rows.flatMap(({ program, native, plain, library }) => [native, plain, library]
    .filter(({ outcome }) => outcome === 'skip').map(({ said }) => `- ${program.name}: ${said}`));
  return [...columns([
    ['a C program', 'in C', `Emscripten, official v${official}`, `Emscripten, ${line}`, 'with our library'],
    ...rows.map((row) => [row.program.name, cell(row.native), officialCell(row), cell(row.plain), cell(row.library)]),
  ]), ...new Set(skipped)];
}
