'use strict';

// Random programs over the whole API. What each step does depends only on the seed and
// the number of the episode. How it ends is compared with a model, and nothing may be
// left after an episode. Run with --expose-gc and --expose-internals, in a separate
// folder. Arguments: the seed, the first episode, the duration in seconds, and the number
// of steps per episode.

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { getSystemErrorName, inspect } = require('node:util');
const { internalBinding } = require('internal/test/binding');
const { randomOf } = require('../random.cjs');
const { acts, weighted } = require('./acts.cjs');
const { Model } = require('./model.cjs');
const { prober, warden, Process, Thread } = require('./partners.cjs');
const { WAITING, statesOf } = require('./ports.cjs');
const { sockets } = require('../sockets.cjs');

const [seed, first, seconds, steps] = process.argv.slice(2, 6).map(Number);
const { countGroups } = internalBinding('tcp_wrap').socketSharing;

/** After this many milliseconds, a step hangs. */
const LIMIT = 30_000;

/** How many steps are reported with a failure. */
const TAIL = 20;

/** The limit for the growth of memory after the first tenth of the time. */
const GROWTH = 64 * 2 ** 20;

const silent = () => {};
const turn = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** The number that the next descriptor would get. */
function lowestDescriptor() {
  const fd = fs.openSync('/dev/null');
  fs.closeSync(fd);
  return fd;
}

const isSystemError = ({ code, errno }) => errno < 0 && getSystemErrorName(errno) === code;

/** A step that did not end as the model says. */
class Failure extends Error {}

class Soak {
  handles = [];
  bounds = [];
  servers = [];
  datagrams = [];
  receiveInfo = new WeakMap();
  datagramKeys = new Set();
  away = new Set();
  receivers = new Map();
  model = new Model();
  #notes = [];
  #serial = 0;
  step = 0;

  constructor(partners) {
    Object.assign(this, partners);
  }

  serial = () => this.#serial++;

  next(kind) {
    return `${kind}${this.#serial++}`;
  }

  note(text) {
    this.#notes.push(`/* ${this.step} */ ${text};`);
  }

  get program() {
    return this.#notes.slice(-TAIL);
  }

  fail(why) {
    throw new Failure(why);
  }

  /** Compares how something ended with the ways it may end. */
  judge(what, err, { ok, codes, system }, { syscall } = {}) {
    if (err === undefined) {
      if (!ok) this.fail(`${what} succeeded, and should have failed with ${codes.join(' or ')}`);
      return;
    }
    if (!(err instanceof Error) || !(codes.includes(err.code) || (system && isSystemError(err))))
      this.fail(`${what} failed with ${err?.code ?? inspect(err)}, not ${[...ok ? ['nothing'] : [], ...codes].join(', ')}\n${err?.stack}`);
    if (syscall !== undefined && err.errno !== undefined && !(err.errno < 0 && syscall.test(err.syscall)))
      this.fail(`${what}: errno is ${err.errno}, syscall ${err.syscall}`);
  }

  /** Does something synchronous that may throw. */
  attempt(text, work, expected, about) {
    this.note(text);
    let value;
    let thrown;
    try {
      value = work();
    } catch (err) {
      thrown = err;
    }
    this.judge(text, thrown, expected, about);
    return { value, thrown };
  }

