import { duration } from './attempts.ts';

/** The format of ninja's lines, which are parsed here. */
export const NINJA_STATUS = '[%f/%t] ';

/** The minimum interval between two lines, in milliseconds. */
const INTERVAL = 60_000;

/**
 * The number of recent lines used to estimate the speed. Units that came from
 * ccache earlier say nothing about those being compiled.
 */
const TELLING = 10;

/** Condenses ninja's output of a build that takes hours to one line per minute. */
export class Progress {
  readonly #all: number;
  readonly #earlier: number;
  readonly #now: () => number;
  readonly #began: number;
  /** When lines were printed, and how many steps were finished then. */
  #printed: readonly { readonly at: number; readonly finished: number }[] = [];
  #finished = 0;
  #total: number;

  /**
   * @param all the number of steps in the whole build
   * @param earlier the seconds taken by earlier attempts
   * @param now the clock, in milliseconds
   */
  constructor(all: number, earlier: number, now: () => number = () => performance.now()) {
    this.#all = all;
    this.#total = all;
    this.#earlier = earlier;
    this.#now = now;
    this.#began = now();
  }

  /** The number of steps that this attempt has finished. */
  get finished(): number {
    return this.#finished;
  }

  /** How much of the whole build is done. */
  get done(): string {
    const done = this.#all - this.#total + this.#finished;
    return `${done} of ${this.#all} steps, ${Math.floor(100 * done / this.#all)} %`;
  }

  /** The line to print for one of ninja's lines, if any. */
  line(text: string): string | undefined {
    if (text.startsWith('FAILED: ')) return text;
    const match = /^\[(\d+)\/(\d+)\] /.exec(text);
    if (match === null) return undefined;
    [this.#finished, this.#total] = [Number(match[1]), Number(match[2])];
    const left = this.#total - this.#finished;
    const elapsed = this.#now() - this.#began;
    const last = this.#printed.at(-1);
    if (left > 0 && last !== undefined && elapsed - last.at < INTERVAL) return undefined;
    const first = this.#printed[0];
    this.#printed = [...this.#printed, { at: elapsed, finished: this.#finished }].slice(-TELLING);
    const soFar = duration(this.#earlier + elapsed / 1000);
    if (first === undefined || left === 0) return `${this.done}, ${soFar} so far`;
    const each = (elapsed - first.at) / 1000 / (this.#finished - first.finished);
    return `${this.done}, ${soFar} so far, about ${duration(each * left)} to go`;
  }
}
