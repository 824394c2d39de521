'use strict';

// net.constants contains the numbers of this platform, and nothing else.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { constants } = net;

assert.strictEqual(Object.getPrototypeOf(constants), null);
assert.ok(Object.isFrozen(constants));
assert.throws(() => { constants.SOL_SOCKET = -1; }, TypeError);
assert.throws(() => { constants.SO_INVENTED = 1; }, TypeError);
assert.throws(() => { delete constants.SOL_SOCKET; }, TypeError);

const names = Reflect.ownKeys(constants);
for (const name of names) {
  assert.match(name, /^(?:SOL|IPPROTO|SO|TCP|UDP|IP|IPV6)_[A-Z0-9_]+$/);
  const descriptor = Object.getOwnPropertyDescriptor(constants, name);
  assert.ok(descriptor.enumerable, name);
  // An accessor would not have a value.
  assert.ok(Number.isInteger(descriptor.value), name);
  assert.strictEqual(descriptor.value | 0, descriptor.value, name);
}

// These are the same on all systems.
for (const [name, value] of Object.entries({
  IPPROTO_IP: 0,
  IPPROTO_IPV6: 41,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  TCP_NODELAY: 1,
})) {
  assert.strictEqual(constants[name], value, name);
}
for (const name of ['SOL_SOCKET', 'SO_ERROR', 'SO_KEEPALIVE', 'SO_LINGER',
                    'SO_RCVBUF', 'SO_REUSEADDR', 'SO_SNDBUF', 'SO_TYPE',
                    'IP_TTL', 'IPV6_V6ONLY']) {
  assert.ok(names.includes(name), name);
}

const elsewhere = {
  linux: ['IP_BINDANY', 'IP_BOUND_IF', 'IP_DONTFRAG', 'IPV6_BOUND_IF',
          'SO_EXCLUSIVEADDRUSE', 'SO_LINGER_SEC', 'SO_NOSIGPIPE',
          'SO_REUSEPORT_LB', 'SO_USER_COOKIE', 'TCP_CONNECTIONTIMEOUT',
          'TCP_CONNECTION_INFO', 'TCP_KEEPALIVE', 'TCP_MAXRT', 'TCP_NOPUSH',
          'TCP_RXT_CONNDROPTIME'],
  darwin: ['SO_BINDTODEVICE', 'SO_EXCLUSIVEADDRUSE', 'SO_PEERCRED',
           'TCP_CONGESTION', 'TCP_CORK', 'TCP_USER_TIMEOUT', 'UDP_SEGMENT'],
  win32: ['SO_BINDTODEVICE', 'SO_NOSIGPIPE', 'SO_PEERCRED', 'TCP_CONGESTION',
          'TCP_CORK', 'TCP_CONNECTION_INFO', 'TCP_USER_TIMEOUT'],
};
for (const name of elsewhere[process.platform] ?? []) {
  assert.ok(!(name in constants), name);
  assert.strictEqual(constants[name], undefined);
}

// Some architectures have their own numbers for SO_ options on Linux.
if (common.isLinux && ['x64', 'arm64'].includes(process.arch)) {
  const linux = {
    SOL_SOCKET: 1,
    SO_REUSEADDR: 2,
    SO_TYPE: 3,
    SO_ERROR: 4,
    SO_DONTROUTE: 5,
    SO_BROADCAST: 6,
    SO_SNDBUF: 7,
    SO_RCVBUF: 8,
    SO_KEEPALIVE: 9,
    SO_OOBINLINE: 10,
    SO_PRIORITY: 12,
    SO_LINGER: 13,
    SO_REUSEPORT: 15,
    SO_PASSCRED: 16,
    SO_PEERCRED: 17,
    SO_RCVLOWAT: 18,
    SO_RCVTIMEO: 20,
    SO_SNDTIMEO: 21,
    SO_BINDTODEVICE: 25,
    SO_ACCEPTCONN: 30,
    SO_MARK: 36,
    SO_PROTOCOL: 38,
    SO_DOMAIN: 39,
    TCP_MAXSEG: 2,
    TCP_CORK: 3,
    TCP_KEEPIDLE: 4,
    TCP_KEEPINTVL: 5,
    TCP_KEEPCNT: 6,
    TCP_INFO: 11,
    TCP_QUICKACK: 12,
    TCP_CONGESTION: 13,
    TCP_USER_TIMEOUT: 18,
    TCP_NOTSENT_LOWAT: 25,
    IP_TOS: 1,
    IP_TTL: 2,
    IP_RECVTTL: 12,
    IP_MINTTL: 21,
    IP_MULTICAST_TTL: 33,
    IP_MULTICAST_LOOP: 34,
    IP_ADD_MEMBERSHIP: 35,
    IPV6_UNICAST_HOPS: 16,
    IPV6_MULTICAST_HOPS: 18,
    IPV6_MULTICAST_LOOP: 19,
    IPV6_JOIN_GROUP: 20,
    IPV6_LEAVE_GROUP: 21,
    IPV6_V6ONLY: 26,
    IPV6_RECVHOPLIMIT: 51,
    IPV6_RECVTCLASS: 66,
    IPV6_TCLASS: 67,
  };
  for (const [name, value] of Object.entries(linux))
    assert.strictEqual(constants[name], value, name);
  // Headers older than Linux 4.18 do not define this one.
  if ('UDP_SEGMENT' in constants)
    assert.strictEqual(constants.UDP_SEGMENT, 103);
}

