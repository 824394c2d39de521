'use strict';

// Uses strace(1) to check the order of system calls: socket(2), the options of
// Node.js, those of the list, and only then bind(2), connect(2), listen(2).

const common = require('../common');
if (!common.isLinux)
  common.skip('strace is for Linux');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { spawnSync } = require('child_process');
const tmpdir = require('../common/tmpdir');

const {
  IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, IPV6_UNICAST_HOPS,
  IPV6_V6ONLY, IP_TTL, SO_PRIORITY, SO_RCVBUF, SO_REUSEADDR, SO_REUSEPORT,
  SO_SNDBUF,
} = net.constants;

const host = '127.0.0.1';

// The options in the lists, in this order. Node.js does not set any of them.
const first = [SOL_SOCKET, SO_RCVBUF, 20_001];
const second = [SOL_SOCKET, SO_PRIORITY, 5];
const third = [SOL_SOCKET, SO_SNDBUF, new Int32Array([20_003])];
const list = [first, second, third];
const bad = [IPPROTO_TCP, 9999, 1];

// The form to which the traced calls are reduced.
const set = (level, name, value) => `set ${level} ${name} ${value}`;
const LIST = [set(SOL_SOCKET, SO_RCVBUF, 20_001),
              set(SOL_SOCKET, SO_PRIORITY, 5),
              set(SOL_SOCKET, SO_SNDBUF, 20_003)];
const REUSE = set(SOL_SOCKET, SO_REUSEADDR, 1);
const REUSE_PORT = set(SOL_SOCKET, SO_REUSEPORT, 1);
const ONLY = (on) => set(IPPROTO_IPV6, IPV6_V6ONLY, on);
const BAD = set(IPPROTO_TCP, 9999, 1);
const TCP = 'socket inet stream';
const TCP6 = 'socket inet6 stream';
const UDP = 'socket inet datagram';
const UDP6 = 'socket inet6 datagram';
const PIPE = 'socket unix stream';

