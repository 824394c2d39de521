/** A call that sets or gets a socket option, as strace prints it. */
export interface Call {
  readonly call: 'setsockopt' | 'getsockopt';
  readonly fd: number;
  /** Level and name, e.g. `SOL_TCP, TCP_NODELAY`. */
  readonly option: string;
  /** The value and its length, e.g. `[1], 4`. */
  readonly value: string;
  /** `ok`, or the name of the error. */
  readonly result: string;
}

const MARK = /^writev?\(\d+, .*?"case (.*?)\\n/;
const OPTION = /^([sg]etsockopt)\((\d+), (\w+, [^,[{"]+), (.*)\) += (-?\d+)(?: (\w+))?/;
const NEW = /^(?:socket|accept4?)\(.*\) += (\d+)$/;

/**
 * Parses a trace of one thread of downstream/wasm/options.c.
 * @returns for each case, the calls on the sockets that existed at its end; the list for
 *   a number starts again when a new socket gets it
 */
export function parseTrace(trace: string): ReadonlyMap<string, readonly Call[]> {
  const cases = new Map<string, Call[]>();
  let calls: Call[] | undefined;
  for (const line of trace.split('\n')) {
    const mark = MARK.exec(line)?.[1];
    if (mark !== undefined) {
      calls = [];
      cases.set(mark, calls);
      continue;
    }
    if (calls === undefined) continue;
    const opened = NEW.exec(line)?.[1];
    if (opened !== undefined) {
      const kept = calls.filter(({ fd }) => fd !== Number(opened));
      calls.splice(0, calls.length, ...kept);
      continue;
    }
    const option = OPTION.exec(line);
    // Node checks its standard streams, which may be sockets.
    if (option === null || Number(option[2]) <= 2) continue;
    calls.push({
      call: option[1] as Call['call'],
      fd: Number(option[2]),
      option: option[3]!,
      value: option[4]!,
      result: Number(option[5]) < 0 ? option[6]! : 'ok',
    });
  }
  return cases;
}

/** What the program printed for each case. */
export function parseOutcomes(output: string): ReadonlyMap<string, string> {
  const outcomes = new Map<string, string>();
  for (const [, name, outcome] of output.matchAll(/^case (.*)\n(?!case )(.+)$/gm)) outcomes.set(name!, outcome!);
  return outcomes;
}

const TYPE = 'SOL_SOCKET, SO_TYPE';
const ERROR = 'SOL_SOCKET, SO_ERROR';

/** The socket that a case is about: the last one whose type was read. */
function socketOf(calls: readonly Call[]): number | undefined {
  return calls.findLast(({ call, option }) => call === 'getsockopt' && option === TYPE)?.fd;
}

/**
 * Whether the kernel was told, or asked, the same as by the native program.
 * @param native the calls of the native program in a case
 * @param calls those of the compared program in the same case
 * @param strict whether it must be on the same socket that the case ends with
 */
export function reached(native: readonly Call[], calls: readonly Call[], strict: boolean): boolean {
  const own = socketOf(native);
  const socket = socketOf(calls);
  if (strict && socket === undefined) return false;
  const theirs = strict ? calls.filter(({ fd }) => fd === socket) : calls;
  const wanted = native.filter(({ fd, option }) => fd === own && option !== ERROR);
  const sets = wanted.filter(({ call }) => call === 'setsockopt');
  if (sets.length > 0) {
    return sets.every((set) => theirs.some(({ call, option, value, result }) =>
      call === 'setsockopt' && option === set.option && value === set.value && result === set.result));
  }
  const reads = wanted.filter(({ option }) => option !== TYPE);
  return reads.every((read) => theirs.some(({ call, option }) => call === 'getsockopt' && option === read.option));
}
