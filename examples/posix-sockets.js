'use strict';

// Run with the built binary. Implements the calls of POSIX sockets with the
// public API of Node.js, the way a WebAssembly runtime provides them to a C
// program: descriptors are numbers, each call returns immediately, and a failed
// call returns a negative errno. Only poll() waits. The programs at the end use
// nothing but these calls.

const dgram = require('node:dgram');
const { EventEmitter, once } = require('node:events');
const net = require('node:net');
const { constants: { errno } } = require('node:os');

const { IPPROTO_TCP, SOL_SOCKET, SO_ERROR, SO_RCVBUF, TCP_NODELAY } = net.constants;

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

// What each descriptor refers to. `socket` is the object that currently owns
// the kernel socket: first a BoundHandle, then a Server or a Socket; or a
// dgram.Socket.
const table = new Map();
let nextDescriptor = 3;

const changes = new EventEmitter();
const changed = () => changes.emit('change');

function open(entry) {
  const fd = nextDescriptor++;
  table.set(fd, { socket: undefined, early: [], accepted: [], messages: [], error: 0, ...entry });
  return fd;
}

// Errors from the kernel are thrown with an errno that is already negative.
function attempt(call) {
  try {
    return call() ?? 0;
  } catch (error) {
    if (typeof error.errno === 'number') return error.errno;
    throw error;
  }
}

function socket(type) {
  if (type === SOCK_STREAM) return open({ type });
  const entry = { type, messages: [], datagrams: dgram.createSocket('udp4') };
  entry.datagrams.on('message', (bytes, { address, port }) => {
    entry.messages.push({ bytes, address, port });
    changed();
  });
  return open(entry);
}

function bind(fd, address, port) {
  const entry = table.get(fd);
  if (entry.socket !== undefined) return -errno.EINVAL;
  return attempt(() => {
    if (entry.type === SOCK_DGRAM) {
      entry.datagrams.bindSync({ address, port });
      entry.socket = entry.datagrams;
    } else {
      entry.socket = new net.BoundHandle({ host: address, port });
    }
    for (const option of entry.early) entry.socket.setsockopt(...option);
  });
}

// A socket that is not bound gets an arbitrary port, as it would from the
// kernel.
function ensureBound(fd) {
  return table.get(fd).socket === undefined ? bind(fd, '0.0.0.0', 0) : 0;
}

function getsockname(fd) {
  return table.get(fd).socket.address();
}

function listen(fd) {
  const entry = table.get(fd);
  const failed = ensureBound(fd);
  if (failed !== 0) return failed;
  const server = net.createServer((connection) => {
    entry.accepted.push(connection);
    changed();
  });
  server.on('error', () => {});
  server.listen(entry.socket);
  entry.socket = server;
  // The kernel is asked before listen() returns, although the error is emitted
  // later.
  return server.listening ? 0 : -errno.EADDRINUSE;
}

function watch(entry) {
  entry.socket.on('readable', changed).on('end', changed).on('connect', changed).on('drain', changed);
  entry.socket.on('error', (error) => {
    entry.error = -error.errno;
    changed();
  });
}

function accept(fd) {
  const connection = table.get(fd).accepted.shift();
  if (connection === undefined) return -errno.EAGAIN;
  const accepted = open({ type: SOCK_STREAM, socket: connection });
  watch(table.get(accepted));
  return accepted;
}

function connect(fd, address, port) {
  const entry = table.get(fd);
  const failed = ensureBound(fd);
  if (failed !== 0) return failed;
  return attempt(() => {
    if (entry.type === SOCK_DGRAM) {
      entry.socket.connectSync(port, address);
      return 0;
    }
    entry.socket = net.connect({ handle: entry.socket, host: address, port, allowHalfOpen: true });
    watch(entry);
    return -errno.EINPROGRESS;
  });
}

function send(fd, bytes) {
  const { type, socket } = table.get(fd);
  // The program may reuse its memory, so send a copy.
  const copy = Buffer.from(bytes);
  if (type === SOCK_DGRAM) {
    socket.send(copy);
  } else {
    if (socket.writableNeedDrain) return -errno.EAGAIN;
    socket.write(copy);
  }
  return copy.length;
}

function sendto(fd, bytes, address, port) {
  const failed = ensureBound(fd);
  if (failed !== 0) return failed;
  table.get(fd).socket.send(Buffer.from(bytes), port, address);
  return bytes.length;
}

function recvfrom(fd, into) {
  const message = table.get(fd).messages.shift();
  if (message === undefined) return { length: -errno.EAGAIN };
  // A datagram that is longer than the buffer is truncated.
  into.set(message.bytes.subarray(0, into.length));
  return { ...message, length: Math.min(message.bytes.length, into.length) };
}

