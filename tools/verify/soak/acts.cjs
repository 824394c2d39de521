'use strict';

// What an episode does, step by step, and how the model says it ends. Each act draws its
// decisions first, so that they do not depend on what happened, and picks among all
// handles that ever existed, so that each is called in every state.

const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const tls = require('node:tls');
const { Process, Thread } = require('./partners.cjs');
const { Socket, either, fails, ok } = require('./model.cjs');

const { constants } = net;
const NAMES = Object.keys(constants);
const LEVELS = { SO_: 'SOL_SOCKET', TCP_: 'IPPROTO_TCP', IP_: 'IPPROTO_IP', IPV6_: 'IPPROTO_IPV6', UDP_: 'IPPROTO_UDP' };
const levelOf = (name) => constants[LEVELS[/^[A-Z0-9]+?_/.exec(name)[0]] ?? 'SOL_SOCKET'];

const VALUES = [
  0, 1, -1, 4096, 0xffffffff, true, '', 'reno', 'lo',
  Buffer.alloc(4), Buffer.alloc(8, 1), Buffer.alloc(16, 0xff), new Uint8Array(1 << 17),
];

const GONE = fails('ERR_SOCKET_HANDLE_ADOPTED');
const UNSENDABLE = fails('ERR_SOCKET_HANDLE_ADOPTED', 'ERR_WORKER_HANDLE_NOT_TRANSFERABLE');

/** Options that change who may bind an address, or whether a connection to it arrives. */
const DECISIVE = /REUSE|BINDTOIF|BINDTODEVICE|REPAIR|ADDRFORM|V6ONLY|DEFER_ACCEPT|ULP|MD5|RCVLOWAT|_AUTH|MTU|MAXSEG|MIN_?TTL|HOPS|TTL/;

/** Setting or reading any option may end with any system error. */
const OPTION = { ...either('ERR_INVALID_ARG_VALUE'), system: true };

const PSK = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };
const secret = { psk: Buffer.alloc(16, 1), identity: 'soak' };
const keyOf = (address) => (typeof address === 'string' ? address : `${address.address} ${address.port}`);
const silent = () => {};
/** Waits for something to end, which may have failed. */
const ended = (emitter) => (emitter.closed === true ? undefined : new Promise((resolve) => emitter.on('close', resolve)));
const quoted = (value) => JSON.stringify(value);

/** A server of each kind. Clients are told its name. */
const servers = {
  net: (name) => net.createServer((peer) => peer.on('error', silent).end(name)),
  tls: (name) => tls.createServer({ ...PSK, pskCallback: () => secret.psk }, (peer) => peer.on('error', silent).end(name))
    .on('tlsClientError', silent),
  http: (name) => http.createServer({ keepAliveTimeout: 1 }, (request, response) => response.end(name)),
};

async function readAll(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  await once(stream, 'end');
  return text;
}

/** How a client of each kind learns the name of its server. */
const clients = {
  async net(where) {
    const socket = net.connect(where);
    const text = await readAll(socket);
    socket.destroy();
    return text;
  },
  async tls(where) {
    const socket = tls.connect({ ...PSK, ...where, pskCallback: () => secret, checkServerIdentity: silent });
    const text = await readAll(socket);
    socket.destroy();
    return text;
  },
  async http({ path, ...where }) {
    const request = http.get({ ...where, socketPath: path, agent: false });
    const [response] = await once(request, 'response');
    const text = await readAll(response);
    request.destroy();
    return text;
  },
};

const handleOf = (soak, random) => soak.handles[random.below(1 << 20) % soak.handles.length];
const isBound = (entry) => entry.state === 'bound';

/** Records a handle that was created, or that was not. */
function enter(soak, bound, socket) {
  const entry = { name: soak.next('h'), bound, socket, state: bound === undefined ? 'missing' : 'bound' };
  if (bound !== undefined) entry.address = bound.address();
  soak.handles.push(entry);
  return entry;
}

function leave(soak, entry, state) {
  entry.state = state;
  entry.socket.owners--;
}

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

