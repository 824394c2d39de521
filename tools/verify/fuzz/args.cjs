'use strict';

// Calls public methods with arguments that nobody should pass, and reports every call
// that does not end as documented. Run with --expose-gc and --expose-internals, in a
// separate folder. Arguments: the seed, the number of the first batch, the number of
// batches, the number of calls in each, and the file in which the current call is
// recorded.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const tls = require('node:tls');
const { inspect } = require('node:util');
const { MessageChannel } = require('node:worker_threads');
const { internalBinding } = require('internal/test/binding');
const { randomOf } = require('../random.cjs');
const { States, end, isOpen } = require('./states.cjs');
const { targets } = require('./targets.cjs');
const { Hostility } = require('./values.cjs');
const { faultOf, isOurs } = require('./verdict.cjs');
const { sockets } = require('../sockets.cjs');

const [seed, first, batches, calls] = process.argv.slice(2, 6).map(Number);
const trace = fs.openSync(process.argv[6], 'w');
const { countGroups } = internalBinding('tcp_wrap').socketSharing;

/** After this many calls the event loop turns, and everything that was made is closed. */
const TOGETHER = 50;

/** An error event may report any system error, or one of these. */
const LATER = /^(E[A-Z0-9]+|Unknown system error -\d+|ERR_[A-Z0-9_]+|ABORT_ERR|HPE_[A-Z_]+)$/;

/** Errors caused by the caller's own values, where nobody can catch them. */
const FOREIGN = new RegExp([
  // A socket accepts any object as a handle until it is used.
  String.raw`andle\.\w+ is not a function`, 'private member #handle', 'setsockopt ENOTSOCK',
  // The caller's own function, and a message that cannot be sent.
  'has been revoked', "cannot be invoked without 'new'", 'serialize a BigInt', 'circular structure',
].join('|'));

const turn = () => new Promise((resolve) => setImmediate(resolve));
const weighted = targets.flatMap((target) => Array(target.weight).fill(target));
const record = Buffer.alloc(4096);
const counts = { calls: 0, threw: 0, skipped: 0 };
const told = new Map();
let where = 'the start';

function tell(fault, call = where) {
  const key = `${call.replace(/^\S+ /, '').split('(')[0]} ${fault}`;
  told.set(key, (told.get(key) ?? 0) + 1);
  if (told.get(key) === 1) console.log(JSON.stringify({ fault, call }));
}

function write(text) {
  where = text;
  record.fill(0);
  record.write(text);
  fs.writeSync(trace, record, 0, record.length, 0);
}

function attend(result, call) {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return;
  const isOurs = typeof result.on === 'function' || isOpen(result);
  if (!isOurs) return;
  context.states.track(result);
  result.on?.('error', (err) => {
    if (!(err instanceof Error) || !(LATER.test(err.code) || FOREIGN.test(err.message))) tell(`later: ${inspect(err).split('\n')[0]}`, call);
  });
}

/** Closes, takes or changes the object of the call from within the call. */
const harms = [
  ({ self }) => end(self),
  ({ taken }) => end(taken),
  ({ taken, messages }) => messages.postMessage(taken, [taken]),
  ({ taken, states }) => states.track(new net.Socket({ handle: taken })),
  ({ self, states }) => states.track(self.listen?.(0, '127.0.0.1') ?? self.bindSync?.() ?? self.connect({ port: states.sink, host: '127.0.0.1' })),
  ({ self }) => self.clone?.().close(),
];

/**
 * Upstream's class is adopted before the options are examined. If that throws, a socket
 * is left that nothing refers to.
 */
const loses = process.config.variables.bindery_proposals?.['net-bound-handle'] === 'landed';

function excuse(bounds) {
  for (const { bound, fd, isShared, name } of bounds) {
    if (isOpen(bound)) continue;
    try {
      const socket = fs.readlinkSync(`/proc/self/fd/${fd}`);
      if (isShared && !context.lost.has(socket)) context.lostGroups++;
      context.lost.add(socket).add(name);
    } catch {
      // It was closed.
    }
  }
}

const context = {
  file: trace,
  lost: new Set(),
  lostGroups: 0,
  tls: { secureContext: tls.createSecureContext() },
  states: new States(),
  harm() {
    if (context.harmed) return;
    context.harmed = true;
    try {
      context.harmful(context);
    } catch {
      // It may have ended already.
    }
  },
};

/** Properties that every object seems to have during a call. */
const POLLUTIONS = [
  'host', 'port', 'path', 'fd', 'handle', 'shared', 'exclusive', 'socketOptions', 'address', 'length', 'get', 'value', 'writable',
  '0', '1', 'index', 'onoff', 'signal', 'byteLength',
];

