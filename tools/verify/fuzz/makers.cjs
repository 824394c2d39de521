'use strict';

// Makers of arguments for the public methods. Each returns { value, text }.

const net = require('node:net');
const { inspect } = require('node:util');
const { hostile, lookalike, view, wrapped } = require('./values.cjs');

const host = '127.0.0.1';
const { constants, structs } = net;
const LEVELS = ['SOL_SOCKET', 'IPPROTO_TCP', 'IPPROTO_IP', 'IPPROTO_IPV6', 'IPPROTO_UDP'].map((name) => constants[name]);
const NAMES = [...new Set(Object.values(constants))];

const shown = (value) => ({ value, text: inspect(value) });

/** One of the intended values, or anything. */
const either = (share, ...meant) => ({ random, harm }) => {
  if (!random.chance(share)) return hostile(random, harm);
  const choice = random.pick(meant);
  return shown(typeof choice === 'function' ? choice(random) : choice);
};

const meant = (...values) => either(1, ...values);
const anything = either(0);
const level = either(0.85, ...LEVELS);
const optname = either(0.85, ...NAMES, (random) => random.below(130));
const flag = either(0.7, true, false, undefined);
const port = either(0.8, 0, undefined, '0', 41999);
const length = either(0.6, 0, 1, 3, 4, 8, 12, 16, 256, 2 ** 20, 2 ** 20 + 1);
const text = either(0.7, 'reno', 'lo', '', 'tls');

const value = (context) => {
  const { random, harm } = context;
  const kind = random.below(4);
  if (kind === 0) return view(random, harm);
  if (kind === 1) return text(context);
  if (kind === 2) return hostile(random, harm);
  return shown(random.pick([0, 1, 4, 1000, 65536, true, false]));
};

/** No name is sent to a resolver, and no address is outside this machine. */
const address = (context) => {
  const made = either(0.7, host, undefined, '::1', '127.0.0.2')(context);
  return typeof made.value === 'string' && net.isIP(made.value) === 0 ? shown(host) : made;
};

// Node.js itself accepts other strings as well.
const goodAddress = meant(host, undefined, '::1', '127.0.0.2');

/** Descriptors that are in use here must not be taken from their owners. */
const descriptor = ({ random, harm, file }) => {
  const made = random.chance(0.3) ? shown(random.pick([file, -1, 2 ** 20, 2 ** 31])) : hostile(random, harm);
  return typeof made.value === 'number' && made.value >= 0 && made.value < 2 ** 20 && made.value !== file ? shown(undefined) : made;
};

/** A path in the working folder. */
const path = ({ random, harm, serial }) => {
  if (random.chance(0.6)) return shown(random.pick([`p${serial()}`, `\0fuzz-${process.pid}-${serial()}`, 'taken']));
  const made = hostile(random, harm);
  return typeof made.value === 'string' && made.value.includes('/') ? shown(undefined) : made;
};

/**
 * A bound socket that can be taken, or something that looks like one: Node.js accepts any
 * other object as a handle.
 */
const boundOf = (...names) => ({ random, states }) => {
  if (random.chance(0.15)) return lookalike(random);
  const name = random.pick(names);
  return { value: states.take(name), text: name };
};
const bound = boundOf('bound', 'bound', 'bound pipe', 'shared', 'closed bound', 'proxied bound');
// Nobody deletes a relative path that was sent to another process.
const boundPort = boundOf('bound', 'shared', 'closed bound', 'proxied bound');

/** An array with those entries, or something that only looks like it. */
function arrayOf(entries, { random, harm }) {
  const kind = random.below(8);
  if (kind === 0 && entries.length > 0) {
    const index = random.below(entries.length);
    const read = entries[index];
    Object.defineProperty(entries, index, {
      enumerable: true,
      get() {
        harm();
        return read;
      },
    });
    return [entries, 'harming'];
  }
  if (kind === 1) return [new Proxy(entries, {}), 'proxy of '];
  if (kind === 2) return [Object.freeze(entries), 'frozen '];
  return [entries, ''];
}

const option = (context) => {
  const parts = [level, optname, value].map((build) => build(context));
  if (context.random.chance(0.05)) parts.pop();
  const [array, how] = arrayOf(parts.map((part) => part.value), context);
  return { value: array, text: `${how}[${parts.map((part) => part.text)}]` };
};