function recv(fd, into) {
  const { type, socket } = table.get(fd);
  if (type === SOCK_DGRAM) return recvfrom(fd, into).length;
  const bytes = socket.read(Math.min(into.length, socket.readableLength));
  if (bytes === null) return socket.readableEnded ? 0 : -errno.EAGAIN;
  into.set(bytes);
  return bytes.length;
}

function setsockopt(fd, level, name, value) {
  const entry = table.get(fd);
  if (entry.socket === undefined) {
    entry.early.push([level, name, value]);
    return 0;
  }
  return attempt(() => { entry.socket.setsockopt(level, name, value); });
}

function getsockopt(fd, level, name) {
  const entry = table.get(fd);
  // Reading the error from the kernel would hide it from Node.js.
  if (level === SOL_SOCKET && name === SO_ERROR) {
    const { error } = entry;
    entry.error = 0;
    return error;
  }
  if (entry.socket !== undefined) return attempt(() => entry.socket.getsockopt(level, name));
  // There is no socket before bind(), so ask a similar one.
  const likeIt = socket(entry.type);
  table.get(likeIt).early = entry.early;
  const failed = ensureBound(likeIt);
  const value = failed === 0 ? getsockopt(likeIt, level, name) : failed;
  close(likeIt);
  return value;
}

function isReady({ accepted, messages, error, socket }) {
  if (accepted.length > 0 || messages.length > 0 || error !== 0) return true;
  return socket instanceof net.Socket && (socket.readableLength > 0 || socket.readableEnded);
}

// The only call that waits. A runtime suspends the program here.
async function poll(fds, milliseconds = 5000) {
  const signal = AbortSignal.timeout(milliseconds);
  for (;;) {
    const ready = fds.filter((fd) => isReady(table.get(fd)));
    if (ready.length > 0 || signal.aborted) return ready;
    await once(changes, 'change', { signal }).catch(() => {});
  }
}

function close(fd) {
  const { type, socket, datagrams } = table.get(fd);
  table.delete(fd);
  if (type === SOCK_DGRAM) datagrams.close();
  else if (socket instanceof net.Socket) socket.destroySoon();
  else socket?.close();
}

// Below is what the C programs do.

async function tcp() {
  const listener = socket(SOCK_STREAM);
  setsockopt(listener, SOL_SOCKET, SO_RCVBUF, 64 * 1024);
  bind(listener, '127.0.0.1', 0);
  const { port } = getsockname(listener);
  console.log('listen:', listen(listener));
  console.log('accept:', accept(listener) === -errno.EAGAIN ? 'EAGAIN' : 'a connection');

  const client = socket(SOCK_STREAM);
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, 1);
  console.log('TCP_NODELAY before bind:', getsockopt(client, IPPROTO_TCP, TCP_NODELAY));
  console.log('connect:', connect(client, '127.0.0.1', port) === -errno.EINPROGRESS ? 'EINPROGRESS' : 'an error');
  send(client, Buffer.from('over TCP'));

  await poll([listener]);
  const connection = accept(listener);
  await poll([connection]);
  const memory = new Uint8Array(64);
  const length = recv(connection, memory);
  console.log('recv:', Buffer.from(memory.subarray(0, length)).toString());
  console.log('TCP_NODELAY on the connection:', getsockopt(client, IPPROTO_TCP, TCP_NODELAY));
  console.log('SO_RCVBUF, inherited:', getsockopt(connection, SOL_SOCKET, SO_RCVBUF) >= 64 * 1024);

  close(connection);
  await poll([client]);
  console.log('recv at the end:', recv(client, memory));
  close(client);
  close(listener);
}

async function refused() {
  const silent = socket(SOCK_STREAM);
  bind(silent, '127.0.0.1', 0);

  const client = socket(SOCK_STREAM);
  connect(client, '127.0.0.1', getsockname(silent).port);
  await poll([client]);
  const error = getsockopt(client, SOL_SOCKET, SO_ERROR);
  console.log('SO_ERROR:', error === errno.ECONNREFUSED ? 'ECONNREFUSED' : error);
  close(client);
  close(silent);
}

async function udp() {
  const receiver = socket(SOCK_DGRAM);
  bind(receiver, '127.0.0.1', 0);
  const sender = socket(SOCK_DGRAM);
  sendto(sender, Buffer.from('over UDP'), '127.0.0.1', getsockname(receiver).port);

  await poll([receiver]);
  const memory = new Uint8Array(64);
  const { length, port } = recvfrom(receiver, memory);
  console.log('recvfrom:', Buffer.from(memory.subarray(0, length)).toString(), port === getsockname(sender).port);
  close(receiver);
  close(sender);
}

async function main() {
  await tcp();
  await refused();
  await udp();
}

main();
