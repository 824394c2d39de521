'use strict';

// What libFuzzer runs: each input becomes a few calls of our C++ as JavaScript can make
// them, without the checks in lib/. The arguments are the engine's. Run with
// --expose-internals and --expose-gc, in a separate folder, by a binary that contains
// tools/verify/fuzz/driver.cc.

const assert = require('node:assert');
const fs = require('node:fs');
const { internalBinding } = require('internal/test/binding');

const {
  TCP, constants: { SOCKET }, socketDescriptors, socketSharing, encodeSocketStruct, decodeSocketStruct, socketStructs,
} = internalBinding('tcp_wrap');
const { Pipe } = internalBinding('pipe_wrap');
const { UDP } = internalBinding('udp_wrap');

const LEVELS = [1, 6, 0, 41, 17, 132, 263, 284, -1];
const HOSTS = [
  '127.0.0.1', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1', '127.0.0.2', '224.0.0.1', 'ff02::1', '::1%lo', '1.2.3', '',
];
/** Where datagrams may go. */
const PEERS = ['127.0.0.1', '::1', '127.0.0.2', '::ffff:127.0.0.1', '::1%lo', '1.2.3', ''];
const FIELDS = [...new Set(Object.values(socketStructs).flatMap(({ members }) => Object.keys(members)))];
const KINDS = [Int8Array, Uint8Array, Int16Array, Int32Array, Float64Array, BigInt64Array, DataView];

/** After this many inputs, unreferenced objects are collected. */
const COLLECT = 20_000;

/** The maximum number of calls per input. */
const CALLS = 16;

/** How many numbers describe a datagram in src/datagram_sender.cc. */
const NUMBERS = 8;

/** Turns bytes into decisions and values. */
class Reader {
  #bytes;
  #at = 0;
  handles = [];
  transits = [];

  constructor(bytes) {
    this.#bytes = bytes;
  }

  get isOver() {
    return this.#at >= this.#bytes.length;
  }

  byte() {
    return this.#bytes[this.#at++] ?? 0;
  }

  int() {
    return this.byte() | this.byte() << 8 | this.byte() << 16 | this.byte() << 24;
  }

  pick(list) {
    return list[this.byte() % list.length];
  }

