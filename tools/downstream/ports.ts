import { officialNode } from '../base/official.ts';
import type { Line } from '../core/lines.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { columns } from '../core/table.ts';
import type { Tally } from '../core/tally.ts';
import { BOUND_SOCKET } from '../measure/programs.ts';
import { compileProgram, type Stage } from './stage.ts';

const ROUNDS = 1000;

/** Milliseconds between announcing the port and listening on it: none, and a very short time. */
const PAUSES = [0, 2] as const;

/** No other program binds to this address, so the thief is the only competitor. */
const HOST = '127.0.0.7';

/** Rounds in which the port was lost, by the kind of bind that took it: without and with SO_REUSEADDR. */
export interface Losses {
  readonly plain: number;
  readonly reuse: number;
}

/** What a way must show. A race in which get-port loses nothing shows nothing. */
type Must = 'lose some' | 'lose none' | 'lose none to a plain bind';

/** A way to get a port, as holder.mjs implements it. */
export interface Way {
  readonly name: string;
  readonly way: 'get-port' | 'bound' | 'exclusive';
  readonly must: Must;
  readonly node: string;
}

/** The results of a way, in the order of the pauses. */
export interface Raced {
  readonly way: Way;
  readonly losses: readonly Losses[];
}

const sumOf = (losses: readonly Losses[], kind: keyof Losses) => losses.reduce((sum, each) => sum + each[kind], 0);
const lostIn = (losses: readonly Losses[]) => sumOf(losses, 'plain') + sumOf(losses, 'reuse');

const shows: Readonly<Record<Must, (losses: readonly Losses[]) => boolean>> = {
  'lose some': (losses) => lostIn(losses) > 0,
  'lose none': (losses) => lostIn(losses) === 0,
  'lose none to a plain bind': (losses) => sumOf(losses, 'plain') === 0,
};

/** Whether a way has shown what it must. */
export const isShown = ({ way, losses }: Raced): boolean => shows[way.must](losses);

/** The table to print. */
export function portsTable(raced: readonly Raced[], rounds: number): readonly string[] {
  return columns([
    [`lost, of ${rounds}`, ...PAUSES.map((pause) => (pause === 0 ? 'listens at once' : `${pause} ms later`)), 'to a plain bind', 'to SO_REUSEADDR'],
    ...raced.map(({ way, losses }) => [
      way.name,
      ...losses.map((each) => String(lostIn([each]))),
      String(sumOf(losses, 'plain')),
      String(sumOf(losses, 'reuse')),
    ]),
  ]);
}

/**
 * For each way to get a port, how often a competing process takes it between the
 * announcement and listen().
 */
export async function ports(line: Line, stage: Stage): Promise<Tally & { did: string }> {
  const thief = await compileProgram(stage, 'ports', 'thief');
  const { node } = stage;
  const ways: readonly Way[] = [
    { name: `get-port, ${line.name}`, way: 'get-port', must: 'lose some', node },
    { name: `BoundHandle, ${line.name}`, way: 'bound', must: 'lose none to a plain bind', node },
    { name: `exclusive, ${line.name}`, way: 'exclusive', must: 'lose none', node },
    {
      name: `BoundSocket, official v${BOUND_SOCKET}`,
      way: 'bound',
      must: 'lose none to a plain bind',
      node: await officialNode(BOUND_SOCKET),
    },
  ];
  const raced: Raced[] = [];
  for (const way of ways) {
    const losses: Losses[] = [];
    for (const pause of PAUSES) {
      const args = [way.way, thief, HOST, ROUNDS, pause].map(String);
      const { stdout } = await run(way.node, [stage.file('ports', 'holder.mjs'), ...args], { stall: 120 });
      losses.push(JSON.parse(stdout) as Losses);
    }
    raced.push({ way, losses });
  }
  for (const row of portsTable(raced, ROUNDS)) say(row);
  const failed = raced.filter((each) => !isShown(each));
  for (const { way, losses } of failed) say(`FAILED ${way.name}: was to ${way.must} and lost ${lostIn(losses)}`);
  const passed = raced.length - failed.length;
  const [getPort, , exclusive] = raced.map(({ losses }) => lostIn(losses));
  return {
    did: `of ${PAUSES.length * ROUNDS} ports get-port lost ${getPort}, exclusive ${exclusive}`,
    passed,
    failed: failed.length,
  };
}
