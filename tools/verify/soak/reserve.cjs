'use strict';

// Acts that bind, look at, copy, close and tune handles without a role.

const fs = require('node:fs');
const net = require('node:net');
const { GONE, enter, handleOf, isBound, keyOf, leave, quoted } = require('./entries.cjs');
const { Socket, either, fails, ok } = require('./model.cjs');

const { constants } = net;
const NAMES = Object.keys(constants);
const LEVELS = { SO_: 'SOL_SOCKET', TCP_: 'IPPROTO_TCP', IP_: 'IPPROTO_IP', IPV6_: 'IPPROTO_IPV6', UDP_: 'IPPROTO_UDP' };
const levelOf = (name) => constants[LEVELS[/^[A-Z0-9]+?_/.exec(name)[0]] ?? 'SOL_SOCKET'];

const VALUES = [
  0, 1, -1, 4096, 0xffffffff, true, '', 'reno', 'lo',
  Buffer.alloc(4), Buffer.alloc(8, 1), Buffer.alloc(16, 0xff), new Uint8Array(1 << 17),
];

/** Options that change who may bind an address, or whether a connection to it arrives. */
const DECISIVE = /REUSE|BINDTOIF|BINDTODEVICE|REPAIR|ADDRFORM|V6ONLY|DEFER_ACCEPT|ULP|MD5|RCVLOWAT|_AUTH|MTU|MAXSEG|MIN_?TTL|HOPS|TTL/;

/** Setting or reading any option may end with any system error. */
const OPTION = { ...either('ERR_INVALID_ARG_VALUE', 'ERR_SOCKET_OPTION_REFUSED'), system: true };

/** Options of a kind, and the kind of socket that they make. */
const KINDS = [
  [{}, {}],
  [{ exclusive: true }, { exclusive: true }],
  [{ reusePort: true }, { reusePort: true }],
  [{ shared: true }, { terms: 'one' }],
  [{ shared: true, exclusive: true }, { terms: 'exclusive', exclusive: true }],
  [{ shared: 'reuseport' }, { terms: 'many', reusePort: true }],
  [{ socketOptions: [[constants.SOL_SOCKET, constants.SO_RCVBUF, 8192]] }, {}],
];

/** Binds with those options, and records the result. */
function bind(soak, options, kind, expected) {
  const result = soak.attempt(`new net.BoundHandle(${quoted(options)})`, () => new net.BoundHandle(options), expected, {
    syscall: /^(bind|setsockopt|socket|open|getsockname)$/,
  });
  const bound = result.value;
  if (bound === undefined) {
    enter(soak, undefined);
    return;
  }
  soak.bounds.push(bound);
  const key = keyOf(bound.address());
  const known = kind.terms === 'one' || kind.terms === 'exclusive' ? soak.model.shared(key) : undefined;
  if (known !== undefined) known.owners++;
  enter(soak, bound, known ?? soak.model.add(new Socket({ key, ...kind })));
}

