'use strict';

// bindSync() takes over the descriptor of a datagram socket.

const common = require('../common');
if (!common.isLinux)
  common.skip('finds descriptors in /proc');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const { once } = require('events');
const { spawn, spawnSync } = require('child_process');

const { SOL_SOCKET, SO_REUSEADDR } = net.constants;

if (process.argv[2] === 'service') {
  // Exit even if the parent process failed.
  setTimeout(() => process.exit(1), common.platformTimeout(20_000)).unref();
  const socket = dgram.createSocket(process.argv[3]);
  const address = socket.bindSync({ fd: 3, address: null, port: null, exclusive: null });
  assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_REUSEADDR), Number(process.argv[4]));
  socket.on('message', (message, { address, port }) => {
    socket.send(`child: ${message}`, port, address, () => socket.close());
  });
  socket.on('listening', () => process.stdout.write(`${JSON.stringify(address)}\n`));
  return;
}

if (process.argv[2] === 'stdio') {
  const fd = Number(process.argv[3]);
  const socket = dgram.createSocket('udp4');
  // Without a descriptor to spare, the stream stays as it is.
  assert.throws(() => socket.bindSync({ fd: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  const spare = [];
  assert.throws(() => {
    for (;;)
      spare.push(fs.openSync('/dev/null'));
  }, { code: 'EMFILE' });
  assert.throws(() => socket.bindSync({ fd }), { code: 'EMFILE', syscall: 'open' });
  spare.forEach((each) => fs.closeSync(each));
  assert.ok(fs.fstatSync(fd).isSocket());
  const address = socket.bindSync({ fd });
  socket.close();
  // The socket has moved, and the stream is connected to /dev/null.
  setImmediate(() => {
    assert.ok(fs.fstatSync(fd).isCharacterDevice());
    process.stdout.write(JSON.stringify(address));
  });
  return;
}

if (process.argv[2] === 'lite') {
  const socket = dgram.createSocket('udp4');
  assert.throws(() => socket.bindSync({ fd: 3 }), {
    code: 'ERR_INVALID_ARG_VALUE', message: /is not a udp4 socket/,
  });
  socket.close();
  return;
}

// Datagrams of another protocol, UDP-Lite. Node.js cannot create such a socket.
function refuseLite() {
  const program = `
import os, socket, sys
try:
  lite = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)
except OSError:
  sys.exit(0)
lite.bind(('127.0.0.1', 0))
os.dup2(lite.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[1], sys.argv[1:])
`;
  const { error, status } = spawnSync(
    'python3', ['-c', program, process.execPath, __filename, 'lite'], { stdio: 'inherit' });
  assert.ok(error?.code === 'ENOENT' || status === 0, `${error} ${status}`);
}

function descriptorOf(socket) {
  const hex = socket.address().port.toString(16).toUpperCase().padStart(4, '0');
  const table = socket.type === 'udp6' ? 'udp6' : 'udp';
  const rows = fs.readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n');
  const inode = rows.find((row) => row.includes(`:${hex} `)).trim().split(/\s+/)[9];
  return Number(fs.readdirSync('/proc/self/fd').find((entry) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${entry}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  }));
}

async function inherit(type, address, reuseAddr) {
  const socket = dgram.createSocket({ type, reuseAddr });
  const local = socket.bindSync({ address });
  const fd = descriptorOf(socket);
  const child = spawn(process.execPath,
                      [__filename, 'service', type, reuseAddr ? '1' : '0'],
                      { stdio: ['ignore', 'pipe', 'inherit', fd] });
  child.on('exit', common.mustCall((...ended) => assert.deepStrictEqual(ended, [0, null])));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  assert.deepStrictEqual(JSON.parse(line), local);
  socket.close();
  const client = dgram.createSocket(type);
  client.send('hello', local.port, address);
  const [answer, from] = await once(client, 'message');
  assert.strictEqual(`${answer}`, 'child: hello');
  assert.strictEqual(from.port, local.port);
  client.close();
}

async function inheritAsStdio(fd) {
  const socket = dgram.createSocket('udp4');
  const local = socket.bindSync({ address: '127.0.0.1' });
  const stdio = ['ignore', 'pipe', 'inherit'];
  stdio[fd] = descriptorOf(socket);
  const child = spawn('sh', ['-c', 'ulimit -n 100 && exec "$@"', 'sh',
                             process.execPath, __filename, 'stdio', fd], { stdio });
  child.on('exit', common.mustCall((...ended) => assert.deepStrictEqual(ended, [0, null])));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  assert.deepStrictEqual(JSON.parse(line), local);
  socket.close();
}

function refused(type, fd, error) {
  const socket = dgram.createSocket(type);
  const before = fs.readdirSync('/proc/self/fd').length;
  assert.throws(() => socket.bindSync({ fd }), error);
  assert.strictEqual(fs.readdirSync('/proc/self/fd').length, before);
  // The socket is unchanged.
  assert.ok(socket.bindSync({}).port > 0);
  socket.close();
}

function refusals() {
  const invalid = (message) => ({ code: 'ERR_INVALID_ARG_VALUE', message });
  const file = fs.openSync(__filename);
  refused('udp4', file, { code: 'ENOTSOCK', syscall: 'getsockname' });
  fs.closeSync(file);
  refused('udp4', file, { code: 'EBADF', syscall: 'getsockname' });
  const stream = new net.BoundSocket();
  refused('udp4', stream.fd(), invalid(/is not a udp4 socket/));
  stream.close();

  const other = dgram.createSocket('udp4');
  other.bindSync({ address: '127.0.0.1' });
  const fd = descriptorOf(other);
  refused('udp6', fd, invalid(/is not a udp6 socket/));
  refused('udp4', fd, invalid(/belongs to another handle/));
  other.connectSync(9);
  refused('udp4', fd, invalid(/is connected/));
  other.close();

  const socket = dgram.createSocket('udp4');
  for (const value of [-1, 1.5])
    assert.throws(() => socket.bindSync({ fd: value }), { code: 'ERR_OUT_OF_RANGE' });
  for (const value of ['3', {}])
    assert.throws(() => socket.bindSync({ fd: value }), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const beside of [{ port: 0 }, { address: '' }, { exclusive: false }])
    assert.throws(() => socket.bindSync({ fd: 0, ...beside }), invalid(/beside fd/));
  socket.close();
  const bound = new net.BoundSocket();
  assert.throws(() => socket.bindSync({ fd: bound.fd() }),
                { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  bound.close();
}

(async () => {
  await inherit('udp4', '127.0.0.1', false);
  await inherit('udp4', '127.0.0.1', true);
  if (common.hasIPv6)
    await inherit('udp6', '::1', false);
  await inheritAsStdio(0);
  await inheritAsStdio(2);
  refusals();
  refuseLite();
})().then(common.mustCall());
