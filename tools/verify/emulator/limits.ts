import path from 'node:path';
import { isEmulated, out, root } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { prefix } from '../../core/system.ts';
import { inTemporary } from '../../core/temporary.ts';

/** A program that makes calls without Node.js, and prints what came of each. */
const CALLS = path.join(root, 'tools', 'verify', 'emulator', 'calls.c');

/**
 * Our tests that need calls which qemu-user does not pass on: it translates the
 * options of sockets by name, and knows a part of them.
 */
export const LIMITS: Readonly<Record<string, readonly string[]>> = {
  'parallel/test-dgram-adopted-error-queue': ['setsockopt SO_TIMESTAMPING'],
  'parallel/test-dgram-batches-fragments': ['getsockopt IP_MTU'],
  'parallel/test-dgram-message-errors': ['setsockopt SO_TIMESTAMPING', 'setsockopt SO_TIMESTAMPNS'],
  'parallel/test-dgram-message-info': ['setsockopt SO_RXQ_OVFL', 'setsockopt SO_TIMESTAMPNS'],
  'parallel/test-dgram-message-info-moments': ['setsockopt SO_TIMESTAMPNS'],
  'parallel/test-dgram-message-info-namespaces': ['setsockopt SO_TIMESTAMPNS'],
  'parallel/test-dgram-message-info-segments': ['setsockopt SO_TIMESTAMPNS'],
  'parallel/test-dgram-structs-membership': ['setsockopt IP_MULTICAST_ALL'],
  'parallel/test-net-bound-handle-exclusive-restart': ['socket NETLINK_SOCK_DIAG'],
  'parallel/test-net-socket-options-bind-no-port': ['setsockopt IP_BIND_ADDRESS_NO_PORT'],
  'parallel/test-net-socket-options-fast-open': ['getsockopt TCP_INFO'],
  'parallel/test-net-socket-options-foreign-address': ['setsockopt IP_TRANSPARENT'],
  'parallel/test-net-socket-options-window-scale': ['getsockopt TCP_INFO'],
  'parallel/test-net-sockopt-lengths': ['setsockopt TCP_FASTOPEN_KEY'],
  'parallel/test-net-sockopt-rcvlowat': ['getsockopt TCP_INFO'],
  'parallel/test-net-sockopt-tcp': ['getsockopt TCP_CONGESTION'],
};

/** What came of each call, by its name. */
export function resultsIn(text: string): ReadonlyMap<string, string> {
  return new Map(text.trim().split('\n').map((line) => line.split(': ') as [string, string]));
}

/** The calls that have another result in the emulator than on this machine. */
export function differing(
  here: ReadonlyMap<string, string>,
  emulated: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  return new Set([...here].filter(([call, result]) => emulated.get(call) !== result).map(([call]) => call));
}

/** Compiles the program with a compiler, and runs it. */
async function results(compiler: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const program = path.join(folder, compiler);
  // It needs no dynamic linker then.
  await run(compiler, ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', program, CALLS]);
  return resultsIn((await run(program, [])).stdout);
}

/** The calls that have another result in the emulator of the processor that is built for than on this machine. */
const callsBeyond = (): Promise<ReadonlySet<string>> => inTemporary('calls-', async (folder) =>
  differing(await results('gcc', folder), await results(`${prefix}gcc`, folder)), out);

/**
 * The tests that the emulator cannot run, and the calls that they need, each of
 * which differs in a program in C as well. If one of its calls does not differ,
 * a test is not among them.
 */
export function beyondEmulator(
  tests: readonly string[],
  calls: ReadonlySet<string>,
  limits = LIMITS,
): ReadonlyMap<string, string> {
  const needed = tests.map((test) => [test, Object.hasOwn(limits, test) ? limits[test]! : []] as const);
  return new Map(needed.filter(([, names]) => names.length > 0 && names.every((name) => calls.has(name)))
    .map(([test, names]) => [test, names.join(', ')]));
}

/** Which of our tests are left out, and why: those beyond the emulator, if there is one. */
export async function leaveOut(tests: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const beyond = isEmulated ? beyondEmulator(tests, await callsBeyond()) : new Map<string, string>();
  for (const [name, calls] of beyond) say(`beyond the emulator: ${name} (${calls})`);
  return beyond;
}
