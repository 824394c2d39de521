'use strict';

// A datagram socket from another process may have options set that fill its
// error queue. They do not end the process that takes it over, nor keep it busy.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has an error queue');

const assert = require('assert');
const cluster = require('cluster');
const dgram = require('dgram');
const net = require('net');
const { once } = require('events');
const { spawn, spawnSync } = require('child_process');

const { IPPROTO_IP, IPPROTO_IPV6, IP_RECVERR, IPV6_RECVERR, SOL_SOCKET } = net.constants;
const SO_TIMESTAMPING = 37;
// SOF_TIMESTAMPING_TX_SOFTWARE, _SOFTWARE and _TX_SCHED: one entry per
// datagram.
const everyDatagram = 2 | 16 | 256;

// Makes a socket and passes it to a process: as a descriptor, or in a message.
// Sets options before that, or when the process prints a line.
const program = `
import json, os, socket, subprocess, sys
family, host, options, moment, how, *command = json.loads(sys.argv[1])
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind((host, 0))
def set_options():
    for level, name, value in options:
        s.setsockopt(level, name, value)
if moment == 'before':
    set_options()
    # Leave entries in the queue.
    other = socket.socket(family, socket.SOCK_DGRAM)
    other.bind((host, 0))
    closed = other.getsockname()
    other.close()
    for i in range(3):
        try:
            s.sendto(b'x', closed)
        except OSError:
            pass
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
env = dict(os.environ)
if how == 'message':
    env['NODE_CHANNEL_FD'] = str(theirs.fileno())
child = subprocess.Popen(command + [str(s.fileno())], env=env, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, pass_fds=[s.fileno(), theirs.fileno()])
if how == 'message':
    message = {'cmd': 'NODE_HANDLE', 'type': 'dgram.Socket',
               'dgramType': 'udp4' if family == socket.AF_INET else 'udp6', 'msg': 'socket'}
    socket.send_fds(ours, [(json.dumps(message) + '\\n').encode()], [s.fileno()])
line = child.stdout.readline()
if moment == 'after':
    set_options()
child.stdin.write(b'go\\n')
child.stdin.close()
rest = child.stdout.read()
print(json.dumps({'code': child.wait(), 'output': (line + rest).decode()}))
`;

// Uses a socket that was taken over. Prints what happened.
async function use(socket, moment, options) {
  const errors = [];
  socket.on('error', ({ code }) => errors.push(code));
  const left = () => options.map(([level, optname]) =>
    socket.getsockopt(level, optname, 4).some((byte) => byte !== 0));
  const before = left();
  process.stdout.write('ready\n');
  await once(process.stdin.resume(), 'end');

  const dead = dgram.createSocket(socket.type);
  const host = socket.type === 'udp6' ? '::1' : '127.0.0.1';
  dead.bind(0, host);
  await once(dead, 'listening');
  const { port } = dead.address();
  dead.close();
  const send = (to) => new Promise((resolve) => socket.send('x', to, host, resolve));
  for (let i = 0; i < 5; i++) {
    await send(port);
    await new Promise((resolve) => setTimeout(resolve, common.platformTimeout(20)));
  }
  // An error may have been reported by one of these, so there are several.
  const received = once(socket, 'message');
  for (let i = 0; i < 5; i++)
    await send(socket.address().port);
  await received;
  const { user, system } = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, common.platformTimeout(200)));
  const later = process.cpuUsage({ user, system });
  process.stdout.write(JSON.stringify({
    before, after: left(), errors, milliseconds: (later.user + later.system) / 1000,
  }));
  socket.close();
}

const ways = {
  async bind(type, fd) {
    const socket = dgram.createSocket(type);
    await new Promise((resolve) => socket.bind({ fd }, resolve));
    return socket;
  },
  async bindSync(type, fd) {
    const socket = dgram.createSocket(type);
    socket.bindSync({ fd });
    return socket;
  },
  async message() {
    const [, socket] = await once(process, 'message');
    process.disconnect();
    return socket;
  },
};

if (process.argv[2] !== undefined) {
  // Exit even if the parent process failed.
  setTimeout(() => process.exit(1), common.platformTimeout(20_000)).unref();
  const [, , way, type, moment, options, fd] = process.argv;
  if (way === 'cluster' && cluster.isPrimary) {
    // The worker names a descriptor of the primary process.
    cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    cluster.fork().on('exit', common.mustCall((code) => assert.strictEqual(code, 0)));
  } else {
    ways[way === 'cluster' ? 'bind' : way](type, Number(fd)).then(async (socket) => {
      await use(socket, moment, JSON.parse(options));
      if (cluster.isWorker)
        cluster.worker.disconnect();
    }).then(common.mustCall());
  }
  return;
}

if (spawnSync('python3', ['-c', 'import socket; socket.send_fds']).status !== 0)
  common.skip('needs python3');

async function test(type, options, moment, way) {
  const [family, host] = type === 'udp4' ? [2, '127.0.0.1'] : [10, '::1'];
  const child = spawn('python3', ['-c', program, JSON.stringify([
    family, host, options, moment, way,
    process.execPath, __filename, way, type, moment, JSON.stringify(options),
  ])], { stdio: ['ignore', 'pipe', 'inherit'] });
  const what = `${type} ${way} ${moment} ${JSON.stringify(options)}`;
  const chunks = await child.stdout.toArray();
  const { code, output } = JSON.parse(Buffer.concat(chunks).toString());
  assert.strictEqual(code, 0, `${what}: ${output}`);
  const { before, after, errors, milliseconds } = JSON.parse(output.slice('ready\n'.length));
  const off = options.map(() => false);
  // Node.js does not open a socket that came in a message. It turns the options
  // off when the first error is reported.
  if (moment === 'before' && way !== 'message')
    assert.deepStrictEqual([before, errors], [off, []], what);
  if (options.length === 1 && options[0][0] !== SOL_SOCKET)
    assert.deepStrictEqual(after, off, what);
  for (const error of errors)
    assert.strictEqual(error, 'ECONNREFUSED', what);
  assert.ok(milliseconds < common.platformTimeout(150), `${what}: ${milliseconds} ms`);
}

const recverr4 = [[IPPROTO_IP, IP_RECVERR, 1]];
const recverr6 = [[IPPROTO_IPV6, IPV6_RECVERR, 1]];
const timestamping = [[SOL_SOCKET, SO_TIMESTAMPING, everyDatagram]];

(async () => {
  const tests = [];
  for (const way of ['bind', 'bindSync', 'message', 'cluster'])
    tests.push(['udp4', recverr4, 'before', way]);
  tests.push(['udp4', recverr4, 'after', 'bind'], ['udp4', recverr4, 'after', 'bindSync']);
  if (['x64', 'arm64'].includes(process.arch)) {
    tests.push(['udp4', timestamping, 'before', 'bind'],
               ['udp4', timestamping, 'before', 'bindSync']);
  }
  if (common.hasIPv6) {
    for (const way of ['bind', 'bindSync', 'message'])
      tests.push(['udp6', recverr6, 'before', way]);
    tests.push(['udp6', [...recverr4, ...recverr6], 'before', 'bindSync'],
               ['udp6', recverr6, 'after', 'bindSync']);
  }
  for (const each of tests)
    await test(...each);
})().then(common.mustCall());
