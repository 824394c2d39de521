import type { LeftOut } from './foreign.ts';

/** What our list looks for names in. */
export const HEADERS = '#include <netinet/in.h>\n#include <netinet/tcp.h>\n#include <netinet/udp.h>\n#include <sys/socket.h>\n';

/** Names in the Linux headers that our list leaves out. */
export const LEFT_OUT: LeftOut = [
  [/^IP(V6)?_(PMTUDISC\w*|DEFAULT\w+|MAX_MEMBERSHIPS|RTHDR_(LOOSE|STRICT|TYPE_0))$|^IPV6_RTHDR_(LOOSE|STRICT|TYPE_0)$/, 'values, not options'],
  [/^TCP_(AO_(KEYF_\w+|MAXKEYLEN)|CM_INQ|COOKIE_\w+|MAXWIN|MAX_WINSHIFT|MSS\w*|MD5SIG_(FLAG_\w+|MAXKEYLEN)|REPAIR_O(FF|N)\w*|S_DATA_\w+)$|^UDP_ENCAP_\w+$/, 'values, not options'],
  [/^SO_(GET_FILTER|DETACH_BPF|\w+_OLD)$|^IPV6_(ADD|DROP)_MEMBERSHIP$|^IPV6_RX(DSTOPTS|HOPOPTS)$/, 'other names of options in the list'],
  [/^SO_(ATTACH_(REUSEPORT_E)?BPF|DETACH_\w+|LOCK_FILTER|BPF_EXTENSIONS|CNX_ADVICE|DEBUG|BSDCOMPAT|NO_CHECK|NOFCS|SECURITY_\w+)$/, 'integers, for the system\'s own programs'],
  [/^SO_(BUF_LOCK|INQ|PASS(PIDFD|RIGHTS|SEC)|PEEK_OFF|RCVMARK|RCVPRIORITY|RESERVE_MEM|SELECT_ERR_QUEUE|TXREHASH|TIMESTAMP(NS)?_NEW)$/, 'integers, and numbers do'],
  [/^SO_DEVMEM_\w+$/, 'nothing of Node\'s receives into the memory of a device'],
  [/^TCP_(COOKIE_TRANSACTIONS|INQ|IS_MPTCP|QUEUE_SEQ|REPAIR|REPAIR_QUEUE|RTO_\w+|DELACK_\w+|THIN_\w+|TIMESTAMP)$|^UDP_(ENCAP|NO_CHECK6_[RT]X)$/, 'integers, and numbers do'],
  [/^TCP_AO_GET_KEYS$/, 'reads a request from the value'],
  [/^IP(V6)?_(CHECKSUM|HDRINCL|NODEFRAG|ROUTER_ALERT\w*|PASSSEC|PROTOCOL|ADDRFORM|ADDR_PREFERENCES|AUTHHDR|NEXTHOP)$/, 'integers, or for raw sockets'],
  [/^IP(V6)?_(RECV)?(OPTS|RETOPTS|ORIGDSTADDR|FRAGSIZE|DSTOPTS|HOPOPTS|RTHDR|PATHMTU|ERR_RFC4884|HOPLIMIT)$|^IPV6_2292\w+$/, 'no message of Node\'s carries them'],
  [/^IP(V6)?_(IPSEC|XFRM)_POLICY$/, 'for key daemons'],
];
