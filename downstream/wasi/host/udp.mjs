// The UDP sockets of a program. Their methods have the names that jco gives to
// those of wasi:sockets.

import dgram from 'node:dgram';
import { checkLocal, checkRemote, isSame, toNode, toWasi } from './addresses.mjs';
import { Refusal, refusalOf } from './errors.mjs';
import { atMost, Socket } from './socket.mjs';
import { changed, Pollable } from './waiting.mjs';

/** How many datagrams can wait here to be received, and how many can be sent at once. */
const DATAGRAMS = 64;

/** One of the two streams of a UDP socket. */
class DatagramStream {
  constructor(socket) {
    this.socket = socket;
    this.newest = socket.newest;
  }

  check() {
    const { newest, failure, socket } = this.socket;
    if (socket === undefined || newest !== this.newest) throw new Refusal('invalid-state');
    if (failure === undefined) return;
    this.socket.failure = undefined;
    throw refusalOf(failure);
  }

  drop() {}
}

class IncomingDatagramStream extends DatagramStream {
  /** Drops what came from elsewhere before the socket was connected. */
  available() {
    const { queue, remote } = this.socket;
    if (remote !== undefined) {
      const own = queue.filter(({ remoteAddress }) => isSame(remoteAddress, remote));
      queue.splice(0, queue.length, ...own);
    }
    return queue;
  }

  receive(most) {
    this.check();
    return this.available().splice(0, atMost(most, BigInt(DATAGRAMS)));
  }

  subscribe() {
    return new Pollable(() => this.socket.failure !== undefined || this.available().length > 0);
  }
}

class OutgoingDatagramStream extends DatagramStream {
  checkSend() {
    this.check();
    return BigInt(DATAGRAMS);
  }

  /** Returns how many were sent. An error counts only if it was the first one's. */
  async send(datagrams) {
    this.check();
    for (const [index, datagram] of datagrams.entries()) {
      try {
        await this.sendOne(datagram);
      } catch (error) {
        if (index === 0) throw error;
        return BigInt(index);
      }
    }
    return BigInt(datagrams.length);
  }

  sendOne({ data, remoteAddress: to }) {
    const { socket, remote, family } = this.socket;
    if (remote === undefined) {
      if (to === undefined) throw new Refusal('invalid-argument');
      checkRemote(to, family);
    } else if (to !== undefined && !isSame(to, remote)) {
      throw new Refusal('invalid-argument');
    }
    const { host, port } = remote === undefined ? toNode(to) : {};
    return new Promise((resolve, reject) => {
      const sent = (error) => (error ? reject(error) : resolve());
      if (remote === undefined) socket.send(data, port, host, sent);
      else socket.send(data, sent);
    });
  }

  subscribe() {
    return new Pollable(() => true);
  }
}

export class UdpSocket extends Socket {
  queue = [];

  owner() {
    return this.socket;
  }

  create(socketOptions) {
    const type = this.family === 'ipv4' ? 'udp4' : 'udp6';
    return dgram.createSocket({ type, ipv6Only: this.family === 'ipv6', socketOptions });
  }

  alike(socketOptions, ask) {
    const socket = this.create(socketOptions);
    try {
      socket.bindSync();
      return ask(socket);
    } finally {
      socket.close();
    }
  }

  startBind(address) {
    this.start('unbound');
    checkLocal(address, this.family);
    const { host, port } = toNode(address);
    const socket = this.create(this.options);
    try {
      socket.bindSync({ address: host, port });
    } catch (error) {
      socket.close();
      throw error;
    }
    this.socket = socket;
    this.state = 'bind-started';
    socket.on('error', (error) => {
      this.failure = error;
      changed();
    });
    socket.on('message', (data, { address: from, port: fromPort }) => {
      // As the kernel does when nobody receives.
      if (this.queue.length === DATAGRAMS) return;
      this.queue.push({ data: new Uint8Array(data), remoteAddress: toWasi({ address: from, port: fromPort }) });
      changed();
    });
  }

  finishBind() {
    this.finish('bind-started', 'bound');
  }

  /** Connects to the address, or to none. Only the streams of the last call can be used. */
  stream(address) {
    this.start('bound');
    if (address !== undefined) checkRemote(address, this.family);
    if (this.remote !== undefined) this.socket.disconnect();
    this.remote = undefined;
    if (address !== undefined) {
      const { host, port } = toNode(address);
      this.socket.connectSync(port, host);
      this.remote = address;
    }
    this.newest = {};
    return [new IncomingDatagramStream(this), new OutgoingDatagramStream(this)];
  }

  localAddress() {
    if (this.state !== 'bound') throw new Refusal('invalid-state');
    return toWasi(this.socket.address());
  }

  remoteAddress() {
    if (this.remote === undefined) throw new Refusal('invalid-state');
    return toWasi(this.socket.remoteAddress());
  }

  unicastHopLimit() {
    return this.hopLimit();
  }

  setUnicastHopLimit(value) {
    this.setHopLimit(value);
  }

  subscribe() {
    return new Pollable(() => true);
  }

  drop() {
    this.socket?.close();
    this.socket = undefined;
    this.state = 'closed';
  }
}
