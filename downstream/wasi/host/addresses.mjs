// Converts the addresses of wasi:sockets to those of Node.js, and back.

import net from 'node:net';
import os from 'node:os';
import { Refusal } from './errors.mjs';

const sameFamily = (address, family) => address.tag === family;

// Scope ids are numbers in WASI, and names of interfaces in Node.js.
const interfaces = () => Object.entries(os.networkInterfaces())
  .flatMap(([name, addresses]) => addresses.map(({ scopeid }) => ({ name, scopeid })));

function zoneOf(scopeId) {
  if (scopeId === 0) return '';
  const found = interfaces().find(({ scopeid }) => scopeid === scopeId);
  if (found === undefined) throw new Refusal('invalid-argument');
  return `%${found.name}`;
}

const scopeOf = (zone) =>
  interfaces().find(({ name, scopeid }) => name === zone && scopeid > 0)?.scopeid ?? 0;

/** The host and port of a socket address. The kernel ignores flow-info unless it is told otherwise. */
export function toNode({ tag, val: { address, port, scopeId } }) {
  if (tag === 'ipv4') return { host: address.join('.'), port };
  const words = address.map((word) => word.toString(16)).join(':');
  return { host: `${words}${zoneOf(scopeId)}`, port };
}

function ipv6Words(host) {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  if (dotted !== null) {
    const [a, b, c, d] = dotted.slice(2).map(Number);
    return ipv6Words(`${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const [left, right] = host.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const missing = right === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array(missing).fill('0'), ...right ?? []].map((word) => parseInt(word, 16));
}

/** The ip-address for an address as text. */
export function toIpAddress(host) {
  const [bare] = host.split('%');
  return net.isIPv4(bare) ?
    { tag: 'ipv4', val: bare.split('.').map(Number) } :
    { tag: 'ipv6', val: ipv6Words(bare) };
}

/** The ip-socket-address for an address and port of Node.js. */
export function toWasi({ address: host, port }) {
  const { tag, val: address } = toIpAddress(host);
  if (tag === 'ipv4') return { tag, val: { port, address } };
  return { tag, val: { port, flowInfo: 0, address, scopeId: scopeOf(host.split('%')[1]) } };
}

export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const isMapped = ({ tag, val: { address } }) =>
  tag === 'ipv6' && address.slice(0, 5).every((word) => word === 0) && address[5] === 0xffff;

const isAny = ({ val: { address } }) => address.every((part) => part === 0);

const isUnicast = ({ tag, val: { address } }) =>
  (tag === 'ipv4' ? address[0] < 224 : address[0] >> 8 !== 0xff);

/** Checks an address that a socket of this family is to be bound to. */
export function checkLocal(address, family) {
  if (!sameFamily(address, family) || isMapped(address)) throw new Refusal('invalid-argument');
}

/** Checks an address to connect or send to. */
export function checkRemote(address, family) {
  checkLocal(address, family);
  if (isAny(address) || address.val.port === 0) throw new Refusal('invalid-argument');
}

/** TCP has no groups and no broadcasts. */
export function checkUnicast(address) {
  if (!isUnicast(address)) throw new Refusal('invalid-argument');
}
