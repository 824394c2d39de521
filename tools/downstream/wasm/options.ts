import { columns } from '../../core/table.ts';
import { type Call, reached } from './trace.ts';

/** The results of running downstream/wasm/options.c, case by case. */
export interface OptionRun {
  /** What it printed. */
  readonly outcomes: ReadonlyMap<string, string>;
  readonly calls: ReadonlyMap<string, readonly Call[]>;
}

/** What plain Emscripten does with an option, compared with the native program. */
const FATES = [
  'as in C',
  'set, and read otherwise',
  'remembered, the kernel does not know',
  'accepted, nothing is set',
  'accepted, where C is refused',
  'refused, or made up',
] as const;
export type Fate = typeof FATES[number];

/** One option on one kind of socket at one moment. */
export interface Verdict {
  readonly name: string;
  readonly native: string;
  readonly plain: string;
  /** Whether plain Emscripten told, or asked, the kernel. */
  readonly isKnown: boolean;
  readonly ours: string;
  readonly fate: Fate;
  /** `refused` if the API has a reason to refuse it and reports an error. */
  readonly verdict: 'as in C' | 'refused' | 'FAILED';
}

/** What the API refuses to set. The program gets an error, and nothing is set. */
const REFUSED: ReadonlyArray<{ readonly name: RegExp; readonly outcome: RegExp; readonly why: string }> = [
  {
    name: /^UDP, \w+: IP_RECVERR$/,
    outcome: /^set: EOPNOTSUPP /,
    why: 'IP_RECVERR on UDP: libuv cannot serve a datagram socket that has an error queue',
  },
];

const noCalls: readonly Call[] = [];

function fateOf(native: string, plain: string, isKnown: boolean): Fate {
  const isRefused = native.startsWith('set: ') && !native.startsWith('set: ok');
  // If C is refused, there is nothing to tell the kernel.
  if (plain === native && (isKnown || isRefused)) return 'as in C';
  if (plain === native && native.includes('read: ok')) return 'remembered, the kernel does not know';
  if (isKnown) return 'set, and read otherwise';
  if (!plain.startsWith('set: ok')) return 'refused, or made up';
  return native.startsWith('set: ok') ? 'accepted, nothing is set' : 'accepted, where C is refused';
}

/**
 * Compares what our library does with each option with the native program, and classifies
 * what plain Emscripten does.
 */
export function judge(native: OptionRun, plain: OptionRun, ours: OptionRun): readonly Verdict[] {
  return [...native.outcomes].map(([name, expected]) => {
    const calls = native.calls.get(name) ?? noCalls;
    const [inPlain, inOurs] = [plain, ours].map((run) => run.outcomes.get(name) ?? 'the program did not come to it') as [string, string];
    const isSet = expected.startsWith('set: ok');
    const isRefused = expected.startsWith('set: ') && !isSet;
    const isKnown = reached(calls, plain.calls.get(name) ?? noCalls, false);
    // An option that the kernel refuses may be refused earlier.
    const isOurs = inOurs === expected && (isRefused || reached(calls, ours.calls.get(name) ?? noCalls, true));
    const reason = REFUSED.find((refused) => refused.name.test(name) && refused.outcome.test(inOurs));
    return {
      name,
      native: expected,
      plain: inPlain,
      isKnown,
      ours: inOurs,
      fate: fateOf(expected, inPlain, isKnown),
      verdict: isOurs ? 'as in C' : (isSet && reason !== undefined ? 'refused' : 'FAILED'),
    };
  });
}

/** The table, grouped by what plain Emscripten does. */
export function optionTable(verdicts: readonly Verdict[], official: string, line: string): readonly string[] {
  const rowOf = (name: string, group: readonly Verdict[]) => [
    name,
    String(group.length),
    String(group.filter(({ verdict }) => verdict === 'as in C').length),
  ];
  const groups = FATES.map((fate) => rowOf(fate, verdicts.filter((verdict) => verdict.fate === fate)));
  const reasons = REFUSED.map(({ name, why }) => ({ count: verdicts.filter((each) => each.verdict === 'refused' && name.test(each.name)).length, why }))
    .filter(({ count }) => count > 0);
  return [
    ...columns([
      [`an option, plain Emscripten on official v${official}`, 'cases', `as in C with our library, ${line}`],
      ...groups.filter(([, count]) => count !== '0'),
      rowOf('in all', verdicts),
    ]),
    ...reasons.map(({ count, why }) => `refused in ${count}: ${why}`),
  ];
}

/** All cases, to be written to a file. */
export function optionListing(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ name, native, plain, ours, fate, verdict }) => [
    name,
    `  C                ${native}`,
    `  plain Emscripten ${plain}: ${fate}`,
    `  our library      ${ours}: ${verdict}`,
  ].join('\n')).join('\n');
}