  bytes() {
    const length = this.byte();
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** No path leads out of the folder. */
  text() {
    return this.bytes().latin1Slice().replaceAll('/', '_').replaceAll('\x7f', '\ud800');
  }

  view() {
    const bytes = this.bytes();
    const how = this.byte();
    const Store = how & 1 ? SharedArrayBuffer : ArrayBuffer;
    const buffer = new Store(bytes.length, how & 2 ? { maxByteLength: 512 } : undefined);
    new Uint8Array(buffer).set(bytes);
    const Kind = KINDS[(how >> 2) % KINDS.length];
    const unit = Kind.BYTES_PER_ELEMENT ?? 1;
    const from = how & 128 ? Math.min(unit, buffer.byteLength - buffer.byteLength % unit) : 0;
    const length = Math.floor((buffer.byteLength - from) / unit);
    const view = how & 64 && buffer.resizable ? new Kind(buffer, from) : new Kind(buffer, from, length);
    if ((how >> 2) % 5 === 4 && buffer instanceof ArrayBuffer) {
      if (buffer.resizable) buffer.resize(buffer.byteLength >> 1);
      else structuredClone(buffer, { transfer: [buffer] });
    }
    return view;
  }

  handle() {
    const at = this.byte();
    if (at >= 128 || this.handles.length === 0) {
      const Class = [TCP, Pipe, UDP][at % 3];
      this.handles.push(Class === UDP ? new UDP() : new Class(SOCKET));
    }
    return this.handles[at % this.handles.length];
  }

  transit() {
    const at = this.byte();
    if (at >= 128 || this.transits.length === 0) this.transits.push(new TCP.Transit(this.handle()));
    return this.transits[at % this.transits.length];
  }

  level() {
    return this.pick(LEVELS);
  }

  /** Higher numbers do not concern this socket alone. */
  optname() {
    return this.byte() | (this.byte() & 1) << 8;
  }

  /** The process's own descriptors are never passed. */
  descriptor() {
    const kind = this.byte();
    return kind < 64 ? fs.openSync('/dev/null') : 100_000 + this.int() % 100_000;
  }

  /** Does what a getter or a conversion might do to the objects in use. */
  harm() {
    const what = this.byte();
    if (what & 1) this.handles.at(-1)?.close();
    if (what & 2) send(this.transits.pop());
  }

  harming(value) {
    if (this.byte() >= 32) return { value };
    const get = () => {
      this.harm();
      return value;
    };
    return { get };
  }

  family() {
    return this.pick([4, 6, 0, 5]);
  }

  host() {
    return this.byte() < 64 ? this.text() : this.pick(HOSTS);
  }

  port() {
    return this.byte() < 128 ? 0 : 50_000 + this.byte();
  }

  /** What to bind to: an address or a path. */
  name() {
    return this.byte() < 128 ? this.pick(HOSTS) : this.text();
  }

  list() {
    const list = [];
    const count = this.byte() % 8;
    for (let i = 0; i < count; i++) {
      const value = i % 3 === 0 ? this.level() : i % 3 === 1 ? this.optname() : this.value(1);
      Object.defineProperty(list, i, { ...this.harming(value), enumerable: true, configurable: true });
    }
    return list;
  }

  array(limit, make) {
    return Array.from({ length: this.byte() % limit }, () => this.or(make));
  }

  datagrams() {
    return this.array(4, this.view);
  }

  peers() {
    return this.array(3, () => this.pick(PEERS));
  }

  /** Indexes of addresses are small; -1 stands for none. */
  numbers() {
    const one = () => (this.byte() < 224 ? this.byte() % 4 - 1 : this.int());
    return Int32Array.from({ length: NUMBERS * (this.byte() % 4) }, one);
  }

  cursor() {
    return Float64Array.from({ length: 3 }, () => this.pick([0, 0, 0, 1, 2, -1, NaN, 2 ** 32]));
  }

  messageFields() {
    return new Float64Array(64 - this.byte() % 2 * this.byte() % 64);
  }

  callback() {
    return () => this.harm();
  }

  value(depth = 0) {
    const makers = [
      () => this.int(), () => this.byte(), () => this.view(), () => this.text(), () => this.pick(HOSTS),
      () => this.handle(), () => this.transit(), () => new Int32Array(this.byte() % 3),
      () => undefined, () => null, () => true, () => NaN, () => -0, () => 2 ** 32, () => 0.5, () => 1n, () => Symbol('v'),
      () => (depth > 1 ? {} : this.list()), () => (depth > 1 ? {} : this.fields()),
    ];
    return this.pick(makers)();
  }

  fields() {
    const fields = {};
    for (const name of FIELDS) {
      const value = this.byte() < 128 ? this.pick([0, 1, true, false, -1, NaN, ...HOSTS]) : this.value(2);
      Object.defineProperty(fields, name, { ...this.harming(value), configurable: true });
    }
    return fields;
  }

  /** A suitable value, or any value. */
  or(make) {
    return this.byte() < 224 ? make.call(this) : this.value();
  }
}

const {
  byte: flags, callback, cursor, datagrams, descriptor, family, fields, handle, host, int, level, messageFields,
  name: bindName, numbers, optname, peers, port, text, view,
} = Reader.prototype;

/** Makers of the arguments of each method of ours, whatever class has it. */
const METHODS = {
  setSocketOption: [level, optname, int],
  setSocketOptionBytes: [level, optname, view],
  getSocketOption: [level, optname],
  getSocketOptionBytes: [level, optname, view, int],
  createSocket: [family, flags],
  bindSocket: [bindName, port, flags],
  setMessageInfo: [flags, messageFields, callback, callback],
  setQueuedOption: [level, optname, int],
  sendMessages: [datagrams, peers, numbers, cursor],
  setDontFragment: [flags, flags],
};
/** The same for lines whose bound sockets are ours. */
const CARRIED = {
  bindAddress: [host, port, flags, flags],
  bindNoTruncate: [text],
};
const TRANSIT = { handle: [], open: [handle] };
const SHARING = {
  markExclusive: [handle], isExclusive: [handle], share: [handle, host, port, flags],
  duplicate: [handle, handle], handOn: [handle], countGroups: [],
};
const DESCRIPTORS = { inspect: [descriptor], pathOf: [descriptor], openDescriptor: [handle, descriptor] };

const methodOf = (name) => [TCP, Pipe, UDP].map((Class) => Class.prototype[name]).find((found) => found !== undefined);

const methods = { ...METHODS, ...methodOf('bindAddress') === undefined ? {} : CARRIED };
// A call of what is not there would test nothing, for ever.
for (const name of Object.keys(methods))
  assert.ok(methodOf(name), `no class has ${name}()`);
assert.deepEqual(Object.keys(socketSharing).sort(), Object.keys(SHARING).sort());
assert.deepEqual(Object.keys(socketDescriptors).sort(), Object.keys(DESCRIPTORS).sort());
assert.deepEqual(Object.keys(TCP.Transit.prototype).sort(), Object.keys(TRANSIT).sort());

const argumentsOf = (reader, makers) => makers.map((make) => reader.or(make));

const calls = [
  ...Object.entries(methods).flatMap(([name, makers]) => {
    const method = methodOf(name);
    const call = (reader) => {
      const self = reader.handle();
      // Not every class has every method.
      const args = argumentsOf(reader, makers);
      return (self[name] ?? method).apply(reader.byte() < 8 ? reader.value() : self, args);
    };
    return [call, call];
  }),
  ...Object.entries(TRANSIT).map(([name, makers]) => (reader) => {
    const self = reader.transit();
    const args = argumentsOf(reader, makers);
    return TCP.Transit.prototype[name].apply(reader.byte() < 8 ? reader.value() : self, args);
  }),
  (reader) => reader.transits.push(send(reader.transit())),
  ...Object.entries(SHARING).map(([name, makers]) => (reader) => socketSharing[name](...argumentsOf(reader, makers))),
  ...Object.entries(DESCRIPTORS).map(([name, makers]) => (reader) => {
    // A handle that took a number of another kind could close the process's own.
    const args = name === 'openDescriptor' ? makers.map((make) => make.call(reader)) : argumentsOf(reader, makers);
    const result = socketDescriptors[name](...args);
    // If a handle does not take it, it remains the caller's.
    if (name !== 'openDescriptor' || result !== 0) release(args.at(-1));
  }),
  (reader) => encodeSocketStruct(reader.or(() => reader.byte() % 6), reader.or(fields)),
  (reader) => decodeSocketStruct(reader.or(() => reader.byte() % 6), reader.or(view)),
  (reader) => reader.handle().setKeepAlive?.(
    reader.byte() < 192, reader.int() >>> 0,
    reader.pick([undefined, reader.int(), NaN, Infinity]), reader.pick([undefined, reader.int(), -Infinity])),
  (reader) => reader.handle().close(),
];

function release(fd) {
  try {
    if (fd > 2 && fd < 100_000 && fs.readlinkSync(`/proc/self/fd/${fd}`) === '/dev/null') fs.closeSync(fd);
  } catch {
    // It was not a descriptor.
  }
}

/** Sends a bound socket to this thread itself. */
function send(transit) {
  return structuredClone(transit, { transfer: [transit] });
}

let inputs = 0;

function run(bytes) {
  const reader = new Reader(bytes);
  for (let made = 0; made < CALLS && !reader.isOver; made++) {
    try {
      reader.pick(calls)(reader);
    } catch {
      // A wrong receiver, or a value that JavaScript does not convert. The sanitizers
      // report what must not happen.
    }
  }
  for (const one of reader.handles) one.close();
  // What was sent and not opened would otherwise stay open until it is collected.
  for (const one of reader.transits) {
    const handle = new TCP(SOCKET);
    one?.open?.(handle);
    handle.close();
  }
  if (++inputs % COLLECT === 0) globalThis.gc();
}

process._linkedBinding('bindery_fuzz').run(run, ...process.argv.slice(2));
