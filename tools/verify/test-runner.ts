import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { isEmulated, linePaths } from '../core/paths.ts';
import { isTest, proposalsOn } from '../core/proposals.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { python } from '../core/system.ts';
import { parseTap, tenths, type TestResult } from '../core/tap.ts';
import { landing } from '../fork/apply.ts';

/** Many tests wait for timers, so there may be more of them than processors. */
export const TASKS = 2 * availableParallelism();

/** The time limit in seconds for each test. An emulator takes many times as long. */
const LIMIT = isEmulated ? 600 : 120;

/**
 * This many names are certainly shorter than the kernel's limit for an argument
 * (MAX_ARG_STRLEN, execve(2)).
 */
const NAMES = 1000;

/** The name that test.py uses: suite and file, without the extension. */
export function testName(file: string): string {
  return file.replace(/^test\//, '').replace(/\.m?js$/, '');
}

/** The names of the tests that a line's proposals own. */
export const ownTestNames = (line: Line): readonly string[] =>
  proposalsOn(line).flatMap(({ owns }) => owns.filter(isTest)).map((file) => testName(landing(file)));

/** The names of the base's tests whose files match. */
export async function testsOf(tree: string, commit: string, which: RegExp): Promise<readonly string[]> {
  const folders = ['test/parallel/', 'test/sequential/'];
  const files = await new Repository(tree).git(['ls-tree', '-r', '--name-only', commit, ...folders]);
  return files.split('\n').filter((file) => which.test(file)).map(testName);
}

/**
 * As few patterns per suite as possible. The runner starts the binary several times for
 * each argument, and treats it as a regular expression.
 */
export function patterns(tests: readonly string[], most = NAMES): readonly string[] {
  const suites = new Map<string, string[]>();
  for (const test of tests) {
    const [suite, name] = test.split('/') as [string, string];
    suites.set(suite, [...suites.get(suite) ?? [], name]);
  }
  return [...suites].flatMap(([suite, names]) => {
    const parts = Array.from({ length: Math.ceil(names.length / most) }, (_, part) => part * most);
    return parts.map((from) => `${suite}/(${names.slice(from, from + most).join('|')})`);
  });
}

/**
 * Runs tests of the fork tree with a binary, using Node's own runner.
 * @param limit the time limit in seconds for each test
 */
export async function runTests(
  line: Line,
  node: string,
  tests: readonly string[],
  log: string,
  limit = LIMIT,
): Promise<readonly TestResult[]> {
  // Without a name, the runner would use its whole default set.
  if (tests.length === 0) return [];
  const { tree, logs } = linePaths(line.name);
  const temp = path.join(linePaths(line.name).dir, 'tmp');
  await mkdir(temp, { recursive: true });
  const file = path.join(logs, log);
  const args = [
    'tools/test.py', `-j${TASKS}`, '--mode=release', '--progress=tap', `--timeout=${limit}`,
    `--shell=${node}`, `--temp-dir=${temp}`, ...patterns(tests),
  ];
  // Failed tests make the runner exit with 1. The TAP shows whether it ran all of them.
  const options = { cwd: tree, log: file, accept: [0, 1], ...tests.length > NAMES ? { progress: tenths() } : {} };
  const { stdout } = await run(await python() ?? 'python3', args, options);
  await rm(temp, { recursive: true, force: true });
  try {
    return parseTap(stdout);
  } catch (error) {
    throw new UserError(`the tests did not run to their end: ${(error as Error).message}`, `see ${log} in ${logs}`);
  }
}

/**
 * Runs tests, and reruns those that failed, one after the other. A test that passes alone
 * counts as passed and is named: the machine was busy, or it is flaky.
 * @param name of the logs, without the extension
 */
export async function twice(
  line: Line,
  node: string,
  tests: readonly string[],
  name: string,
): Promise<readonly TestResult[]> {
  const results = await runTests(line, node, tests, `${name}.log`);
  const second = new Map<string, TestResult>();
  for (const failed of results.filter((test) => test.outcome === 'fail')) {
    const log = `${name}-again-${path.basename(failed.name)}.log`;
    for (const result of await runTests(line, node, [failed.name], log)) second.set(result.name, result);
  }
  return results.map((test) => {
    const retried = test.outcome === 'fail' ? second.get(test.name) : undefined;
    if (retried?.outcome === 'pass') say(`passed only when run alone: ${test.name}`);
    return retried ?? test;
  });
}