// All options that Linux headers have defined since 4.14, on any architecture.
if (common.isLinux) {
  const names = [
    'SO_REUSEADDR', 'SO_REUSEPORT', 'SO_KEEPALIVE', 'SO_BROADCAST', 'SO_LINGER',
    'SO_RCVBUF', 'SO_SNDBUF', 'SO_RCVBUFFORCE', 'SO_SNDBUFFORCE', 'SO_RCVLOWAT',
    'SO_ERROR', 'SO_TYPE', 'SO_DOMAIN', 'SO_PROTOCOL', 'SO_ACCEPTCONN',
    'SO_BINDTODEVICE', 'SO_MARK', 'SO_PRIORITY', 'SO_INCOMING_CPU',
    'SO_INCOMING_NAPI_ID', 'SO_BUSY_POLL', 'SO_ZEROCOPY', 'SO_PEERCRED',
    'SO_PEERSEC', 'SO_PASSCRED', 'SO_TIMESTAMP', 'SO_COOKIE', 'SO_OOBINLINE',
    'TCP_NODELAY', 'TCP_CORK', 'TCP_QUICKACK', 'TCP_KEEPIDLE', 'TCP_KEEPINTVL',
    'TCP_KEEPCNT', 'TCP_USER_TIMEOUT', 'TCP_MAXSEG', 'TCP_SYNCNT', 'TCP_LINGER2',
    'TCP_DEFER_ACCEPT', 'TCP_WINDOW_CLAMP', 'TCP_CONGESTION', 'TCP_FASTOPEN',
    'TCP_FASTOPEN_CONNECT', 'TCP_INFO', 'TCP_NOTSENT_LOWAT', 'TCP_MD5SIG',
    'IP_TOS', 'IP_TTL', 'IP_MULTICAST_IF', 'IP_MULTICAST_TTL',
    'IP_MULTICAST_LOOP', 'IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP',
    'IP_FREEBIND', 'IP_TRANSPARENT', 'IP_BIND_ADDRESS_NO_PORT', 'IP_MTU',
    'IP_MTU_DISCOVER', 'IP_PKTINFO', 'IP_RECVTOS', 'IP_RECVERR',
    'IP_MULTICAST_ALL', 'IP_UNICAST_IF', 'IPV6_V6ONLY', 'IPV6_UNICAST_HOPS',
    'IPV6_MULTICAST_IF', 'IPV6_MULTICAST_HOPS', 'IPV6_MULTICAST_LOOP',
    'IPV6_JOIN_GROUP', 'IPV6_LEAVE_GROUP', 'SO_RCVTIMEO', 'SO_SNDTIMEO',
    'IPV6_TCLASS', 'IPV6_MTU', 'IPV6_MTU_DISCOVER', 'IPV6_RECVPKTINFO',
    'IPV6_TRANSPARENT', 'IPV6_DONTFRAG', 'UDP_CORK',
    'SO_DONTROUTE', 'SO_SNDLOWAT', 'SO_MAX_PACING_RATE', 'SO_PEERGROUPS',
    'SO_TIMESTAMPNS', 'SO_RXQ_OVFL', 'SO_MEMINFO', 'TCP_CC_INFO',
    'TCP_SAVE_SYN', 'TCP_SAVED_SYN', 'TCP_ULP', 'IP_MINTTL',
    'IP_ADD_SOURCE_MEMBERSHIP', 'IP_DROP_SOURCE_MEMBERSHIP', 'IP_RECVTTL',
    'IPV6_RECVHOPLIMIT', 'IPV6_RECVTCLASS', 'IPV6_RECVERR',
  ];
  for (const name of names)
    assert.ok(Number.isInteger(constants[name]), name);
}
