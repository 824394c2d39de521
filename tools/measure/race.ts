import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { officialNode } from '../base/official.ts';
import { codeOf, UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { columns } from '../core/table.ts';
import { benchFile, BOUND_SOCKET, Partner } from './programs.ts';

const ROUNDS = 1000;

/** No other program uses this address, so no connection can occupy the port. */
const HOST = '127.0.0.6';

/** The time in nanoseconds from telling both until they bind. */
const AHEAD = 2_000_000n;

/** The results of all rounds of one race. */
export interface Outcome {
  readonly rounds: number;
  /** Rounds in which exactly one of the two constructors succeeded. */
  readonly one: number;
  readonly both: number;
  readonly none: number;
  /** Rounds after which a third process could listen on the port with a plain net.createServer(). */
  readonly third: number;
}

/** The port that a server in this process listened on, or undefined if the address is in use. */
async function served(port: number): Promise<number | undefined> {
  const server = net.createServer();
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
  const address = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return address.port;
}

/**
 * Lets two processes race for a port, again and again.
 * @param node the binary of both
 * @param options options for BoundSocket besides the address
 */
export async function race(node: string, options: object, rounds: number): Promise<Outcome> {
  const racers = [new Partner(node, benchFile('racer.cjs')), new Partner(node, benchFile('racer.cjs'))];
  const ask = (message: object) => Promise.all(racers.map((racer) => racer.ask<string>(message)));
  const winners = [0, 0, 0];
  let third = 0;
  try {
    await ask({});
    const port = (await served(0))!;
    for (let round = 0; round < rounds; round++) {
      const at = String(process.hrtime.bigint() + AHEAD);
      const results = await ask({ at, options: { host: HOST, port, ...options } });
      const odd = results.find((result) => result !== 'bound' && result !== 'EADDRINUSE');
      if (odd !== undefined) {
        throw new UserError(`a racer could not bind ${HOST}:${port} (${odd})`, 'see what the system says of that error');
      }
      winners[results.filter((result) => result === 'bound').length]!++;
      if (await served(port) !== undefined) third++;
      await ask({});
    }
  } finally {
    await Promise.all(racers.map((racer) => racer.stop()));
  }
  const [none, one, both] = winners as [number, number, number];
  return { rounds, one, both, none, third };
}

/** The table to print. */
export function raceTable(outcomes: ReadonlyMap<string, Outcome>): readonly string[] {
  return columns([
    ['who', 'rounds', 'exactly one', 'both', 'none', 'third party'],
    ...[...outcomes].map(([who, { rounds, one, both, none, third }]) =>
      [who, ...[rounds, one, both, none, third].map(String)]),
  ]);
}

/** @throws UserError unless exactly one process got the port in every round */
export function requireExclusive({ rounds, one, both, none, third }: Outcome): void {
  if (one === rounds && third === 0) return;
  throw new UserError(
    `exclusive does not hold: of ${rounds} rounds, both won ${both} and none ${none}, and a third party had the port after ${third}`,
    'see what src/bound_handle_sharing.cc does with SO_REUSEADDR');
}

/** Races for a port with `exclusive`, and with upstream's BoundSocket in the official binary. */
export async function raceOn(line: Line): Promise<{ did: string }> {
  const official = await officialNode(BOUND_SOCKET);
  const exclusive = await race(linePaths(line.name).node, { exclusive: true }, ROUNDS);
  const upstream = await race(official, {}, ROUNDS);
  const outcomes = new Map([
    [`exclusive, ${line.name}`, exclusive],
    [`BoundSocket, official v${BOUND_SOCKET}`, upstream],
  ]);
  for (const row of raceTable(outcomes)) say(row);
  requireExclusive(exclusive);
  return { did: `exactly one in ${exclusive.one} of ${exclusive.rounds} rounds with exclusive, in ${upstream.one} with upstream's` };
}
