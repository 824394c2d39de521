import { run } from '../../core/run.ts';
import { columns } from '../../core/table.ts';
import type { Compiled } from './emscripten.ts';

/** What downstream/wasm/message-info.c printed, by option: what came with a datagram. */
export type Deliveries = ReadonlyMap<string, string>;

/** The program natively and in the forms that Emscripten makes. */
export interface Information {
  readonly native: Deliveries;
  readonly official: Deliveries;
  readonly plain: Deliveries;
  readonly library: Deliveries;
}

/** What the program prints if all is right. */
export const DELIVERED = 'delivered';

/** The program waits for a datagram for 5 seconds at most. */
const LIMIT = 20;

async function deliveries(command: string, args: readonly string[]): Promise<Deliveries> {
  const { stdout } = await run(command, args, { accept: 'any', env: { NODE_OPTIONS: undefined }, stall: LIMIT });
  return new Map([...stdout.matchAll(/^(\w+): (.*)$/gm)].map(([, name, outcome]) => [name!, outcome!]));
}

/** Runs the program in all of its forms. */
export async function runInformation(compiled: Compiled, node: string, official: string): Promise<Information> {
  return {
    native: await deliveries(compiled.native, []),
    official: await deliveries(official, [compiled.plain]),
    plain: await deliveries(node, [compiled.plain]),
    library: await deliveries(node, [compiled.library]),
  };
}

const outcome = (run: Deliveries, name: string) => run.get(name) ?? 'the program did not come to it';

/** Where something should have been delivered, in C or with our library, and was not. */
export function informationFaults({ native, library }: Information): readonly string[] {
  const faults = [...native.keys()].flatMap((name) => ([['in C', native], ['with our library', library]] as const)
    .filter(([, run]) => outcome(run, name) !== DELIVERED)
    .map(([where, run]) => `${name}, ${where}: ${outcome(run, name)}`));
  return native.size > 0 ? faults : ['no option was tried in C'];
}

/** The table to print. */
export function informationTable(
  { native, official, plain, library }: Information,
  version: string,
  line: string,
): readonly string[] {
  const cell = (run: Deliveries, name: string) => {
    const said = outcome(run, name);
    if (said === DELIVERED) return said;
    return said === 'set, nothing is delivered' ? 'nothing' : 'fails';
  };
  return columns([
    ['what comes with a datagram', 'in C', `Emscripten, official v${version}`, `Emscripten, ${line}`, 'with our library'],
    ...[...native.keys()].map((name) => [name, ...[native, official, plain, library].map((run) => cell(run, name))]),
  ]);
}
