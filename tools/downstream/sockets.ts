import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { columns } from '../core/table.ts';
import type { Tally } from '../core/tally.ts';
import { median, spread } from '../measure/stats.ts';
import { compileProgram, type Stage } from './stage.ts';

const SAMPLES = 9;
const CALLS = 20_000;

/** The value read from a socket after one of the two ways set it. */
interface Read {
  /** Read by the other way. */
  readonly other: number;
  /** Read by a process that received the socket and uses neither. */
  readonly kernel: number;
}

/** An option that was set in both ways, as effect.js prints it. */
export interface Effect {
  /** The addon and the kind of socket. */
  readonly on: string;
  readonly what: string;
  /** The value on a new socket. */
  readonly before: number;
  readonly setByAddon: Read;
  readonly setByOurs: Read;
}

/** Whether both ways had the same effect, and not none. */
export function isSame({ before, setByAddon, setByOurs }: Effect): boolean {
  const values = [setByAddon, setByOurs].flatMap(({ other, kernel }) => [other, kernel]);
  return values.every((value) => value === values[0] && value !== before);
}

const listed = ({ other, kernel }: Read) => `the other reads ${other}, the kernel has ${kernel}`;

/** The rows to print: how many effects are the same, and each one that is not. */
export function effectRows(effects: readonly Effect[]): readonly string[] {
  const groups = [...new Set(effects.map(({ on }) => on))]
    .map((on) => ({ on, all: effects.filter((effect) => effect.on === on) }));
  return [
    ...columns([
      ['set by the addon and by ours', 'options', 'same effect'],
      ...groups.map(({ on, all }) => [on, ...[all.length, all.filter(isSame).length].map(String)]),
    ]),
    ...effects.filter((effect) => !isSame(effect)).map(({ on, what, before, setByAddon, setByOurs }) =>
      `FAILED ${on}, ${what}: ${before} before; by the addon: ${listed(setByAddon)}; by ours: ${listed(setByOurs)}`),
  ];
}

/** Nanoseconds per call, for each sample. */
export type Costs = Readonly<Record<string, readonly number[]>>;

/** The calls that are measured side by side: an addon's and ours. */
const pairs: ReadonlyArray<{ readonly what: string; readonly addon: string; readonly ours: string }> = [
  { what: 'setsockopt(), sockopt', addon: 'sockopt setsockopt', ours: 'ours setsockopt' },
  { what: 'getsockopt(), sockopt', addon: 'sockopt getsockopt', ours: 'ours getsockopt' },
  { what: 'TCP_KEEPCNT, net-keepalive', addon: 'net-keepalive count', ours: 'ours count' },
];

/** The ratios of adjacent samples, for which the machine was equally busy. */
export const ratiosOf = (addon: readonly number[], ours: readonly number[]): readonly number[] =>
  addon.map((value, index) => value / ours[index]!);

/** The table of costs to print. */
export function costTable(costs: Costs): readonly string[] {
  return columns([
    ['a call', 'addon', 'ours', 'addon to ours', 'spread'],
    ...pairs.map(({ what, addon, ours }) => {
      const ratios = ratiosOf(costs[addon]!, costs[ours]!);
      return [
        what,
        `${median(costs[addon]!).toFixed(0)} ns`,
        `${median(costs[ours]!).toFixed(0)} ns`,
        `${median(ratios).toFixed(2)} x`,
        `${(spread(ratios) * 100).toFixed(0)} %`,
      ];
    }),
  ]);
}

/**
 * Sets the same options with addons from npm and with ours. Checks that the effect is the
 * same, and measures the cost of a call.
 */
export async function sockets(stage: Stage): Promise<Tally & { did: string }> {
  const kernel = await compileProgram(stage, 'sockets', 'kernel');
  const { stdout } = await run(stage.node, [stage.file('sockets', 'effect.js'), kernel], { stall: 60 });
  const effects = stdout.trim().split('\n').map((line) => JSON.parse(line) as Effect);
  for (const row of effectRows(effects)) say(row);
  const measured = await run(stage.node, [stage.file('sockets', 'cost.js'), ...[SAMPLES, CALLS].map(String)], { stall: 120 });
  for (const row of costTable(JSON.parse(measured.stdout) as Costs)) say(row);
  const passed = effects.filter(isSame).length;
  return { did: `${passed} of ${effects.length} options have the same effect`, passed, failed: effects.length - passed };
}