const acts = {
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

  async listen(soak, random) {
    const entry = handleOf(soak, random);
    const kind = random.pick(Object.keys(servers));
    const asOption = random.chance(0.5);
    if (entry.bound === undefined) return;
    const name = soak.next('server');
    const server = servers[kind](name);
    const outcome = new Promise((resolve) => server.on('listening', () => resolve()).on('error', resolve));
    const wasBound = isBound(entry);
    const { thrown } = soak.attempt(
      `const ${name} = ${kind}.createServer().listen(${asOption ? `{ handle: ${entry.name} }` : entry.name})`,
      () => server.listen(asOption ? { handle: entry.bound } : entry.bound), wasBound ? ok : GONE);
    if (thrown !== undefined || !wasBound) return;
    const expected = soak.model.listen(entry.socket);
    const err = await soak.limited(outcome, 'a server that is to listen');
    soak.judge(`${name} listens`, err, expected, { syscall: /^listen$/ });
    if (err !== undefined) {
      leave(soak, entry, 'adopted');
      return;
    }
    // A socket that was connected through a clone may have lost its address with the connection.
    if (entry.socket.connected) {
      server.close();
      await soak.limited(ended(server), `${name} that is to close`);
      leave(soak, entry, 'adopted');
      return;
    }
    entry.state = 'adopted';
    entry.socket.listening = true;
    soak.servers.push({ name, kind, server, entry });
    if (keyOf(server.address()) !== entry.socket.key) {
      soak.fail(`${name} listens on ${quoted(server.address())}, not on ${entry.socket.key}`);
    }
  },

  async stop(soak, random) {
    const index = random.below(1 << 20) % Math.max(soak.servers.length, 1);
    const [stopped] = soak.servers.splice(index, 1);
    if (stopped === undefined) return;
    soak.note(`${stopped.name}.close()`);
    stopped.server.close();
    stopped.server.closeAllConnections?.();
    await soak.limited(ended(stopped.server), `${stopped.name} that is to close`);
    stopped.entry.socket.owners--;
  },

  async visit(soak, random) {
    const index = random.below(1 << 20) % Math.max(soak.servers.length, 1);
    const visited = soak.servers[index];
    if (visited === undefined) return;
    const { kind, name, entry: { address, socket } } = visited;
    // Another server may get the connection, and speak another protocol.
    const others = soak.servers.filter((other) => other.entry.socket.key === socket.key);
    if (others.some((other) => other.kind !== kind) || soak.away.has(socket.key)) return;
    if (!soak.model.isServed(socket.key, soak.servers)) return;
    soak.note(`a client visits ${name}`);
    soak.model.doubt(socket.key);
    const where = typeof address === 'string' ? { path: address } : { host: address.address, port: address.port };
    const told = await soak.limited(clients[kind](where), `a client of ${name}`).catch((err) => `nothing (${err.message})`);
    if (!others.some((other) => other.name === told)) soak.fail(`the client was told ${told}`);
  },

  async connect(soak, random) {
    const entry = handleOf(soak, random);
    const way = random.below(3);
    if (entry.bound === undefined || entry.bound.isPipe || entry.address.family === 'IPv6') return;
    const wasBound = isBound(entry);
    let socket;
    const { thrown } = soak.attempt(
      `net.connect({ handle: ${entry.name}, port: ${way === 0 ? 'nobody\'s' : 'the sink\'s'} })`,
      () => {
        socket = net.connect({ handle: entry.bound, host: '127.0.0.1', port: way === 0 ? 9 : soak.sink }).on('error', silent);
      }, wasBound ? ok : GONE);
    if (thrown !== undefined || !wasBound) return;
    soak.model.doubt(entry.socket.key);
    entry.socket.connected = true;
    if (way === 1) {
      soak.note('it is destroyed at once');
      socket.destroy();
    }
    await soak.limited(ended(socket.resume()), 'a client that the sink resets');
    leave(soak, entry, 'adopted');
  },

  async adopt(soak, random) {
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    const wasBound = isBound(entry);
    const { value } = soak.attempt(`new net.Socket({ handle: ${entry.name} }).destroy()`,
                                   () => new net.Socket({ handle: entry.bound }).destroy(), wasBound ? ok : GONE);
    if (value === undefined) return;
    await soak.limited(ended(value), 'a socket that is destroyed');
    if (wasBound) leave(soak, entry, 'adopted');
  },

  async send(soak, random) {
    const act = random.pick(['close', 'keep', 'drop', 'clone', 'listen']);
    const isThread = random.chance(0.6);
    const keepOpen = !isThread && random.chance(0.5);
    const isEnded = random.chance(0.15);
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    // In another process, a relative path is another file, and would be left there.
    if (!isThread && entry.bound.isPipe) return;
    const wasBound = isBound(entry);
    const other = await soak.receiver(isThread ? Thread : Process);
    const { value: answer, thrown } = soak.attempt(
      `${isThread ? 'worker.postMessage' : 'subprocess.send'}(${quoted(act)}, ${entry.name}${keepOpen ? '' : ', given away'})`,
      () => other.send(entry.bound, act, keepOpen), wasBound ? ok : UNSENDABLE);
    if (thrown !== undefined || !wasBound) return;
    soak.model.doubt(entry.socket.key);
    soak.away.add(entry.socket.key);
    if (!keepOpen) leave(soak, entry, 'sent');
    if (isEnded) {
      soak.note('the receiver is ended');
      await soak.dismiss(other);
      return;
    }
    const { address, error, gone } = await soak.limited(answer, 'a receiver\'s answer');
    if (gone || (error !== undefined && error !== 'EADDRINUSE')) soak.fail(`the receiver answered ${error ?? 'nothing'}`);
    // A socket that was connected may have lost its address, as in listen().
    const isLost = entry.socket.connected || address === undefined;
    if (!isLost && keyOf(address) !== entry.socket.key) soak.fail(`it arrived as ${quoted(address)}`);
  },

  datagram(soak, random) {
    const options = random.pick([{}, { exclusive: true }]);
    const connects = random.chance(0.5);
    const socket = dgram.createSocket({ type: 'udp4', ...random.chance(0.3) ? { socketOptions: [[constants.SOL_SOCKET, constants.SO_RCVBUF, 8192]] } : {} });
    socket.on('error', silent);
    soak.datagrams.push(socket);
    const { value } = soak.attempt(`socket.bindSync({ address: '127.0.0.1', ...${quoted(options)} })`,
                                   () => socket.bindSync({ address: '127.0.0.1', ...options }), ok, { syscall: /^(bind|socket|open)$/ });
    if (value === undefined) return;
    soak.datagramKeys.add(keyOf(value));
    soak.attempt('socket.bindSync()', () => socket.bindSync(), fails('ERR_SOCKET_ALREADY_BOUND'));
    const other = dgram.createSocket('udp4');
    soak.attempt('another socket\'s bindSync()', () => other.bindSync(value), fails('EADDRINUSE'), { syscall: /^bind$/ });
    other.close();
    if (connects) {
      soak.attempt('socket.connectSync(9)', () => socket.connectSync(9, '127.0.0.1'), ok);
      soak.attempt('socket.connectSync(9)', () => socket.connectSync(9), fails('ERR_SOCKET_DGRAM_IS_CONNECTED'));
    }
  },

  async deliver(soak, random) {
    const socket = soak.datagrams[random.below(1 << 20) % Math.max(soak.datagrams.length, 1)];
    if (socket === undefined) return;
    let local;
    try {
      local = socket.address();
      socket.remoteAddress();
      return;
    } catch (err) {
      if (err.code !== 'ERR_SOCKET_DGRAM_NOT_CONNECTED') return;
    }
    soak.note('a datagram is sent to it');
    const sender = dgram.createSocket('udp4');
    sender.connectSync(local.port, local.address);
    const got = once(socket, 'message');
    sender.send('hello');
    const [message] = await soak.limited(got, 'a datagram');
    sender.close();
    if (`${message}` !== 'hello') soak.fail(`the datagram is ${message}`);
  },

  closeDatagram(soak, random) {
    const index = random.below(1 << 20) % Math.max(soak.datagrams.length, 1);
    const [socket] = soak.datagrams.splice(index, 1);
    if (socket === undefined) return;
    soak.attempt('socket.close()', () => socket.close(), ok);
    soak.attempt('socket.bindSync()', () => socket.bindSync(), fails('ERR_SOCKET_DGRAM_NOT_RUNNING'));
    soak.attempt('socket.getsockopt()', () => socket.getsockopt(constants.SOL_SOCKET, constants.SO_TYPE), fails('ERR_SOCKET_DGRAM_NOT_RUNNING'));
  },

  async haveNoDescriptors(soak, random) {
    const entry = handleOf(soak, random);
    await soak.withoutDescriptors(() => {
      const none = fails('EMFILE');
      const host = '127.0.0.1';
      const attempt = (text, work, syscall) => soak.attempt(`${text} without descriptors`, work, none, { syscall });
      for (const options of [{ host }, { host, exclusive: true }, { host, shared: true }, { path: 'emfile' }])
        attempt(`new net.BoundHandle(${quoted(options)})`, () => new net.BoundHandle(options), /^(bind|socket)$/);
      attempt('bindSync()', () => dgram.createSocket('udp4').bindSync(), /^(bind|socket)$/);
      if (!isBound(entry)) return;
      attempt(`${entry.name}.clone()`, () => entry.bound.clone(), /^dup$/);
      const { port1 } = new MessageChannel();
      attempt(`port.postMessage(${entry.name})`, () => port1.postMessage(entry.bound, [entry.bound]), /^dup$/);
      port1.close();
      soak.attempt(`${entry.name}.address()`, () => entry.bound.address(), ok);
    });
  },

  async storm(soak) {
    soak.note('signals');
    await soak.limited(soak.warden.ask('storm 20'), 'signals');
  },

  async dismissThread(soak) {
    await soak.dismiss(soak.receivers.get(Thread));
  },

  async dismissProcess(soak) {
    await soak.dismiss(soak.receivers.get(Process));
  },
};

const WEIGHTS = {
  bind: 10, bindAgain: 10, bindPath: 4, bindPathAgain: 2, bindBadly: 4, look: 6, clone: 8, close: 6,
  setOption: 10, getOption: 10, keepOption: 3, useMuchMemory: 1,
  listen: 10, stop: 4, visit: 8, connect: 6, adopt: 2, send: 8,
  datagram: 4, deliver: 2, closeDatagram: 3,
  haveNoDescriptors: 2, storm: 1, dismissThread: 1, dismissProcess: 1,
};

const weighted = Object.entries(WEIGHTS).flatMap(([name, weight]) => Array(weight).fill(name));

module.exports = { acts, weighted };
