// wasi:sockets for components that jco has transpiled, over the public API of
// Node.js. The sockets are in a thread of their own, see worker.mjs; the
// component's thread waits for each call.
//
// The streams and pollables of sockets extend the classes that the host gets for
// everything else from preview2-shim, so that a component can use both.

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { Refusal } from './errors.mjs';

/** Where jco looks for the number of an object. Those of preview2-shim are low. */
const REP = Symbol.for('cabiRep');
const FIRST_REP = 1 << 24;

const TCP = [
  'finishBind', 'finishConnect', 'finishListen', 'accept', 'localAddress', 'remoteAddress', 'isListening',
  'addressFamily', 'setListenBacklogSize', 'keepAliveEnabled', 'setKeepAliveEnabled', 'keepAliveIdleTime',
  'setKeepAliveIdleTime', 'keepAliveInterval', 'setKeepAliveInterval', 'keepAliveCount', 'setKeepAliveCount',
  'hopLimit', 'setHopLimit', 'receiveBufferSize', 'setReceiveBufferSize', 'sendBufferSize', 'setSendBufferSize',
  'subscribe', 'shutdown',
];
const UDP = [
  'finishBind', 'stream', 'localAddress', 'remoteAddress', 'addressFamily', 'unicastHopLimit', 'setUnicastHopLimit',
  'receiveBufferSize', 'setReceiveBufferSize', 'sendBufferSize', 'setSendBufferSize', 'subscribe',
];
const INPUT = ['read', 'blockingRead', 'subscribe'];
const OUTPUT = ['checkWrite', 'write', 'flush', 'blockingFlush', 'blockingWriteAndFlush', 'subscribe'];

const symbolDispose = Symbol.dispose ?? Symbol.for('dispose');

/** Calls into the thread. */
function connect() {
  const { port1: port, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: { port: port2, signal }, transferList: [port2],
  });
  worker.unref();
  const call = (id, method, ...args) => {
    const before = Atomics.load(signal, 0);
    port.postMessage({ id, method, args });
    Atomics.wait(signal, 0, before);
    return receiveMessageOnPort(port).message;
  };
  return { call, worker };
}

/**
 * The imports of a component that has wasi:sockets.
 * @param {object} shim The imports of preview2-shim, for what is not about sockets.
 * @param {{ tcp?: boolean, udp?: boolean, names?: boolean }} [allowed] What the
 *   component may use.
 */
