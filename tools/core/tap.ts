/** What became of one test in a run that prints TAP. */
export interface TestResult {
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
}

/**
 * Reads the top level of a TAP stream, as Node's tools/test.py prints it.
 * @throws Error where fewer tests are reported than its plan announces
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

/** Reads a TAP stream line by line, and says how far it is each time that another tenth of its plan is done. */
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

/** The results of a run on ours and on a peer, compared test by test. */
export interface Comparison {
  /** Fails with ours alone: what must not be. */
  readonly failures: readonly string[];
  /** Fails with both: the machine's or the base's, not ours. */
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
