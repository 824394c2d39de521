/** The result of one test in TAP output. */
export interface TestResult {
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
}

/**
 * Parses the top level of a TAP stream as printed by Node's tools/test.py.
 * @throws Error if the number of tests does not match the plan
 */
export function parseTap(text: string): readonly TestResult[] {
  const results = [...text.matchAll(/^(not )?ok \d+ (?:- )?([^#\n]*?)(?: *# *(skip|todo)\b.*)?$/gim)]
    .map(([, not, name, directive]): TestResult => ({
      name: name!.trim(),
      outcome: directive?.toLowerCase() === 'skip' ? 'skip' : (not ? 'fail' : 'pass'),
    }));
  const plan = /^1\.\.(\d+)/m.exec(text)?.[1];
  if (plan === undefined || results.length !== Number(plan)) {
    throw new Error(`${results.length} of ${plan ?? 'an unknown number of'} tests were reported`);
  }
  return results;
}

/**
 * Returns a function that takes the lines of a TAP stream and, after each tenth
 * of the plan, returns a progress message.
 */
export function tenths(): (line: string) => string | undefined {
  let plan = Infinity;
  let done = 0;
  return (line) => {
    plan = Number(/^1\.\.(\d+)/.exec(line)?.[1] ?? plan);
    if (!/^(not )?ok \d/.test(line)) return undefined;
    done++;
    const tenth = Math.floor(done * 10 / plan);
    return tenth > Math.floor((done - 1) * 10 / plan) ? `${done} of ${plan} tests` : undefined;
  };
}

/** The results of a run on our binary and on a peer, compared test by test. */
export interface Comparison {
  /** Tests that fail only on ours. There must be none. */
  readonly failures: readonly string[];
  /** Tests that fail on both, because of the machine or the base. */
  readonly common: readonly string[];
  readonly passed: number;
  readonly skipped: number;
}

export function compare(ours: readonly TestResult[], peer: readonly TestResult[]): Comparison {
  const failedThere = new Set(peer.filter((test) => test.outcome === 'fail').map((test) => test.name));
  const failed = ours.filter((test) => test.outcome === 'fail').map((test) => test.name);
  return {
    failures: failed.filter((name) => !failedThere.has(name)),
    common: failed.filter((name) => failedThere.has(name)),
    passed: ours.filter((test) => test.outcome === 'pass').length,
    skipped: ours.filter((test) => test.outcome === 'skip').length,
  };
}
