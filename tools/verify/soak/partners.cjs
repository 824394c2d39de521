'use strict';

// The partners of a soak test: a thread and a process that receive sockets, and two
// programs that know nothing about Node.js, one that tries addresses and one that takes
// away descriptors and sends signals.

const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { Worker } = require('node:worker_threads');

/** Binds an address exclusively, without SO_REUSEADDR, and reports the result. */
const PROBE = `
import errno, socket, sys
for line in sys.stdin:
    kind, host, port = line.split()
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    probe = socket.socket(family, socket.SOCK_DGRAM if kind == 'udp' else socket.SOCK_STREAM)
    try:
        probe.bind((host, int(port)))
        print('free', flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
    probe.close()
`;

/** Limits the descriptors of its parent, and sends it signals. */
const WARDEN = `
while read -r what value; do
  case $what in
    limit) prlimit --pid "$PPID" "--nofile=$value:" ;;
    storm) for i in $(seq "$value"); do kill -HUP "$PPID"; kill -USR2 "$PPID"; kill -CHLD "$PPID"; done ;;
  esac
  echo "$?"
done
`;

/** A program that answers each line with a line. */
class Teller {
  #child;
  #answers;

  constructor(program, args) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(line) {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`nothing answers ${line}`);
    return value;
  }

  stop() {
    this.#child.stdin.end();
  }
}

const prober = () => new Teller('python3', ['-c', PROBE]);
const warden = () => new Teller('sh', ['-c', WARDEN]);

/** A partner that receives sockets and describes them. */
class Receiver {
  #waiting = new Map();
  #serial = 0;
  ended = false;

  /** @param {Worker | ChildProcess} other */
  constructor(other) {
    this.other = other;
    /** Resolves when it is ready. */
    this.started = once(other, 'message');
    other.on('message', ({ serial, ...answer }) => {
      this.#waiting.get(serial)?.(answer);
      this.#waiting.delete(serial);
    });
    other.on('exit', () => {
      this.ended = true;
      for (const answer of this.#waiting.values()) answer({ gone: true });
    });
  }

  /** @returns {[number, Promise<object>]} The number of a message, and the answer to it. */
  expect() {
    const serial = this.#serial++;
    const answer = this.ended ? Promise.resolve({ gone: true }) :
      new Promise((resolve) => this.#waiting.set(serial, resolve));
    return [serial, answer];
  }
}

const partner = path.join(__dirname, 'partner.cjs');

class Thread extends Receiver {
  constructor() {
    super(new Worker(partner));
  }

  send(bound, act) {
    const [serial, answer] = this.expect();
    this.other.postMessage({ serial, act, bound }, [bound]);
    return answer;
  }

  async stop() {
    await this.other.terminate();
  }
}

class Process extends Receiver {
  constructor() {
    super(fork(partner, { execArgv: [] }));
  }

  send(bound, act, keepOpen) {
    const [serial, answer] = this.expect();
    this.other.send({ serial, act }, bound, { keepOpen }, () => {});
    return answer;
  }

  async stop() {
    if (this.ended) return;
    const exit = once(this.other, 'exit');
    this.other.kill('SIGKILL');
    await exit;
  }
}

module.exports = { Process, Thread, prober, warden };
