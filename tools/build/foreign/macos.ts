import type { BaseRecord } from '../../base/base.ts';
import type { Line } from '../../core/lines.ts';
import { say } from '../../core/report.ts';
import { type Tally, total } from '../../core/tally.ts';
import { compileForeign, type Foreign, foreignUnits, type LeftOut } from './foreign.ts';
import { HEADERS, LEFT_OUT as LEFT_OUT_ON_LINUX } from './linux.ts';
import { type Compiler, zig } from './zig.ts';

/** Names in the macOS headers that our list leaves out. */
export const LEFT_OUT: LeftOut = [
  [/^TCP_(MAX(HLEN|OLEN|WIN|_SACK|_WINSHIFT)|MINMSS|MSS)$|^IP(V6)?_(MAX|MIN|DEFAULT|PORTRANGE)_\w+$|^IPV6_(ADDR_MC_FLAGS_\w+|RTHDR_(LOOSE|STRICT|TYPE_0)|SOCKOPT_RESERVED1)$/, 'values, not options'],
  [/^IP(V6)?_(HDRINCL|STRIPHDR|CHECKSUM|FAITH|NAT__XXX|(OLD_)?FW_\w+|IPSEC_POLICY)$|^IP_(RSVP|DUMMYNET)_\w+$|^IP_(MULTICAST_VIF|TRAFFIC_MGT_BACKGROUND)$|^UDP_NOCKSUM$/, 'for raw sockets, or for the system\'s own programs'],
  [/^IP_(UN)?BLOCK_SOURCE$|^IPV6_(2292|3542)\w+$|^IPV6_(RECV)?(DSTOPTS|HOPOPTS|RTHDR|RTHDRDSTOPTS|PATHMTU|NEXTHOP)$|^IPV6_(HOPLIMIT|PKTINFO)$|^IP_(RECV)?(RET)?OPTS$|^IP_(OPTIONS|RECVDSTADDR|RECVIF)$|^SO_TIMESTAMP_MONOTONIC$/, 'no message of Node\'s carries them'],
  [/^IPV6_BINDV6ONLY$|^IP_RECVPKTINFO$/, 'other names of IPV6_V6ONLY and IP_PKTINFO'],
  [/^SO_(DEBUG|DONTTRUNC|NETSVC_MARKING_LEVEL|NET_SERVICE_TYPE|NKE|NOADDRERR|NOTIFYCONFLICT|NREAD|NUMRCVPKT|NWRITE|RANDOMPORT|RESOLVER_SIGNATURE|REUSESHAREUID|UPCALLCLOSEWAIT|USELOOPBACK|WANTMORE|WANTOOBFLAG)$/, 'macOS alone has them, and numbers do'],
  [/^TCP_(ENABLE_ECN|NOOPT|RXT_FINDROP|SENDMOREACKS)$|^IP_MULTICAST_IFINDEX$|^IP(V6)?_PORTRANGE$|^IPV6_(PREFER_TEMPADDR|USE_MIN_MTU)$/, 'the BSDs and macOS have them, and numbers do'],
];

/** The targets: macOS on both architectures, and Linux on the one that is not this machine's. */
export function targets(compiler: (target: string) => Compiler, processor = process.arch): readonly Foreign[] {
  const spelled: Readonly<Record<string, string>> = { arm64: 'aarch64', x64: 'x86_64' };
  const common = /^(NODE_ARCH|NODE_PLATFORM|_GLIBCXX_\w+)$/;
  const macos = Object.keys(spelled).map((arch): Foreign => ({
    name: `macos-${arch}`,
    ...compiler(`${spelled[arch]}-macos`),
    // The same as in Node's common.gypi and libuv's headers.
    defines: ['_DARWIN_USE_64_BIT_INODE=1', `NODE_ARCH="${arch}"`, 'NODE_PLATFORM="darwin"'],
    undefines: common,
    // zig does not ship these headers. Neither our units nor Node's use anything from them.
    absent: ['netinet/ip6.h'],
    addonLink: ['-shared', '-Wl,-undefined,dynamic_lookup'],
    options: {
      system: 'macOS',
      headers: '#define __APPLE_USE_RFC_3542\n#include <netinet/in.h>\n#include <netinet/tcp.h>\n#include <netinet/udp.h>\n#include <sys/socket.h>\n',
      leftOut: LEFT_OUT,
    },
  }));
  const other = processor === 'arm64' ? 'x64' : 'arm64';
  return [...macos, {
    name: `linux-${other}`,
    ...compiler(`${spelled[other]}-linux-gnu`),
    defines: [`NODE_ARCH="${other}"`, 'NODE_PLATFORM="linux"'],
    undefines: common,
    options: { system: 'Linux', headers: HEADERS, leftOut: LEFT_OUT_ON_LINUX },
  }];
}

/**
 * Compiles our C++ and the units of Node that have hooks for macOS, against the
 * headers of libuv, Node and Apple, and checks that our list has the options
 * in Apple's headers. Also does so for Linux on the other architecture. The addon for
 * macOS is linked, and nothing is run.
 */
export async function macos(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const units = await foreignUnits(line, base);
  const made = targets(await zig());
  const tallies: Tally[] = [];
  for (const foreign of made) {
    const result = await compileForeign(line, foreign, base, units);
    say(`${foreign.name}: ${result.did}`);
    tallies.push(result);
  }
  return { did: `${units.length} units for ${made.map(({ name }) => name).join(', ')}; nothing run`, ...total(tallies) };
}