  /** Waits with a time limit. */
  async limited(promise, what) {
    let timer;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Failure(`${what} takes for ever`)), LIMIT);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A thread or a process to send to, a new one if the last was ended. */
  async receiver(Kind) {
    let other = this.receivers.get(Kind);
    if (other === undefined || other.ended) {
      other = new Kind();
      this.receivers.set(Kind, other);
      await this.limited(other.started, 'a receiver that starts');
    }
    return other;
  }

  /** Ends a thread or a process, whatever it is doing. */
  async dismiss(other) {
    if (other === undefined || other.ended) return;
    this.note(`the ${other instanceof Thread ? 'thread' : 'process'} is ended`);
    await this.limited(other.stop(), 'a receiver that is to end');
  }

  /** Does something synchronous while no descriptors are available. */
  async withoutDescriptors(work) {
    await this.limited(this.warden.ask(`limit ${lowestDescriptor()}`), 'the limit of descriptors');
    try {
      // A descriptor of another thread may have been closed in between.
      const held = [];
      try {
        for (;;) held.push(fs.openSync('/dev/null'));
      } catch (err) {
        if (err.code !== 'EMFILE') throw err;
      }
      try {
        work();
      } finally {
        held.forEach((fd) => fs.closeSync(fd));
      }
    } finally {
      await this.limited(this.warden.ask(`limit ${this.most}`), 'the limit of descriptors');
    }
  }

  /** Closes everything that the episode has made. */
  async end() {
    for (const bound of this.bounds) bound[Symbol.dispose]();
    for (const socket of this.datagrams) {
      try {
        socket.close();
      } catch {
        // It is closed.
      }
    }
    for (const { server } of this.servers) {
      server.close();
      server.closeAllConnections?.();
    }
    for (const other of this.receivers.values()) await this.dismiss(other);
  }

  async #requireFree(kind, host, port) {
    let answer;
    let states;
    // The end of a connection may still be on its way.
    for (let tries = 0; tries < 50; tries++) {
      answer = await this.limited(this.prober.ask(`${kind} ${host} ${port}`), 'a probe');
      if (answer === 'free') return;
      states = kind === 'tcp' ? statesOf(host, port) : [];
      if (states.length > 0 && states.every((state) => state === WAITING)) return;
      await turn(100);
    }
    this.fail(`${kind} ${host} ${port} is left bound: ${answer}, connections in the states ${states}`);
  }

  /** Checks what must be true after the end. */
  async check(before) {
    let left;
    for (let tries = 0; tries < 100; tries++) {
      globalThis.gc();
      await turn(tries);
      left = [...sockets(), ...fs.readdirSync('.')].filter((name) => !before.has(name));
      if (left.length === 0 && countGroups() === 0) break;
    }
    if (left.length > 0) this.fail(`what is left: ${left}`);
    if (countGroups() > 0) this.fail(`${countGroups()} shared addresses are left`);
    const addresses = [
      ...[...this.model.keys()].filter((key) => key.includes(' ')).map((key) => ['tcp', ...key.split(' ')]),
      ...[...this.datagramKeys].map((key) => ['udp', ...key.split(' ')]),
    ];
    for (const [kind, host, port] of addresses) await this.#requireFree(kind, host, Number(port));
    return addresses.length;
  }
}

/** @returns {Promise<{ steps: number, addresses: number }>} */
async function episode(number, partners, before) {
  const random = randomOf(seed + number * 7919);
  const soak = new Soak(partners);
  try {
    for (; soak.step < steps; soak.step++) {
      const name = random.pick(weighted);
      // Each act has its own generator, so that the following ones do not depend on how
      // many numbers it draws.
      const own = randomOf(random.below(2 ** 31));
      if (soak.handles.length === 0) await acts.bind(soak, own);
      else await acts[name](soak, own);
    }
    await soak.end();
    return { steps: soak.step, addresses: await soak.check(before) };
  } catch (err) {
    const why = err instanceof Failure ? err.message : `the program failed: ${err?.stack ?? err}`;
    console.log(JSON.stringify({ failure: why, episode: number, step: soak.step, program: soak.program }));
    process.exit(1);
  }
}

const LIMITS = /^Max open files +(\d+) /m;

async function main() {
  const sink = net.createServer((peer) => peer.on('error', silent).resetAndDestroy()).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const partners = {
    prober: prober(), warden: warden(), sink: sink.address().port, file: fs.openSync('/dev/null'),
    most: Number(LIMITS.exec(fs.readFileSync('/proc/self/limits', 'utf8'))[1]),
  };
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGCHLD']) process.on(signal, silent);
  let where = first;
  process.on('uncaughtException', (err) => {
    console.log(JSON.stringify({ failure: `uncaught: ${err?.stack ?? err}`, episode: where, step: -1, program: [] }));
    process.exit(1);
  });
  // Whatever the first thread, process and probe open must exist before anything is counted.
  await partners.prober.ask('tcp 127.0.0.1 0');
  await partners.warden.ask('storm 1');
  for (const other of [new Thread(), new Process()]) {
    await other.started;
    await other.stop();
  }
  await turn(100);
  const before = new Set(sockets());

  const totals = { episodes: 0, steps: 0, addresses: 0 };
  const from = Date.now();
  let least;
  do {
    const { steps: made, addresses } = await episode(where, partners, before);
    totals.episodes++;
    totals.steps += made;
    totals.addresses += addresses;
    const memory = process.memoryUsage.rss();
    if (Date.now() - from > seconds * 100) least = Math.min(least ?? memory, memory);
    console.log(JSON.stringify({ episode: where, memory }));
    where++;
  } while (Date.now() - from < seconds * 1000);
  globalThis.gc();
  const growth = process.memoryUsage.rss() - (least ?? Infinity);
  if (growth > GROWTH) {
    console.log(JSON.stringify({ failure: `the memory has grown by ${growth} bytes`, episode: first, step: -1, program: [] }));
    process.exit(1);
  }
  console.log(JSON.stringify({ done: true, ...totals }));
  process.exit();
}

main();
