import dgram from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { officialNode } from '../../base/official.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { columns } from '../../core/table.ts';
import { benchFile, BOUND_SOCKET, compiled, printed, sayLoad } from '../programs.ts';
import { median } from '../stats.ts';

const SECONDS = 1;
const SAMPLES = 5;

/** What the programs print: datagrams, elapsed seconds and CPU seconds. */
export interface Flow {
  readonly count: number;
  readonly took: number;
  readonly computed: number;
}

type Program = 'C' | 'official' | 'ours';

/** What one program does, and what the program at the other end sends to it, if it receives. */
interface Way {
  readonly group: string;
  readonly name: string;
  readonly program: Program;
  readonly args: readonly string[];
  readonly from?: readonly string[];
}

const small = ['64', String(SECONDS)];
const parts = ['1200', String(SECONDS)];
const whole = ['60000', String(SECONDS), '1200'];

const ways: readonly Way[] = [
  { group: 'receive 64 bytes', name: 'C, recvmsg(2)', program: 'C', args: ['receive', ...small], from: ['64'] },
  { group: 'receive 64 bytes', name: 'official', program: 'official', args: ['receive', ...small], from: ['64'] },
  { group: 'receive 64 bytes', name: 'without receiveInfo', program: 'ours', args: ['receive', ...small], from: ['64'] },
  { group: 'receive 64 bytes', name: 'receiveInfo: true', program: 'ours', args: ['receive', ...small, 'true'], from: ['64'] },
  { group: 'receive 1200 bytes of a GSO sender', name: 'official', program: 'official', args: ['receive', ...parts], from: ['60000', '1200'] },
  { group: 'receive 1200 bytes of a GSO sender', name: 'segmentSize', program: 'ours', args: ['receive', ...parts, '["segmentSize"]'], from: ['60000', '1200'] },
  { group: 'send 64 bytes', name: 'C, sendmmsg(2)', program: 'C', args: ['send', ...small] },
  { group: 'send 64 bytes', name: 'official send()', program: 'official', args: ['send', ...small] },
  { group: 'send 64 bytes', name: 'sendMany()', program: 'ours', args: ['sendMany', ...small] },
  { group: 'send 1200 bytes', name: 'C, UDP_SEGMENT', program: 'C', args: ['send', ...whole] },
  { group: 'send 1200 bytes', name: 'official send()', program: 'official', args: ['send', ...parts] },
  { group: 'send 1200 bytes', name: 'sendSync(), segmentSize', program: 'ours', args: ['sendSync', ...whole] },
];

export const rateOf = (flows: readonly Flow[]): number => median(flows.map(({ count, took }) => count / took));

/** Microseconds of processor time for each datagram. */
export const costOf = (flows: readonly Flow[]): number =>
  median(flows.map(({ count, computed }) => computed / count * 1e6));

interface Result extends Way {
  readonly rate: number;
  readonly cost: number;
}

/** The table to print. Ratios are to the official binary in the same group, and to C if it is there. */
export function datagramTable(results: readonly Result[]): readonly string[] {
  const ratio = (result: Result, program: Program, key: 'rate' | 'cost') => {
    const peer = results.find(({ group, program: other }) => group === result.group && other === program);
    return peer === undefined ? '' : `${(result[key] / peer[key]).toFixed(2)} x`;
  };
  return columns([
    ['what', 'how', 'datagrams/s', 'of C', 'of official', 'CPU', 'of official'],
    ...results.map((result) => [
      result.group,
      result.name,
      result.rate.toFixed(0),
      ratio(result, 'C', 'rate'),
      ratio(result, 'official', 'rate'),
      `${result.cost.toFixed(2)} us`,
      ratio(result, 'official', 'cost'),
    ]),
  ]);
}

async function freePort(): Promise<string> {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return String(port);
}

/** Runs a program, and the one at the other end of it. */
async function sample(way: Way, c: string, nodes: Readonly<Record<Program, string>>): Promise<Flow> {
  const port = await freePort();
  const [mode, ...rest] = way.args as [string, ...string[]];
  const args = [mode, port, ...rest];
  const program = () => (way.program === 'C' ?
    printed<Flow>(c, args) :
    printed<Flow>(nodes[way.program], [benchFile('datagrams.cjs'), ...args]));
  if (way.from === undefined) {
    const sink = printed(c, ['sink', port, '0', String(SECONDS + 1)]);
    await delay(100);
    const flow = await program();
    await sink;
    return flow;
  }
  const received = program();
  await delay(300);
  const [size, ...segment] = way.from as [string, ...string[]];
  await printed(c, ['send', port, size, String(SECONDS + 0.5), ...segment]).catch(() => {});
  return received;
}

/** How fast datagrams are received and sent, beside the official binary and C. */
export async function benchDatagrams(line: Line): Promise<{ did: string }> {
  sayLoad();
  const c = await compiled(line, 'datagrams');
  const nodes = { C: c, official: await officialNode(BOUND_SOCKET), ours: linePaths(line.name).node };
  const flows = new Map<Way, Flow[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < SAMPLES; round++) {
    for (const [way, samples] of flows) samples.push(await sample(way, c, nodes));
  }
  const results = [...flows].map(([way, samples]) => ({ ...way, rate: rateOf(samples), cost: costOf(samples) }));
  for (const row of datagramTable(results)) say(row);
  return { did: `${ways.length} ways, ${SAMPLES} samples of ${SECONDS} s each, alternating` };
}