// What a child process does, and which sockets it creates. Somebody listens on
// the port and the path that it is given.
const scenarios = {
  'BoundSocket': {
    run() {
      new net.BoundSocket({ host, socketOptions: list }).close();
    },
    sockets: [[TCP, REUSE, ...LIST, 'bind']],
  },
  'BoundSocket, reusePort': {
    run() {
      new net.BoundSocket({ host, reusePort: true, socketOptions: list }).close();
    },
    sockets: [[TCP, REUSE, REUSE_PORT, ...LIST, 'bind']],
  },
  'BoundSocket, what Node.js has set': {
    run() {
      const socketOptions = [[SOL_SOCKET, SO_REUSEADDR, false]];
      new net.BoundSocket({ host, socketOptions }).close();
    },
    sockets: [[TCP, REUSE, set(SOL_SOCKET, SO_REUSEADDR, 0), 'bind']],
  },
  'BoundSocket, IPv6': {
    six: true,
    run() {
      new net.BoundSocket({
        host: '::1',
        socketOptions: [...list, [IPPROTO_IPV6, IPV6_V6ONLY, true]],
      }).close();
      new net.BoundSocket({
        host: '::1',
        ipv6Only: true,
        socketOptions: list,
      }).close();
    },
    sockets: [[TCP6, REUSE, ONLY(0), ...LIST, ONLY(1), 'bind'],
              [TCP6, REUSE, ONLY(1), ...LIST, 'bind']],
  },
  'BoundSocket, path': {
    run() {
      new net.BoundSocket({ path: common.PIPE, socketOptions: list }).close();
    },
    sockets: [[PIPE, ...LIST, 'bind']],
  },
  'BoundSocket, a failure': {
    run() {
      for (const options of [{ host }, { path: common.PIPE }]) {
        assert.throws(
          () => new net.BoundSocket({
            ...options,
            socketOptions: [first, bad, second],
          }), { syscall: 'setsockopt' });
      }
    },
    sockets: [[TCP, REUSE, LIST[0], BAD, 'close'],
              [PIPE, LIST[0], BAD, 'close']],
    close: true,
  },
  'listen': {
    run() {
      const server = net.createServer();
      server.listen({ host, port: 0, socketOptions: list },
                    common.mustCall(() => server.close()));
    },
    sockets: [[TCP, REUSE, ...LIST, 'bind', 'listen']],
  },
  'listen, any address': {
    six: true,
    run() {
      const server = net.createServer();
      server.listen({ port: 0, socketOptions: list },
                    common.mustCall(() => server.close()));
    },
    sockets: [[TCP6, REUSE, ONLY(0), ...LIST, 'bind', 'listen']],
  },
  'listen, a failure is not an address that is missing': {
    six: true,
    run() {
      const server = net.createServer();
      server.on('error', common.mustCall((err) => {
        assert.strictEqual(err.syscall, 'setsockopt');
      }));
      server.listen({ port: 0, socketOptions: [first, bad, second] });
    },
    sockets: [[TCP6, REUSE, ONLY(0), LIST[0], BAD, 'close']],
    close: true,
  },
  'listen, path': {
    run() {
      const server = net.createServer();
      server.listen({ path: common.PIPE, socketOptions: list },
                    common.mustCall(() => server.close()));
    },
    sockets: [[PIPE, ...LIST, 'bind', 'listen']],
  },
  'listen, BoundSocket': {
    run() {
      for (const options of [{ host }, { path: common.PIPE }]) {
        const server = net.createServer();
        server.listen({
          handle: new net.BoundSocket({ ...options, socketOptions: [first] }),
          socketOptions: [second, third],
        }, common.mustCall(() => server.close()));
      }
    },
    sockets: [[TCP, REUSE, LIST[0], 'bind', LIST[1], LIST[2], 'listen'],
              [PIPE, LIST[0], 'bind', LIST[1], LIST[2], 'listen']],
  },
  'connect': {
    run(port) {
      net.connect({ host, port, socketOptions: list })
        .on('connect', common.mustCall(function() { this.destroy(); }));
    },
    sockets: [[TCP, ...LIST, 'connect']],
  },
  'connect, localAddress': {
    run(port) {
      net.connect({
        host,
        port,
        localAddress: '127.0.0.2',
        socketOptions: list,
      }).on('connect', common.mustCall(function() { this.destroy(); }));
    },
    sockets: [[TCP, REUSE, ...LIST, 'bind', 'connect']],
  },
  'connect, localAddress, IPv6': {
    six: true,
    run(port) {
      // Nobody listens on IPv6.
      net.connect({ host: '::1', port, localAddress: '::1', socketOptions: list })
        .on('error', common.mustCall());
    },
    sockets: [[TCP6, REUSE, ONLY(0), ...LIST, 'bind', 'connect']],
  },
  'autoSelectFamily, localPort': {
    six: true,
    run(port) {
      net.connect({
        host: 'name.invalid',
        port,
        localPort: 20_000 + process.pid % 10_000,
        autoSelectFamily: true,
        lookup: (name, options, callback) => setImmediate(callback, null, [
          { address: '127.0.0.2', family: 4 },
          { address: '::1', family: 6 },
        ]),
        socketOptions: list,
      }).on('error', common.mustCall());
    },
    sockets: [[TCP, REUSE, ...LIST, 'bind', 'connect'],
              [TCP6, REUSE, ONLY(0), ...LIST, 'bind', 'connect']],
  },
  'connect, kept calls': {
    run(port) {
      net.connect({ host, port, socketOptions: [first] })
        .setsockopt(...second)
        .setsockopt(...third)
        .on('connect', common.mustCall(function() { this.destroy(); }));
      const socket = new net.Socket();
      socket.setsockopt(...second).setsockopt(...third);
      socket.connect({
        host,
        port,
        localAddress: '127.0.0.2',
        socketOptions: [first],
      }, common.mustCall(() => socket.destroy()));
    },
    sockets: [[TCP, ...LIST, 'connect'], [TCP, REUSE, ...LIST, 'bind', 'connect']],
  },
  'connect, path': {
    run(port, path) {
      const socket = new net.Socket();
      socket.setsockopt(...second).setsockopt(...third);
      socket.connect({ path, socketOptions: [first] },
                     common.mustCall(() => socket.destroy()));
    },
    sockets: [[PIPE, ...LIST, 'connect']],
  },
  'connect, BoundSocket': {
    run(port) {
      const handle = new net.BoundSocket({ host, socketOptions: [first] });
      net.connect({ handle, host, port, socketOptions: [second, third] })
        .on('connect', common.mustCall(function() { this.destroy(); }));
    },
    sockets: [[TCP, REUSE, LIST[0], 'bind', LIST[1], LIST[2], 'connect']],
  },
  'connect, a failure': {
    run(port, path) {
      for (const options of [
        { host, port },
        { path },
        { host, port, localAddress: '127.0.0.2' },
      ]) {
        net.connect({ ...options, socketOptions: [first, bad, second] })
          .on('error', common.mustCall((err) => {
            assert.strictEqual(err.syscall, 'setsockopt');
          }));
      }
    },
    sockets: [[TCP, LIST[0], BAD, 'close'],
              [PIPE, LIST[0], BAD, 'close'],
              [TCP, REUSE, LIST[0], BAD, 'close']],
    close: true,
  },
  'autoSelectFamily': {
    run(port) {
      // Nobody listens on the first address.
      net.connect({
        host: 'name.invalid',
        port,
        autoSelectFamily: true,
        lookup: (name, options, callback) => setImmediate(callback, null, [
          { address: '127.0.0.2', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
        socketOptions: [first],
      }).setsockopt(...second)
        .setsockopt(...third)
        .on('connect', common.mustCall(function() {
          assert.strictEqual(this.remoteAddress, '127.0.0.1');
          this.destroy();
        }));
    },
    sockets: [[TCP, ...LIST, 'connect'], [TCP, ...LIST, 'connect']],
  },
  'autoSelectFamily, an option of one family': {
    six: true,
    run(port) {
      // IPv4 sockets do not have this level, which does not end the attempt.
      net.connect({
        host: 'name.invalid',
        port,
        autoSelectFamily: true,
        lookup: (name, options, callback) => setImmediate(callback, null, [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ]),
        socketOptions: [first, [IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9]],
      }).on('connect', common.mustCall(function() { this.destroy(); }));
    },
    sockets: [[TCP, LIST[0], set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9), 'connect']],
  },
  'accept': {
    run() {
      const server = net.createServer({ acceptedSocketOptions: list });
      server.on('connection', common.mustCall((connection) => {
        // Marks the position of the event in the trace.
        connection.setsockopt(IPPROTO_IP, IP_TTL, 77);
        connection.destroy();
        server.close();
      }));
      server.listen(0, host, common.mustCall(() => {
        net.connect(server.address().port, host).resume().on('error', () => {});
      }));
    },
    sockets: [[TCP, REUSE, 'bind', 'listen'],
              [TCP, 'connect'],
              ['accept', ...LIST, set(IPPROTO_IP, IP_TTL, 77)]],
  },
  'dgram': {
    run() {
      for (const bind of [
        (socket) => socket.bind(0, host),
        (socket) => socket.bindSync({ address: host }),
        (socket) => socket.send('text', 9, host),
        (socket) => socket.connectSync(9, host),
      ]) {
        const socket = dgram.createSocket({
          type: 'udp4',
          socketOptions: [first],
        });
        socket.setsockopt(...second).setsockopt(...third);
        bind(socket);
        socket.on('listening', common.mustCall(() => {
          setImmediate(() => socket.close());
        }));
      }
    },
    sockets: [[UDP, ...LIST, 'bind'],
              [UDP, ...LIST, 'bind'],
              [UDP, ...LIST, 'bind'],
              [UDP, ...LIST, 'bind', 'connect']],
  },
  'dgram, a failure': {
    run() {
      const options = { type: 'udp4', socketOptions: [first, bad, second] };
      const socket = dgram.createSocket(options);
      assert.throws(() => socket.bindSync({ address: host }),
                    { syscall: 'setsockopt' });
      socket.close();
      dgram.createSocket(options).on('error', common.mustCall((err) => {
        assert.strictEqual(err.syscall, 'setsockopt');
      })).bind(0, host);
    },
    sockets: [[UDP, LIST[0], BAD, 'close'], [UDP, LIST[0], BAD, 'close']],
    close: true,
  },
  'dgram, what Node.js has set': {
    six: true,
    run() {
      const socket = dgram.createSocket({
        type: 'udp6',
        ipv6Only: true,
        reuseAddr: true,
        socketOptions: [...list, [IPPROTO_IPV6, IPV6_V6ONLY, false],
                        [SOL_SOCKET, SO_REUSEADDR, false]],
      });
      socket.bindSync({ address: '::1' });
      socket.close();
    },
    sockets: [[UDP6, REUSE, ONLY(1), ...LIST, ONLY(0),
               set(SOL_SOCKET, SO_REUSEADDR, 0), 'bind']],
  },
};

if (process.argv[2] !== undefined) {
  scenarios[process.argv[2]].run(Number(process.argv[3]), process.argv[4]);
  return;
}

// Joins the parts of a call that was interrupted by a call in another thread.
function wholeCalls(text) {
  const calls = [];
  const halves = new Map();
  for (const line of text.split('\n')) {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === undefined)
      continue;
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(rest);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    if (unfinished !== null)
      halves.set(pid, calls.push(unfinished[1]) - 1);
    else if (resumed !== null)
      calls[halves.get(pid)] += resumed[1];
    else
      calls.push(rest);
  }
  return calls;
}

const domains = { 1: 'unix', 2: 'inet', 10: 'inet6' };
const types = { 1: 'stream', 2: 'datagram' };

// When libuv takes over a datagram socket, it lets others bind the address, and
// Node.js reverts what is not meant.
const LENT = new RegExp(
  `\n${REUSE}(\n${set(SOL_SOCKET, SO_REUSEADDR, 0)})?\n${set(SOL_SOCKET, SO_REUSEPORT, 0)}`);

// Returns what was done to each of the sockets.
function trace(text, withClose) {
  const sockets = [];
  const open = new Map();
  const make = (fd, how) => {
    open.set(fd, [how]);
    sockets.push(open.get(fd));
  };
  for (const call of wholeCalls(text)) {
    const [, name, args, result] =
      /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(call) ?? [];
    const [fd, level, option, ...value] = args?.split(', ') ?? [];
    if (result === '-1' && name !== 'setsockopt' && name !== 'connect')
      continue;
    switch (name) {
      case 'socket':
        // Flags follow the type, as in 0x1|0x80800.
        make(result, `socket ${domains[Number(fd)]} ${types[Number(level.split('|')[0])]}`);
        break;
      case 'accept':
      case 'accept4':
        make(result, 'accept');
        break;
      case 'setsockopt':
        // Integers are in brackets.
        open.get(fd)?.push(
          set(Number(level), Number(option), value[0].replace(/^\[|\]$/g, '')));
        break;
      case 'close':
        if (withClose)
          open.get(fd)?.push(name);
        open.delete(fd);
        break;
      case undefined:
        break;
      default:
        open.get(fd)?.push(name);
    }
  }
  return sockets.map((calls) => calls.join('\n').replace(LENT, '').split('\n'));
}

tmpdir.refresh();
// Use a relative path, because paths of sockets must be short.
const file = (name) => path.relative(process.cwd(), tmpdir.resolve(name));
const output = file('trace');
const calls = 'trace=socket,setsockopt,bind,connect,listen,accept,accept4,close';
// Print numbers, because strace does not know the names of all options.
const flags = ['-f', '-X', 'raw', '-e', calls, '-o', output];
{
  const { status, error, stderr } = spawnSync('strace', [...flags, 'true']);
  if (error !== undefined)
    common.skip('needs strace(1)');
  if (status !== 0)
    common.skip(`strace may not trace here: ${stderr}`);
}

const listening = file('listening');
const server = net.createServer();
// Both only queue connections, because spawnSync() blocks accepting them.
server.listen(0, host, common.mustCall(() => {
  const pipe = net.createServer();
  pipe.listen(listening, common.mustCall(() => {
    for (const [name, { sockets, close, six }] of Object.entries(scenarios)) {
      if (six && !common.hasIPv6)
        continue;
      const { status, stderr } = spawnSync('strace', [
        ...flags, process.execPath, ...process.execArgv, __filename, name,
        `${server.address().port}`, listening,
      ], { encoding: 'utf8' });
      assert.strictEqual(status, 0, `${name}: ${stderr}`);
      assert.deepStrictEqual(trace(fs.readFileSync(output, 'latin1'), close).sort(),
                             [...sockets].sort(), name);
    }
    server.close();
    pipe.close();
  }));
}));
