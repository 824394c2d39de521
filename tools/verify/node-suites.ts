import { type BaseRecord, nodeVersion } from '../base/base.ts';
import { officialNode } from '../base/official.ts';
import { unpatched, unpatchedNode } from '../build/unpatched.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { say } from '../core/report.ts';
import type { Tally } from '../core/tally.ts';
import type { TestResult } from '../core/tap.ts';
import { testsOf, twice } from './test-runner.ts';

/** All tests in the two suites that a release of Node must pass. */
const WHOLE = /^test\/(parallel|sequential)\/test-[\w.-]+\.m?js$/;

/** The result of a test with each binary. */
export interface Difference {
  readonly name: string;
  readonly ours: TestResult['outcome'];
  readonly official: TestResult['outcome'];
  /** With the base's binary, linked like ours but without the proposals. */
  readonly base: TestResult['outcome'];
}

/** The differences, sorted by what lines.json says about them. */
export interface Judged {
  /** Those that the base itself has, and why. */
  readonly explained: readonly string[];
  readonly failed: readonly string[];
  /**
   * Those with a reason that was not needed: some tests differ only if strace is
   * installed, or namespaces can be created.
   */
  readonly equal: readonly string[];
}

/** Separates the differences that the base itself has, with their reason, from the faults. */
export function judge(found: readonly Difference[], reasons: Readonly<Record<string, string>>): Judged {
  const explained: string[] = [];
  const failed: string[] = [];
  for (const { name, ours, official, base } of found) {
    const outcomes = `${name}: ${ours}, ${official} with the official binary`;
    const reason = reasons[name];
    if (base !== ours) failed.push(`${outcomes}, ${base} with the base alone`);
    else if (reason === undefined) failed.push(`${outcomes}, and lines.json has no reason in differs`);
    else explained.push(`${outcomes} (${reason})`);
  }
  const names = new Set(found.map(({ name }) => name));
  return { explained, failed, equal: Object.keys(reasons).filter((name) => !names.has(name)) };
}

/**
 * Runs upstream's whole parallel and sequential suites with the line's binary. What does
 * not pass is also run with the official binary of that version, and what differs, with
 * the base's. Only what is ours alone is a fault.
 */
export async function nodeSuites(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const { tree, node } = linePaths(line.name);
  const tests = await testsOf(tree, base.commit, WHOLE);
  const ours = await twice(line, node, tests, 'suites-ours');
  const others = ours.filter(({ outcome }) => outcome !== 'pass');
  const names = others.map(({ name }) => name);
  const peer = outcomes(await twice(line, await officialNode(nodeVersion(base.version)), names, 'suites-official'));
  const different = others.filter(({ name, outcome }) => peer.get(name) !== outcome);
  const bare = await unpatched(line, base);
  const alone = outcomes(await twice(line, unpatchedNode(bare), different.map(({ name }) => name), 'suites-base'));
  const { explained, failed, equal } = judge(different.map(({ name, outcome }) =>
    ({ name, ours: outcome, official: peer.get(name)!, base: alone.get(name)! })), line.differs ?? {});
  const common = others.filter(({ name, outcome }) => outcome === 'fail' && peer.get(name) === 'fail');
  for (const { name } of common) say(`fails with the official binary too: ${name}`);
  for (const text of explained) say(`as the base itself: ${text}`);
  for (const name of equal) say(`does not differ here, though lines.json has a reason: ${name}`);
  for (const text of failed) say(`FAILED ${text}`);
  const passed = ours.length - others.length;
  return {
    did: `${passed} of ${ours.length} passed, ${names.length - different.length - common.length} skipped and ` +
      `${common.length} failed by both, ${explained.length} as the base itself, ${failed.length} ours alone or unexplained`,
    passed,
    failed: failed.length,
  };
}

const outcomes = (results: readonly TestResult[]) => new Map(results.map(({ name, outcome }) => [name, outcome]));
