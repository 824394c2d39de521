import { columns } from '../../core/table.ts';

/** A case of downstream/wasi/guest.mjs, and what strace must have seen of it. */
export interface Case {
  readonly name: string;
  /** What the kernel must have been told, and asked. */
  readonly told: readonly RegExp[];
  /** What it must not have been told. */
  readonly untold?: RegExp;
}

const set = (option: string, value: number) => new RegExp(`setsockopt\\(\\d+, ${option}, \\[${value}\\], 4\\) += 0`);
const got = (option: string, value: number) => new RegExp(`getsockopt\\(\\d+, ${option}, \\[${value}\\], \\[(?:\\d+ => )?4\\]\\) += 0`);

/** An option that was set, and read afterwards. */
const kept = (option: string, value: number, read = value) => [set(option, value), got(option, read)];

const BIND = /bind\(\d+, .* += 0/;
const CONNECT = /connect\(\d+, .* += (?:0|-1 EINPROGRESS)/;
const LISTEN = /listen\(\d+, \d+\) += 0/;
const LOCAL = /getsockname\(\d+, .* += 0/;
const REMOTE = /getpeername\(\d+, .* += 0/;

const IDLE = 'SOL_TCP, TCP_KEEPIDLE';
const INTERVAL = 'SOL_TCP, TCP_KEEPINTVL';
const COUNT = 'SOL_TCP, TCP_KEEPCNT';
const TTL = 'SOL_IP, IP_TTL';
const RECEIVE = 'SOL_SOCKET, SO_RCVBUF';
const SEND = 'SOL_SOCKET, SO_SNDBUF';

export const CASES: readonly Case[] = [
  { name: 'TCP create', told: [] },
  { name: 'TCP bind', told: [BIND, LOCAL], untold: LISTEN },
  { name: 'TCP bind, IPv6 only', told: [set('SOL_IPV6, IPV6_V6ONLY', 1)] },
  { name: 'TCP bind, in use', told: [/(?:bind|listen)\(\d+, .* += -1 EADDRINUSE/] },
  { name: 'TCP bind, after a connection', told: [BIND, LISTEN] },
  { name: 'TCP bind, errors', told: [/bind\(\d+, .* += -1 EADDRNOTAVAIL/] },
  { name: 'TCP listen', told: [LISTEN] },
  { name: 'TCP backlog', told: [/listen\(\d+, 7\) += 0/] },
  { name: 'TCP accept', told: [/accept4\(\d+, .* += \d+/] },
  { name: 'TCP connect', told: [CONNECT, REMOTE] },
  { name: 'TCP connect, from a bound port', told: [BIND, CONNECT] },
  { name: 'TCP connect, errors', told: [CONNECT] },
  { name: 'TCP addresses, IPv6', told: [LOCAL, REMOTE] },
  { name: 'TCP streams', told: [] },
  { name: 'TCP streams, a million bytes', told: [] },
  { name: 'TCP shutdown, send', told: [/shutdown\(\d+, SHUT_WR\) += 0/] },
  // Nothing tells the kernel: see doc/downstream.md.
  { name: 'TCP shutdown, receive', told: [] },
  { name: 'keep-alive', told: kept('SOL_SOCKET, SO_KEEPALIVE', 1) },
  { name: 'keep-alive, idle time', told: kept(IDLE, 61) },
  { name: 'keep-alive, interval', told: kept(INTERVAL, 62) },
  { name: 'keep-alive, count', told: kept(COUNT, 6) },
  { name: 'keep-alive, values', told: [...kept(IDLE, 1), ...kept(INTERVAL, 32_767), ...kept(COUNT, 127)] },
  { name: 'hop limit', told: kept(TTL, 42) },
  { name: 'hop limit, IPv6', told: kept('SOL_IPV6, IPV6_UNICAST_HOPS', 43) },
  { name: 'receive buffer', told: kept(RECEIVE, 0x1_0000, 0x2_0000) },
  { name: 'send buffer', told: kept(SEND, 0x1_2000, 0x2_4000) },
  { name: 'options before connecting', told: [...kept(TTL, 44), ...kept(INTERVAL, 63), ...kept(RECEIVE, 0x1_4000, 0x2_8000)] },
  { name: 'options of accepted sockets', told: [...kept(TTL, 45), ...kept(COUNT, 5), ...kept(RECEIVE, 0x1_6000, 0x2_c000)] },
  { name: 'UDP bind', told: [BIND, LOCAL, /bind\(\d+, .* += -1 EADDRINUSE/] },
  { name: 'UDP stream', told: [] },
  { name: 'UDP stream, connected', told: [CONNECT, REMOTE] },
  { name: 'UDP stream, disconnected', told: [CONNECT, /connect\(\d+, \{sa_family=AF_UNSPEC/] },
  { name: 'UDP hop limit', told: kept(TTL, 46) },
  { name: 'UDP receive buffer', told: kept(RECEIVE, 0x1_8000, 0x3_0000) },
  { name: 'UDP send buffer', told: kept(SEND, 0x1_a000, 0x3_4000) },
  { name: 'UDP options before binding', told: [...kept(TTL, 47), ...kept(RECEIVE, 0x1_c000, 0x3_8000)] },
  { name: 'UDP errors', told: [/send(?:to|msg|mmsg)\(\d+, .* += -1 EMSGSIZE/] },
  { name: 'names', told: [] },
  { name: 'names, errors', told: [] },
  { name: 'poll', told: [] },
  { name: 'denied', told: [] },
];

/** What became of a case with a host. */
export interface Outcome {
  readonly verdict: 'pass' | 'from memory' | 'fails' | 'traps' | 'hangs';
  readonly why: string;
}

/** A run of a case. */
export interface CaseRun {
  /** What the component said, which is nothing if the case passed. It said undefined if it did not come to an end. */
  readonly fault: string | undefined;
  /** Why it did not. */
  readonly end: 'exit' | 'hangs';
  readonly trace: string;
}

/**
 * A case passes if what the component found is so, and the kernel was told and asked. If it
 * was not, the host has made up the answer.
 */
export function judge({ told, untold }: Case, { fault, end, trace }: CaseRun): Outcome {
  if (end === 'hangs') return { verdict: 'hangs', why: 'it did not end' };
  if (fault === undefined) return { verdict: 'traps', why: 'the host ended the component' };
  if (fault !== '') return { verdict: 'fails', why: fault };
  const missing = told.find((call) => !call.test(trace));
  if (missing !== undefined) return { verdict: 'from memory', why: `no system call like ${missing.source}` };
  if (untold?.test(trace)) return { verdict: 'from memory', why: `a system call like ${untold.source}` };
  return { verdict: 'pass', why: '' };
}

/** A host of the component, and what became of the cases with it. */
export interface Column {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
}

/** The table to print. */
export const casesTable = (cases: readonly Case[], hosts: readonly Column[]): readonly string[] => columns([
  ['a case', ...hosts.map(({ name }) => name)],
  ...cases.map(({ name }, index) => [name, ...hosts.map(({ outcomes }) => outcomes[index]!.verdict)]),
]);

/** The reasons for everything that did not pass, to be written to a file. */
export const casesListing = (cases: readonly Case[], hosts: readonly Column[]): string => cases
  .flatMap(({ name }, index) => hosts.map((host) => ({ name, host: host.name, ...host.outcomes[index]! })))
  .filter(({ verdict }) => verdict !== 'pass')
  .map(({ name, host, verdict, why }) => `${name}, ${host}: ${verdict}: ${why}\n`).join('');
