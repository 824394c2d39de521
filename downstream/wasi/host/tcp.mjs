// The TCP sockets of a program. Their methods have the names that jco gives to
// those of wasi:sockets.

import net from 'node:net';
import { checkLocal, checkRemote, checkUnicast, toNode, toWasi } from './addresses.mjs';
import { Refusal, closed, failed, refusalOf } from './errors.mjs';
import { atMost, requirePositive, Socket } from './socket.mjs';
import { changed, Pollable, until } from './waiting.mjs';

const {
  IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_KEEPALIVE, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL,
} = net.constants;

const SECOND = 1_000_000_000n;

/** Linux has no longer times for keep-alive, and not more probes. */
const MOST_SECONDS = 32_767n;
const MOST_PROBES = 127;

/** How many bytes can wait here to be sent. */
const PERMIT = 64 * 1024;

const ANY = { ipv4: '0.0.0.0', ipv6: '::' };

/** A stream of Node.js ends when somebody reads although there is nothing left. */
function noticeEnd(connection) {
  if (connection.readableLength === 0) connection.read(0);
}

class InputStream {
  constructor(socket) {
    this.socket = socket;
  }

  isReady() {
    const { connection, isReceiveShut } = this.socket;
    return isReceiveShut || connection.readableLength > 0 || connection.readableEnded || connection.destroyed;
  }

  read(length) {
    const { connection, failure, isReceiveShut } = this.socket;
    const available = isReceiveShut ? 0 : connection.readableLength;
    if (available > 0) {
      const bytes = connection.read(atMost(length, BigInt(available)));
      noticeEnd(connection);
      return new Uint8Array(bytes ?? 0);
    }
    if (!this.isReady()) return new Uint8Array(0);
    // An error is reported once.
    this.socket.failure = undefined;
    throw failure === undefined || isReceiveShut ? closed() : failed(failure);
  }

  async blockingRead(length) {
    await until(() => this.isReady());
    return this.read(length);
  }

  subscribe() {
    return new Pollable(() => this.isReady());
  }

  drop() {}
}

class OutputStream {
  constructor(socket) {
    this.socket = socket;
  }

  isClosed() {
    const { connection } = this.socket;
    return connection.writableEnded || connection.destroyed;
  }

  isReady() {
    return this.isClosed() || this.socket.connection.writableLength < PERMIT;
  }

  checkWrite() {
    const { connection, failure } = this.socket;
    if (failure !== undefined) {
      this.socket.failure = undefined;
      throw failed(failure);
    }
    if (this.isClosed()) throw closed();
    return BigInt(Math.max(0, PERMIT - connection.writableLength));
  }

  write(bytes) {
    if (bytes.length > this.checkWrite()) throw new RangeError('more was written than check-write permits');
    this.socket.connection.write(bytes, changed);
  }

  flush() {
    this.checkWrite();
  }

  async blockingFlush() {
    await until(() => this.isClosed() || this.socket.connection.writableLength === 0);
    this.checkWrite();
  }

  async blockingWriteAndFlush(bytes) {
    await until(() => this.isClosed() || this.checkWrite() >= bytes.length);
    this.write(bytes);
    await this.blockingFlush();
  }

  subscribe() {
    return new Pollable(() => this.isReady());
  }

  drop() {}
}

export class TcpSocket extends Socket {
  queue = [];

  owner() {
    return this.connection ?? this.server ?? this.bound;
  }

  alike(socketOptions, ask) {
    const bound = new net.BoundHandle({ host: ANY[this.family], ipv6Only: this.family === 'ipv6', socketOptions });
    try {
      return ask(bound);
    } finally {
      bound.close();
    }
  }

  startBind(address) {
    this.start('unbound');
    checkLocal(address, this.family);
    checkUnicast(address);
    this.bound = new net.BoundHandle({
      ...toNode(address), ipv6Only: this.family === 'ipv6', socketOptions: this.options,
    });
    this.state = 'bind-started';
  }

  finishBind() {
    this.finish('bind-started', 'bound');
  }

  startConnect(address) {
    this.start('unbound', 'bound');
    checkRemote(address, this.family);
    checkUnicast(address);
    const connection = net.connect({
      ...toNode(address),
      allowHalfOpen: true,
      ...this.bound === undefined ? { socketOptions: this.options } : { handle: this.bound },
    });
    this.remote = address;
    this.use(connection);
    this.state = 'connect-started';
    connection.on('connect', changed);
  }

  /** Takes a connection, which was made here or accepted. */
  use(connection) {
    this.connection = connection;
    connection.on('error', (error) => {
      this.failure = error;
    });
    connection.on('readable', () => {
      noticeEnd(connection);
      changed();
    });
    for (const event of ['end', 'finish', 'close']) connection.on(event, changed);
  }