function polluted(random, work) {
  const prototype = random.pick([Object.prototype, Array.prototype, Uint8Array.prototype, Function.prototype]);
  const name = random.pick(POLLUTIONS);
  const value = random.pick([undefined, 0, 1, 'a', true, null]);
  const old = Object.getOwnPropertyDescriptor(prototype, name);
  if (old !== undefined && !old.configurable) return work();

  Object.defineProperty(prototype, name, { __proto__: null, configurable: true, writable: true, value });
  try {
    return work();
  } finally {
    delete prototype[name];

    if (old !== undefined) Object.defineProperty(prototype, name, old);
  }
}

function oneCall(random, name) {
  const target = random.pick(weighted);
  context.random = random;
  context.harmful = random.pick(harms);
  context.harmed = false;
  context.given = [];
  const { states } = context;
  context.self = target.state === undefined ? context : states.get(target.state);
  const args = target.makers.map((build) => build(context));
  const isPolluted = random.chance(0.01);
  if (context.self === undefined) {
    counts.skipped++;
    return;
  }
  write(`${name} ${target.name}(${args.map(({ text }) => text).join(', ')})${isPolluted ? ' polluted' : ''}`);
  const call = where;
  counts.calls++;
  // Node.js leaves it at zero if a value cannot be shown in an error.
  Error.stackTraceLimit = 10;
  const work = () => target.call(context.self, ...args.map(({ value }) => value));
  let result;
  try {
    result = isPolluted ? polluted(random, work) : work();
  } catch (err) {
    counts.threw++;
    if (loses) excuse(context.given);
    // Upstream goes on with what the caller's own getter has closed.
    if (loses && context.harmed && err instanceof Error && !isOurs(err)) return;
    const fault = faultOf(err, target.may, isPolluted);
    if (fault !== undefined) tell(fault);
    return;
  }
  if (target.returns?.(result, context.self) === false) tell(`returned ${inspect(result).split('\n')[0]}`);
  attend(result, call);
}

const paths = () => fs.readdirSync('.');

/** Everything that a batch must not leave behind. */
const held = () => new Set([...sockets(), ...paths()]);

/** Waits until nothing is left of a batch, or reports what is left. Returns what exists then. */
async function settle(before) {
  context.states.clear(true);
  context.taken = context.self = undefined;
  let left;
  for (let tries = 0; tries < 100; tries++) {
    await turn();
    if (tries > 2) await new Promise((resolve) => setTimeout(resolve, Math.min(tries, 50)));
    left = [...held()].filter((name) => !before.has(name) && !context.lost.has(name));
    if (left.length === 0 && countGroups() <= context.lostGroups) return before;
    if (tries % 5 === 1) globalThis.gc();
  }
  const what = [...left.map((name) => name.replace(/:?\[\d+\]$|\d+$/, '')), ...countGroups() > context.lostGroups ? ['a shared address'] : []];
  tell(`left behind: ${[...new Set(what)]}`, `${where} at the end of the batch`);
  return held();
}

async function main() {
  const { states } = context;
  await states.start();
  context.sink = states.sink;
  context.serial = states.serial;
  const take = states.take.bind(states);
  states.take = (kind) => {
    const bound = context.taken = take(kind);
    if (isOpen(bound)) context.given.push({ bound, fd: bound.fd(), isShared: kind === 'shared', name: bound.address() });
    return bound;
  };
  const { port1, port2 } = new MessageChannel();
  context.messages = port1;
  port2.on('message', (value) => end(value));
  port2.on('messageerror', (err) => tell(`messageerror ${err.message}`));
  context.child = fork(path.join(__dirname, 'receiver.cjs'), { execArgv: [] });
  await once(context.child, 'spawn');
  fs.writeFileSync('taken', '');
  process.on('uncaughtException', (err) => err instanceof Hostility || FOREIGN.test(err?.message) || tell(`uncaught: ${err?.stack?.split('\n').slice(0, 3).join(' ') ?? err}`));
  process.on('unhandledRejection', (err) => tell(`unhandled: ${err?.stack?.split('\n')[0] ?? err}`));
  // Whatever the first use of a module opens must exist before anything is counted.
  await states.supply();
  await settle(held());
  let before = held();
  for (let batch = first; batch < first + batches; batch++) {
    const random = randomOf(seed + batch * 7919);
    for (let i = 0; i < calls; i++) {
      if (i % TOGETHER === 0) {
        await turn();
        states.clear(false);
        await states.supply();
      }
      oneCall(random, `${batch}:${i}`);
    }
    before = await settle(before);
    console.log(JSON.stringify({ batch, ...counts, memory: process.memoryUsage.rss() }));
  }
  console.log(JSON.stringify({ done: true, ...counts, told: [...told] }));
  process.exit();
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
