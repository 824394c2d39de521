import type { BaseRecord } from '../../base/base.ts';
import type { Line } from '../../core/lines.ts';
import type { Tally } from '../../core/tally.ts';
import { compileForeign, type Foreign, foreignUnits, type LeftOut } from './foreign.ts';

/** Names in the Windows headers that our list leaves out. */
const LEFT_OUT: LeftOut = [
  [/^(IP|TCP)_.*(UNSPECIFIED|NO_SYN_RETRANSMISSIONS|DEFAULT)|_ADDRESS_BITS$/, 'values, not options'],
  [/_(HDRINCL|CHECKSUM)$|^UDP_(NOCHECKSUM|CHECKSUM_COVERAGE)$/, 'for raw sockets, or without effect'],
  [/_IFLIST$|_NRT_INTERFACE$|_WFP_|_PROTECTION_LEVEL$|_USER_MTU$|_RECEIVE_BROADCAST$|_ORIGINAL_ARRIVAL_IF$/, 'Windows alone has them, and numbers do'],
  [/^SO_(CONDITIONAL_ACCEPT|GROUP_\w+|MAX_MSG_SIZE|PROTOCOL_INFO[AW]?|DONTLINGER|USELOOPBACK|DEBUG)$|^TCP_EXPEDITED_1122$/, 'Windows alone has them, and numbers do'],
  [/^IPV6_(ADD|DROP)_MEMBERSHIP$/, 'other names of IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP'],
  [/^IP(V6)?_(BLOCK|UNBLOCK)_SOURCE$|^IP(V6)?_(ECN|TCLASS|HOPLIMIT|HOPOPTS|RTHDR|OPTIONS|PKTINFO_EX|RECVDSTADDR|RECVIF|RECVRTHDR)$|^IPV6_PKTINFO$|^IP_RECVTCLASS$/, 'no message of Node\'s carries them'],
];

/** Windows as provided by mingw-w64. */
export const WINDOWS = {
  name: 'windows',
  // With POSIX threads, because the other variant lacks std::mutex.
  compiler: ['x86_64-w64-mingw32-g++-posix'],
  // The same as in Node's common.gypi and libuv's headers.
  defines: ['WIN32', '_WIN32_WINNT=0x0A00', 'NOMINMAX', 'NODE_PLATFORM="win32"'],
  undefines: /^(__POSIX__|_FILE_OFFSET_BITS|NODE_PLATFORM|NAPI_EXPERIMENTAL)$/,
  options: { system: 'Windows', headers: '#include <winsock2.h>\n#include <ws2tcpip.h>\n', leftOut: LEFT_OUT },
} as const satisfies Foreign;

/**
 * Compiles our C++ and the units of Node that have hooks for Windows, against
 * the headers of libuv and Node, and checks that our list has the options in
 * the Windows headers. Nothing is linked or run: the official binary has the
 * symbols of another compiler.
 */
export async function windows(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  return compileForeign(line, WINDOWS, base, await foreignUnits(line, base));
}