  streams() {
    return [new InputStream(this), new OutputStream(this)];
  }

  finishConnect() {
    if (this.state !== 'connect-started') throw new Refusal('not-in-progress');
    if (this.connection.destroyed) {
      this.state = 'closed';
      throw refusalOf(this.failure);
    }
    if (this.connection.connecting) throw new Refusal('would-block');
    this.state = 'connected';
    return this.streams();
  }

  startListen() {
    this.start('bound');
    const { bound: handle, backlog } = this;
    this.server = net.createServer({ allowHalfOpen: true }, (connection) => {
      const socket = new TcpSocket(this.family);
      socket.use(connection);
      socket.remote = toWasi({ address: connection.remoteAddress, port: connection.remotePort });
      socket.state = 'connected';
      this.queue.push(socket);
      changed();
    });
    this.server.on('listening', changed);
    this.server.on('error', (error) => {
      this.failure = error;
      changed();
    });
    this.server.listen({ handle, backlog });
    this.state = 'listen-started';
  }

  finishListen() {
    if (this.state !== 'listen-started') throw new Refusal('not-in-progress');
    if (this.failure !== undefined) {
      this.state = 'closed';
      throw refusalOf(this.failure);
    }
    if (!this.server.listening) throw new Refusal('would-block');
    this.state = 'listening';
  }

  accept() {
    if (this.state !== 'listening') throw new Refusal('invalid-state');
    const socket = this.queue.shift();
    if (socket === undefined) throw new Refusal('would-block');
    return [socket, ...socket.streams()];
  }

  localAddress() {
    const owner = this.owner();
    if (owner === undefined || this.state === 'closed' || this.state === 'bind-started') {
      throw new Refusal('invalid-state');
    }
    return toWasi(owner.address());
  }

  remoteAddress() {
    if (this.state !== 'connected') throw new Refusal('invalid-state');
    const { remoteAddress: address, remotePort: port } = this.connection;
    // A connection that has ended in both directions has no socket any more.
    return address === undefined ? this.remote : toWasi({ address, port });
  }

  isListening() {
    return this.state === 'listening';
  }

  setListenBacklogSize(value) {
    requirePositive(value);
    if (this.state === 'listening') throw new Refusal('not-supported');
    this.start('unbound', 'bound');
    this.backlog = atMost(value, 0x7fff_ffffn);
  }

  keepAliveEnabled() {
    return this.get(SOL_SOCKET, SO_KEEPALIVE) !== 0;
  }

  setKeepAliveEnabled(value) {
    this.set(SOL_SOCKET, SO_KEEPALIVE, value);
  }

  keepAliveIdleTime() {
    return BigInt(this.get(IPPROTO_TCP, TCP_KEEPIDLE ?? TCP_KEEPALIVE)) * SECOND;
  }

  setKeepAliveIdleTime(value) {
    this.setSeconds(TCP_KEEPIDLE ?? TCP_KEEPALIVE, value);
  }

  keepAliveInterval() {
    return BigInt(this.get(IPPROTO_TCP, TCP_KEEPINTVL)) * SECOND;
  }

  setKeepAliveInterval(value) {
    this.setSeconds(TCP_KEEPINTVL, value);
  }

  /** Rounded up, so that nothing becomes zero. */
  setSeconds(name, value) {
    requirePositive(value);
    this.set(IPPROTO_TCP, name, atMost((value + SECOND - 1n) / SECOND, MOST_SECONDS));
  }

  keepAliveCount() {
    return this.get(IPPROTO_TCP, TCP_KEEPCNT);
  }

  setKeepAliveCount(value) {
    requirePositive(value);
    this.set(IPPROTO_TCP, TCP_KEEPCNT, Math.min(value, MOST_PROBES));
  }

  subscribe() {
    return new Pollable(() => {
      switch (this.state) {
        case 'connect-started': return !this.connection.connecting;
        case 'listen-started': return this.server.listening || this.failure !== undefined;
        case 'listening': return this.queue.length > 0;
        default: return true;
      }
    });
  }

  shutdown(type) {
    if (this.state !== 'connected') throw new Refusal('invalid-state');
    if (type !== 'send' && !this.isReceiveShut) {
      // The peer does not notice, on any system.
      this.isReceiveShut = true;
      this.connection.removeAllListeners('readable').resume();
    }
    if (type !== 'receive') this.connection.end();
  }

  /** Closes the socket. What has been written is still sent. */
  drop() {
    for (const socket of this.queue) socket.drop();
    this.server?.close();
    if (this.connection !== undefined) this.connection.destroySoon();
    else if (this.server === undefined) this.bound?.close();
    this.state = 'closed';
  }
}
