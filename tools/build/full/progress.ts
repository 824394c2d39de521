import { duration } from './attempts.ts';

/** How ninja is told to begin its lines; that is what is read here. */
export const NINJA_STATUS = '[%f/%t] ';

/** The milliseconds between two lines. */
const INTERVAL = 60_000;

/** The lines that say how fast it goes: what came out of ccache before says nothing of what is compiled. */
const TELLING = 10;

/** Condenses what ninja prints of a build that takes hours to a line a minute. */
export class Progress {
  readonly #all: number;
  readonly #earlier: number;
  readonly #now: () => number;
  readonly #began: number;
  /** When lines were printed, and what was finished then. */
  #printed: readonly { readonly at: number; readonly finished: number }[] = [];
  #finished = 0;
  #total: number;

  /**
   * @param all the steps of the whole build
   * @param earlier the seconds that former attempts have taken
   * @param now the clock, in milliseconds
   */
  constructor(all: number, earlier: number, now: () => number = () => performance.now()) {
    this.#all = all;
    this.#total = all;
    this.#earlier = earlier;
    this.#now = now;
    this.#began = now();
  }

  /** The steps that this attempt has finished. */
  get finished(): number {
    return this.#finished;
  }

  /** How much of the whole build is done. */
  get done(): string {
    const done = this.#all - this.#total + this.#finished;
    return `${done} of ${this.#all} steps, ${Math.floor(100 * done / this.#all)} %`;
  }

  /** The line to print for one of ninja's, if any. */
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
