// Run by a line's binary, for walk.js: whether bound sockets reach other processes, and
// come back. See receiver.js for the other side.
import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { on } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

const receiver = fileURLToPath(new URL('./receiver.js', import.meta.url));

/** What may follow the handle, besides a callback, and whether the sender keeps the handle. */
const WAYS = [
  { options: [], keeps: false },
  { options: [{ keepOpen: true }], keeps: true },
  { options: [{ keepOpen: false }], keeps: false },
];

/** The methods that add a listener for messages to a process, besides on() and once(). */
const LISTENING = ['addListener', 'prependListener', 'prependOnceListener'];

/** Whether a bound socket still belongs to the caller. */
export function isOpen(bound) {
  try {
    bound.address();
    return true;
  } catch {
    return false;
  }
}

/**
 * Sends bound sockets to a process, which sends each back in the same way.
 * @returns whether all of them arrived there, and came back
 */
async function exchange(target, ways) {
  const done = { there: true, back: true };
  const messages = on(target, 'message', { close: ['exit'] });
  const next = async () => (await messages.next()).value;
  try {
    // A cluster worker loses messages that arrive before its listener is added.
    await next();
    for (const { options, keeps } of ways) {
      const bound = new net.BoundSocket({ host: '127.0.0.1' });
      const error = await new Promise((resolve) => {
        target.send(options, bound, ...options, resolve);
      });
      const [{ arrived }, received] = await next();
      const [{ failed, kept }] = await next();
      done.there &&= error === null && arrived && isOpen(bound) === keeps;
      done.back &&= !failed && kept === keeps && received instanceof net.BoundSocket;
      received.close();
      if (keeps) bound.close();
    }
    return done;
  } catch {
    return { there: false, back: false };
  } finally {
    target.kill();
  }
}

/** The methods that send bound sockets to other processes, and those that listen for them there. */
export async function sending() {
  const child = await exchange(fork(receiver, ['on']), WAYS);
  cluster.setupPrimary({ exec: receiver, args: ['on'] });
  const worker = await exchange(cluster.fork(), WAYS);
  const works = {
    'child_process.ChildProcess#send': child.there,
    'NodeJS.Process#send': child.back,
    'cluster.Worker#send': worker.there,
  };
  for (const method of LISTENING) {
    const { there } = await exchange(fork(receiver, [method]), WAYS.slice(0, 1));
    works[`NodeJS.Process#${method}`] = there;
  }
  return Object.keys(works).filter((name) => works[name]);
}
