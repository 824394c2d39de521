// The thread that has the sockets. It serves one call after the other, each for
// an object that it knows by a number.

import { workerData } from 'node:worker_threads';
import { refusalOf, Refusal } from './errors.mjs';
import { ResolveAddressStream } from './names.mjs';
import { TcpSocket } from './tcp.mjs';
import { UdpSocket } from './udp.mjs';
import { poll, Timer } from './waiting.mjs';

const { port, signal } = workerData;

const objects = new Map();
let last = 0;

/** What a result is called on the other side. */
function keep(object) {
  objects.set(++last, object);
  return { resource: object.constructor.name, id: last };
}

const isKept = (value) => typeof value?.drop === 'function';

function passed(result) {
  if (isKept(result)) return keep(result);
  return Array.isArray(result) && result.some(isKept) ? result.map(passed) : result;
}

/** The calls that are for no object. */
const functions = {
  createTcpSocket: (family) => new TcpSocket(family),
  createUdpSocket: (family) => new UdpSocket(family),
  resolveAddresses: (name) => new ResolveAddressStream(name),
  timer: (instant) => new Timer(instant).set(),
  poll: (ids) => poll(ids.map((id) => objects.get(id))),
};

function answer(result) {
  port.postMessage(result);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

function answerError(error) {
  const refusal = refusalOf(error);
  answer(refusal instanceof Refusal ? { refused: refusal.payload } : { fault: error.stack ?? String(error) });
}

async function serve({ id, method, args }) {
  try {
    const result = id === undefined ? functions[method](...args) : objects.get(id)[method](...args);
    answer({ result: passed(await result) });
    if (method === 'drop') objects.delete(id);
  } catch (error) {
    answerError(error);
  }
}

// The program must not wait for ever if there is a mistake here.
process.on('uncaughtException', answerError);

port.on('message', serve);
