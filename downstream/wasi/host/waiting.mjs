// What a program can wait for. It waits in its own thread, and only one of its
// calls can be waiting at a time.

let waiter;

/** Resolves when `test` returns true. It is tried now, and whenever something has changed. */
export function until(test) {
  return new Promise((resolve) => {
    waiter = { test, resolve };
    changed();
  });
}

/** To be called after every event. */
export function changed() {
  if (waiter === undefined || !waiter.test()) return;
  const { resolve } = waiter;
  waiter = undefined;
  resolve();
}

/** What becomes ready at some time, and what can be waited for. */
export class Pollable {
  constructor(isReady) {
    this.isReady = isReady;
  }

  ready() {
    return this.isReady();
  }

  block() {
    return until(this.isReady);
  }

  drop() {}
}

/** What becomes ready at a time of the monotonic clock. */
export class Timer extends Pollable {
  constructor(instant) {
    super(() => process.hrtime.bigint() >= instant);
    this.instant = instant;
  }

  /** Has the time noticed. Timers of Node.js are of whole milliseconds, and can be a little early. */
  set() {
    const rest = Number((this.instant - process.hrtime.bigint()) / 1_000_000n);
    this.timeout = setTimeout(() => {
      if (this.isReady()) changed();
      else this.set();
    }, Math.min(Math.max(rest, 1), 0x7fff_ffff));
    return this;
  }

  drop() {
    clearTimeout(this.timeout);
  }
}

/** Waits for any of them, and returns which are ready. */
export async function poll(pollables) {
  const ready = () => pollables.flatMap((pollable, index) => (pollable.isReady() ? [index] : []));
  await until(() => ready().length > 0);
  return ready();
}