const list = (context) => {
  const { random, harm } = context;
  if (random.chance(0.2)) return hostile(random, harm);
  const options = Array.from({ length: random.below(4) }, () =>
    (random.chance(0.1) ? hostile(random, harm) : option(context)));
  const [array, how] = arrayOf(options.map((part) => part.value), context);
  return { value: array, text: `${how}[${options.map((part) => part.text)}]` };
};

/**
 * An object with some of those fields.
 * @param {object} fields A maker for each.
 * @param {object} [always] Fields that it always has, passed as they are.
 */
const object = (fields, always = () => ({})) => (context) => {
  const { random, harm } = context;
  if (random.chance(0.08)) return hostile(random, harm);
  const made = { ...always(context) };
  const texts = [];
  const share = random.pick([0.2, 0.5, 0.9]);
  for (const [name, build] of Object.entries(fields)) {
    if (!random.chance(share)) continue;
    const part = build(context);
    made[name] = part.value;
    texts.push(`${name}: ${part.text}`);
  }
  const { value: whole, text: how } = wrapped(made, random, harm);
  return { value: whole, text: `${how} {${texts.join(', ')}}` };
};

const callback = meant(() => () => {}, undefined);
const lookup = (name, { all }, done) => (all ? done(null, [{ address: host, family: 4 }]) : done(null, host, 4));

/** The options of a connection, apart from those under test. */
const peer = ({ sink }) => ({ host, port: sink, lookup });

const boundOptions = object({
  host: address, port, ipv6Only: flag, reusePort: flag, exclusive: flag,
  shared: either(0.7, true, false, 'reuseport', undefined), socketOptions: list,
});
const pathOptions = object({ path, socketOptions: list, port, exclusive: flag });
const descriptorOptions = object({ fd: descriptor, port, socketOptions: list });
const connectOptions = object({
  handle: bound, socketOptions: list, port, host: goodAddress,
  localAddress: meant(undefined, host), localPort: meant(undefined, 0), family: meant(0, 4, 6),
  autoSelectFamily: meant(undefined, true, false), timeout: either(0.5, 0, 1000), keepAlive: flag, noDelay: flag,
}, peer);
const listenOptions = object({
  handle: bound, socketOptions: list, port, host: goodAddress, path, fd: descriptor, backlog: meant(1, 511, undefined),
  exclusive: flag, reusePort: flag, ipv6Only: flag, readableAll: flag, writableAll: flag,
  signal: meant(undefined, AbortSignal.abort()),
});
const keepAliveOptions = object({ enable: flag, initialDelay: anything, interval: anything, count: anything });

/** A transfer list, which may not be a list. */
const transfers = (context) => {
  const { random, harm } = context;
  if (random.chance(0.2)) return hostile(random, harm);
  const parts = Array.from({ length: random.below(3) }, () => bound(context));
  if (random.chance(0.1) && parts.length > 0) parts.push(parts[0]);
  const [array, how] = arrayOf(parts.map((part) => part.value), context);
  const whole = { value: array, text: `${how}[${parts.map((part) => part.text)}]` };
  if (random.chance(0.7)) return whole;
  const { value: options, text: kind } = wrapped({ transfer: array }, random, harm);
  return { value: options, text: `${kind} {transfer: ${whole.text}}` };
};

const fieldsOf = {
  linger: { onoff: flag, linger: either(0.6, 0, 1) },
  timeval: { sec: either(0.6, 0, 5), usec: either(0.6, 0, 999999) },
  ip_mreq: { multiaddr: either(0.6, '239.255.0.1'), interface: either(0.6, host) },
  ip_mreqn: { multiaddr: either(0.6, '239.255.0.1'), address: either(0.6, host), ifindex: either(0.6, 0, 1) },
  ipv6_mreq: { multiaddr: either(0.6, 'ff02::1'), interface: either(0.6, 0, 1) },
};

// The documented errors.

module.exports = {
  address, anything, bound, boundOptions, boundPort, callback, connectOptions, descriptor,
  descriptorOptions, either, fieldsOf, flag, keepAliveOptions, length, level, list,
  listenOptions, meant, object, optname, pathOptions, peer, port, structs, transfers, value,
};
