import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../core/paths.ts';

/**
 * Names that every platform of Node.js has, although src/socket_options.cc
 * guards them like all others. The first ones are required by POSIX, and
 * Windows has them too. The last ones are used without guards in libuv, which
 * has to be built first.
 */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'SO_ACCEPTCONN', 'SO_BROADCAST', 'SO_ERROR', 'SO_KEEPALIVE', 'SO_LINGER', 'SO_OOBINLINE',
  'SO_RCVBUF', 'SO_RCVLOWAT', 'SO_RCVTIMEO', 'SO_REUSEADDR', 'SO_SNDBUF', 'SO_SNDTIMEO', 'SO_TYPE', 'TCP_NODELAY',
  'IPV6_JOIN_GROUP', 'IPV6_LEAVE_GROUP', 'IPV6_MULTICAST_HOPS', 'IPV6_MULTICAST_IF', 'IPV6_MULTICAST_LOOP',
  'IPV6_UNICAST_HOPS', 'IPV6_V6ONLY',
  'IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP', 'IP_MULTICAST_IF', 'IP_MULTICAST_LOOP', 'IP_MULTICAST_TTL', 'IP_TTL',
]);

/** The constants that the source defines, and whether a platform may lack them. */
export function constantsOfSource(
  text = readFileSync(path.join(root, 'src', 'socket_options.cc'), 'utf8'),
): ReadonlyMap<string, { readonly optional: boolean }> {
  return new Map([...text.matchAll(/(#ifdef (\w+)\n)?\s*NODE_DEFINE_CONSTANT\(constants, (\w+)\)/g)]
    .map(([, , guard, name]) => [name!, { optional: guard === name && !EVERYWHERE.has(name!) }]));
}