export function addSockets(shim, { tcp = true, udp = true, names = true } = {}) {
  const { call: ask, worker } = connect();
  const { InputStream: ShimInput, OutputStream: ShimOutput } = shim['wasi:io/streams'];
  const { Pollable: ShimPollable, poll: shimPoll } = shim['wasi:io/poll'];

  class IoError extends shim['wasi:io/error'].Error {
    constructor({ code, message }) {
      super(message);
      this.code = code;
    }
  }

  const classes = {};

  function made(value) {
    if (Array.isArray(value)) return value.map(made);
    return value?.resource === undefined ? value : new (classes[value.resource])(value.id);
  }

  function call(id, method, ...args) {
    const { result, refused, fault } = ask(id, method, ...args);
    if (fault !== undefined) throw new Error(`wasi:sockets, ${method}: ${fault}`);
    if (refused === undefined) return made(result);
    throw new Refusal(refused.val === undefined ? refused : { ...refused, val: new IoError(refused.val) });
  }

  /** A class of objects that are in the thread. */
  function remote(Base, methods) {
    class Remote extends Base {
      constructor(id) {
        super();
        this.id = id;
      }

      [symbolDispose]() {
        if (this.id !== undefined) call(this.id, 'drop');
        this.id = undefined;
      }
    }
    for (const method of methods) {
      Remote.prototype[method] = function(...args) {
        return call(this.id, method, ...args);
      };
    }
    return Remote;
  }

  class Network {}
  const network = new Network();

  function allow(isAllowed) {
    if (!isAllowed) throw new Refusal('access-denied');
  }

  class TcpSocket extends remote(Object, TCP) {
    startBind(where, address) {
      allow(tcp);
      call(this.id, 'startBind', address);
    }

    startConnect(where, address) {
      allow(tcp);
      call(this.id, 'startConnect', address);
    }

    startListen() {
      allow(tcp);
      call(this.id, 'startListen');
    }
  }

  class UdpSocket extends remote(Object, UDP) {
    startBind(where, address) {
      allow(udp);
      call(this.id, 'startBind', address);
    }
  }

  class Pollable extends remote(ShimPollable, ['ready', 'block']) {
    constructor(id) {
      super(id);
      this[REP] = FIRST_REP + id;
    }
  }

  class InputStream extends remote(ShimInput, INPUT) {
    skip(length) {
      return BigInt(this.read(length).length);
    }

    blockingSkip(length) {
      return BigInt(this.blockingRead(length).length);
    }
  }

  class OutputStream extends remote(ShimOutput, OUTPUT) {
    writeZeroes(length) {
      this.write(new Uint8Array(Number(length)));
    }

    blockingWriteZeroesAndFlush(length) {
      this.blockingWriteAndFlush(new Uint8Array(Number(length)));
    }

    /** Moves what both sides have room for. */
    splice(source, length) {
      const room = this.checkWrite();
      const bytes = source.read(length < room ? length : room);
      this.write(bytes);
      return BigInt(bytes.length);
    }

    blockingSplice(source, length) {
      for (const pollable of [source.subscribe(), this.subscribe()]) {
        pollable.block();
        pollable[symbolDispose]();
      }
      return this.splice(source, length);
    }
  }

  const IncomingDatagramStream = remote(Object, ['receive', 'subscribe']);
  const OutgoingDatagramStream = remote(Object, ['checkSend', 'send', 'subscribe']);
  const ResolveAddressStream = remote(Object, ['resolveNextAddress', 'subscribe']);
  Object.assign(classes, {
    TcpSocket, UdpSocket, Pollable, Timer: Pollable, InputStream, OutputStream, IncomingDatagramStream,
    OutgoingDatagramStream, ResolveAddressStream,
  });

  /** Waits for those of sockets and clocks, and for those of preview2-shim in turn where there are both. */
  function poll(pollables) {
    const indexes = pollables.map((_, index) => index);
    const own = indexes.filter((index) => pollables[index] instanceof Pollable);
    const others = indexes.filter((index) => !own.includes(index));
    if (own.length === 0) return shimPoll(pollables);
    const waitFor = (timers) => {
      const ids = [...own.map((index) => pollables[index]), ...timers].map(({ id }) => id);
      return call(undefined, 'poll', ids).filter((index) => index < own.length).map((index) => own[index]);
    };
    if (others.length === 0) return Uint32Array.from(waitFor([]));
    for (;;) {
      const found = others.filter((index) => pollables[index].ready());
      const timer = subscribeDuration(found.length > 0 ? 0n : 5_000_000n);
      const ready = [...found, ...waitFor([timer])];
      timer[symbolDispose]();
      if (ready.length > 0) return Uint32Array.from(ready);
    }
  }

  const subscribeInstant = (instant) => call(undefined, 'timer', instant);
  const subscribeDuration = (duration) => subscribeInstant(process.hrtime.bigint() + duration);

  const imports = {
    ...shim,
    'wasi:clocks/monotonic-clock': { ...shim['wasi:clocks/monotonic-clock'], subscribeInstant, subscribeDuration },
    'wasi:io/poll': { Pollable: ShimPollable, poll },
    'wasi:sockets/instance-network': { instanceNetwork: () => network },
    'wasi:sockets/network': {
      Network,
      networkErrorCode: (error) => (error instanceof IoError ? error.code : undefined),
    },
    'wasi:sockets/tcp': { TcpSocket },
    'wasi:sockets/tcp-create-socket': {
      createTcpSocket: (family) => call(undefined, 'createTcpSocket', family),
    },
    'wasi:sockets/udp': { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    'wasi:sockets/udp-create-socket': {
      createUdpSocket: (family) => call(undefined, 'createUdpSocket', family),
    },
    'wasi:sockets/ip-name-lookup': {
      ResolveAddressStream,
      resolveAddresses(where, name) {
        allow(names);
        return call(undefined, 'resolveAddresses', name);
      },
    },
  };
  return { imports, close: () => worker.terminate() };
}