module.exports = {
  bind(soak, random) {
    const [more, kind] = random.pick(KINDS);
    const host = random.pick(['127.0.0.1', '127.0.0.1', '::1']);
    bind(soak, { host, ...more }, kind, ok);
  },

  bindAgain(soak, random) {
    const [more, kind] = random.pick(KINDS);
    const entry = handleOf(soak, random);
    if (entry.bound === undefined || typeof entry.address === 'string') return;
    const { address: host, port } = entry.address;
    const key = keyOf(entry.address);
    const expected = kind.terms === undefined ? soak.model.bind({ key, ...kind }) : soak.model.share({ key, ...kind });
    bind(soak, { host, port, ...more }, kind, expected);
  },

  bindPath(soak, random) {
    const path = random.pick([`p${soak.serial()}`, `\0soak-${process.pid}-${soak.serial()}`]);
    bind(soak, { path }, { exclusive: true }, ok);
  },

  bindPathAgain(soak, random) {
    const entry = handleOf(soak, random);
    if (typeof entry.address !== 'string') return;
    bind(soak, { path: entry.address }, { exclusive: true }, soak.model.bind({ key: entry.address, exclusive: true }));
  },

  bindBadly(soak, random) {
    const [options, ...codes] = random.pick([
      [{ host: 'localhost' }, 'ERR_INVALID_ARG_VALUE'], [{ port: 70000 }, 'ERR_SOCKET_BAD_PORT'],
      [{ host: '192.0.2.1' }, 'EADDRNOTAVAIL'], [{ path: 'missing/a' }, 'EACCES', 'ENOENT'],
      [{ fd: 1 << 20 }, 'EBADF'], [{ fd: soak.file }, 'ENOTSOCK'], [{ shared: 1 }, 'ERR_INVALID_ARG_VALUE'],
      [{ exclusive: true, reusePort: true }, 'ERR_INVALID_ARG_VALUE'], [{ fd: 3, port: 0 }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: '127.0.0.1', socketOptions: [[constants.IPPROTO_TCP, 9999, 1]] }, 'ENOPROTOOPT'],
      [{ shared: true, socketOptions: [] }, 'ERR_INVALID_ARG_VALUE'],
    ]);
    bind(soak, options, {}, fails(...codes));
  },

  look(soak, random) {
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    const expected = isBound(entry) ? ok : GONE;
    const { value } = soak.attempt(`${entry.name}.address()`, () => entry.bound.address(), expected);
    if (value !== undefined && keyOf(value) !== keyOf(entry.address)) soak.fail(`the address is ${quoted(value)}, not ${quoted(entry.address)}`);
    const fd = soak.attempt(`${entry.name}.fd()`, () => entry.bound.fd(), expected).value;
    if (fd !== undefined && !fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) soak.fail('the descriptor is no socket');
  },

  clone(soak, random) {
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    const { value } = soak.attempt(`${entry.name}.clone()`, () => entry.bound.clone(), isBound(entry) ? ok : GONE, { syscall: /^dup$/ });
    if (value === undefined) {
      enter(soak, undefined);
      return;
    }
    soak.bounds.push(value);
    entry.socket.owners++;
    if (keyOf(enter(soak, value, entry.socket).address) !== entry.socket.key) soak.fail('the clone has another address');
  },

  close(soak, random) {
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    const expected = isBound(entry) ? ok : GONE;
    soak.attempt(`${entry.name}.close()`, () => entry.bound.close(), expected);
    if (isBound(entry)) leave(soak, entry, 'closed');
  },

  setOption(soak, random) {
    const entry = handleOf(soak, random);
    const name = random.pick(NAMES);
    const value = random.pick(VALUES);
    if (entry.bound === undefined) return;
    const shown = typeof value === 'object' ? `<${value.length} bytes>` : quoted(value);
    soak.attempt(`${entry.name}.setsockopt(${levelOf(name)}, net.constants.${name}, ${shown})`,
                 () => entry.bound.setsockopt(levelOf(name), constants[name], value),
                 isBound(entry) ? OPTION : GONE, { syscall: /^setsockopt$/ });
    if (!isBound(entry) || !DECISIVE.test(name)) return;
    soak.model.doubt(entry.socket.key);
    soak.away.add(entry.socket.key);
  },

  getOption(soak, random) {
    const entry = handleOf(soak, random);
    const name = random.pick(NAMES);
    const length = random.pick([undefined, 0, 4, 8, 256]);
    if (entry.bound === undefined) return;
    soak.attempt(`${entry.name}.getsockopt(${levelOf(name)}, net.constants.${name}, ${length})`,
                 () => entry.bound.getsockopt(levelOf(name), constants[name], length),
                 isBound(entry) ? OPTION : GONE, { syscall: /^getsockopt$/ });
  },

  keepOption(soak, random) {
    const entry = handleOf(soak, random);
    const size = 4096 * (1 + random.below(16));
    if (!isBound(entry)) return;
    const { SOL_SOCKET, SO_SNDBUF } = constants;
    soak.attempt(`${entry.name}.setsockopt(SOL_SOCKET, SO_SNDBUF, ${size})`, () => entry.bound.setsockopt(SOL_SOCKET, SO_SNDBUF, size), ok);
    const { value } = soak.attempt(`${entry.name}.getsockopt(SOL_SOCKET, SO_SNDBUF)`, () => entry.bound.getsockopt(SOL_SOCKET, SO_SNDBUF), ok);
    // Values below the system's minimum are raised to it; the result is twice what was set.
    if (value < 2 * size && size >= 8192) soak.fail(`SO_SNDBUF is ${value}`);
  },

  useMuchMemory(soak, random) {
    const entry = handleOf(soak, random);
    if (!isBound(entry) || entry.address?.family !== 'IPv4') return;
    // IP_MSFILTER with more than the system allows for a socket's options.
    soak.attempt(`${entry.name}.setsockopt(0, 41, <1 MiB>)`, () => entry.bound.setsockopt(0, 41, new Uint8Array(1 << 20)), fails('ENOBUFS'));
  },
};
