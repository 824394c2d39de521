import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './core/paths.ts';
import type { Fault } from './types-compare.ts';
import type { Claim, Declared } from './types-declared.ts';

/**
 * Names that src/socket_options.cc guards, as it does all names, and that no
 * platform of Node.js lacks: POSIX asks for the first ones, and Windows has
 * them; libuv, which has to be built first, uses the last ones unguarded.
 */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'SO_ACCEPTCONN', 'SO_BROADCAST', 'SO_ERROR', 'SO_KEEPALIVE', 'SO_LINGER', 'SO_OOBINLINE',
  'SO_RCVBUF', 'SO_RCVLOWAT', 'SO_RCVTIMEO', 'SO_REUSEADDR', 'SO_SNDBUF', 'SO_SNDTIMEO', 'SO_TYPE', 'TCP_NODELAY',
  'IPV6_JOIN_GROUP', 'IPV6_LEAVE_GROUP', 'IPV6_MULTICAST_HOPS', 'IPV6_MULTICAST_IF', 'IPV6_MULTICAST_LOOP',
  'IPV6_UNICAST_HOPS', 'IPV6_V6ONLY',
  'IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP', 'IP_MULTICAST_IF', 'IP_MULTICAST_LOOP', 'IP_MULTICAST_TTL', 'IP_TTL',
]);

/** The constants that the source defines, and whether a platform may lack one. */
export function constantsOfSource(
  text = readFileSync(path.join(root, 'src', 'socket_options.cc'), 'utf8'),
): ReadonlyMap<string, { readonly optional: boolean }> {
  return new Map([...text.matchAll(/(#ifdef (\w+)\n)?\s*NODE_DEFINE_CONSTANT\(constants, (\w+)\)/g)]
    .map(([, , guard, name]) => [name!, { optional: guard === name && !EVERYWHERE.has(name!) }]));
}

/** Compares the declared constants with those of the source, on whatever platform. */
export function constantFaults({ claims }: Pick<Declared, 'claims'>, source = constantsOfSource()): readonly Fault[] {
  const known = new Map<string, Claim>(claims
    .filter(({ owner }) => owner === 'net.SocketConstants').map((claim) => [claim.name, claim]));
  const faults: Fault[] = [];
  for (const [name, { optional }] of source) {
    const claim = known.get(name);
    const what = `net.constants.${name}`;
    if (claim === undefined) faults.push({ what, why: 'it is not declared' });
    else if (claim.optional !== optional) faults.push({ what, why: optional ? 'a platform may lack it' : 'no platform lacks it' });
  }
  for (const name of known.keys()) {
    if (!source.has(name)) faults.push({ what: `net.constants.${name}`, why: 'src/socket_options.cc does not define it' });
  }
  return faults;
}
