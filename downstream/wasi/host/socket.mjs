// What TCP and UDP sockets have in common. No value is remembered here that the
// kernel has: it is told at once, and asked whenever the program asks.

import net from 'node:net';
import { Refusal } from './errors.mjs';

const { IPPROTO_IP, IPPROTO_IPV6, IP_TTL, IPV6_UNICAST_HOPS, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } = net.constants;

/** Linux doubles the sizes of buffers, for its own needs. */
const OVERHEAD = process.platform === 'linux' ? 2 : 1;
const MOST_BYTES = 0x3fff_ffffn;

export const atMost = (value, most) => Number(value < most ? value : most);

export function requirePositive(value) {
  if (value <= 0) throw new Refusal('invalid-argument');
}

export class Socket {
  constructor(family) {
    this.family = family;
    this.state = 'unbound';
    this.options = [];
  }

  addressFamily() {
    return this.family;
  }

  /** Nothing may start while something else is under way. */
  start(...states) {
    if (this.state.endsWith('-started')) throw new Refusal('concurrency-conflict');
    if (!states.includes(this.state)) throw new Refusal('invalid-state');
  }

  finish(started, state) {
    if (this.state !== started) throw new Refusal('not-in-progress');
    this.state = state;
  }

  set(level, name, value) {
    if (name === undefined) throw new Refusal('not-supported');
    if (this.state === 'closed') throw new Refusal('invalid-state');
    const owner = this.owner();
    if (owner !== undefined) {
      owner.setsockopt(level, name, value);
      return;
    }
    // There is no socket yet. Another one like it has the system's answer.
    const options = [...this.options, [level, name, value]];
    this.alike(options, () => {});
    this.options = options;
  }

  get(level, name) {
    if (name === undefined) throw new Refusal('not-supported');
    if (this.state === 'closed') throw new Refusal('invalid-state');
    const ask = (socket) => socket.getsockopt(level, name);
    const owner = this.owner();
    return owner === undefined ? this.alike(this.options, ask) : ask(owner);
  }

  hopLimit() {
    return this.family === 'ipv4' ? this.get(IPPROTO_IP, IP_TTL) : this.get(IPPROTO_IPV6, IPV6_UNICAST_HOPS);
  }

  setHopLimit(value) {
    requirePositive(value);
    if (this.family === 'ipv4') this.set(IPPROTO_IP, IP_TTL, value);
    else this.set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, value);
  }

  receiveBufferSize() {
    return BigInt(this.get(SOL_SOCKET, SO_RCVBUF) / OVERHEAD);
  }

  setReceiveBufferSize(value) {
    requirePositive(value);
    this.set(SOL_SOCKET, SO_RCVBUF, atMost(value, MOST_BYTES));
  }

  sendBufferSize() {
    return BigInt(this.get(SOL_SOCKET, SO_SNDBUF) / OVERHEAD);
  }

  setSendBufferSize(value) {
    requirePositive(value);
    this.set(SOL_SOCKET, SO_SNDBUF, atMost(value, MOST_BYTES));
  }
}
