import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../base/base.ts';
import { officialNode } from '../base/official.ts';
import { smoke } from '../build/smoke.ts';
import { abreast } from '../core/abreast.ts';
import type { Line } from '../core/lines.ts';
import { isEmulated, isFull, linePaths, root } from '../core/paths.ts';
import { say, step } from '../core/report.ts';
import { run } from '../core/run.ts';
import { closing, type Tally, total } from '../core/tally.ts';
import { compare } from '../core/tap.ts';
import { recordVerified } from '../fork/verified.ts';
import { replay } from '../rebase/replay.ts';
import { checkBase } from './base-check.ts';
import { cycles } from './cycles.ts';
import { leaveOut } from './emulator/limits.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { soak } from './soak/soak.ts';
import { ownTestNames, testsOf, twice } from './test-runner.ts';

/** Upstream's tests for what our proposals touch. */
const UPSTREAM = /^test\/(parallel|sequential)\/test-(net|dgram|tcp|pipe|cluster|https?|tls|worker)-[\w-]+\.m?js$/;

/** The tools' own tests. */
export async function unitTests(): Promise<Tally & { did: string }> {
  const tap = path.join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs');
  // The tools' own tests do not depend on the binary that the others use.
  const options = { cwd: root, accept: [0, 1], env: { FULL: undefined } };
  const { code, stdout, stderr } = await run(process.execPath, [tap, '--reporter=tap'], options);
  const sum = /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?/m.exec(stdout);
  const passed = Number(sum?.[1] ?? 0);
  const failed = Number(sum?.[2] ?? 0);
  if (code !== 0 || failed > 0 || passed === 0) {
    process.stdout.write(`${stdout}${stderr}\n`);
    return { did: 'FAILED', passed, failed: Math.max(failed, 1) };
  }
  return { did: `${passed} passed`, passed, failed };
}

/** Upstream's tests that run each benchmark in a folder for a moment, including ours. */
const BENCHMARKS = ['benchmark/test-benchmark-net', 'benchmark/test-benchmark-dgram'];

/** Our tests of the API, in the fork tree, with the line's binary. */
async function ownTests(line: Line): Promise<Tally & { did: string }> {
  const own = ownTestNames(line);
  const beyond = await leaveOut(own);
  const tests = [...own, ...BENCHMARKS].filter((name) => !beyond.has(name));
  const results = await twice(line, linePaths(line.name).node, tests, 'test-own');
  const failed = results.filter((test) => test.outcome === 'fail');
  for (const { name } of failed) say(`FAILED ${name}`);
  for (const { name } of results.filter((test) => test.outcome === 'skip')) say(`skipped ${name}`);
  const passed = results.filter((test) => test.outcome === 'pass').length;
  const listed = isEmulated ? `, ${beyond.size} more are beyond the emulator` : '';
  return { did: `${passed} of ${results.length} passed${listed}`, passed, failed: failed.length };
}

/** Upstream's tests, with the line's binary and with the official one of its version. */
async function upstreamTests(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const { tree, node } = linePaths(line.name);
  const official = await officialNode(nodeVersion(base.version));
  const tests = await testsOf(tree, base.commit, UPSTREAM);
  const ours = await twice(line, node, tests, 'test-ours');
  // What passes with ours needs no comparison.
  const failing = ours.filter((test) => test.outcome === 'fail').map((test) => test.name);
  const peer = await twice(line, official, failing, 'test-official');
  const { failures, common, passed, skipped } = compare(ours, peer);
  for (const name of common) say(`fails with the official binary too: ${name}`);
  const differs = new Map(Object.entries(line.differs ?? {}));
  const known = failures.filter((name) => differs.has(name));
  for (const name of known) say(`fails with the base itself: ${name} (${differs.get(name)})`);
  const failed = failures.filter((name) => !differs.has(name));
  for (const name of failed) say(`FAILED with ours alone: ${name}`);
  return {
    did: `${passed} of ${ours.length} passed, ${common.length} fail with the official binary too, ` +
      `${known.length} with the base itself, ${skipped} skipped`,
    passed,
    failed: failed.length,
  };
}

/** Short runs of what must keep going without growing or failing. */
async function endurance(line: Line): Promise<readonly Tally[]> {
  return [
    await step(`cycles ${line.name}`, () => cycles(line)),
    await step(`fuzz ${line.name}`, () => fuzz(line, { calls: 20_000, seed: 1 })),
    await step(`soak ${line.name}`, () => soak(line, { seconds: 20, seed: 1 })),
  ];
}

/** What takes long in an emulator and depends little on the processor. */
const enduranceAndReplay = async (line: Line, replayed: BaseRecord | undefined): Promise<readonly Tally[]> =>
  (await abreast([
    () => endurance(line),
    async () => (replayed === undefined ? [] : [await step(`replay ${line.name}`, () => replay(line, replayed))]),
  ])).flat();

/**
 * Runs every test: the tools', and ours and upstream's on each line. The last line is the
 * total.
 * @param checks the checks of lines that cannot be built here
 */
export async function test(
  built: ReadonlyArray<{ readonly line: Line; readonly base: BaseRecord }>,
  checks: ReadonlyArray<() => Promise<Tally>>,
): Promise<void> {
  // The tools themselves run on this machine's processor.
  const tallies: Tally[] = isEmulated ? [] : [await step('unit tests', unitTests)];
  for (const { line, base } of built) {
    const own: readonly Tally[] = [
      // A full build has its own library.
      ...(isFull ? [] : [await step(`the base ${line.name}`, () => checkBase(line, base))]),
      await step(`the binary ${line.name}`, () => smoke(line, base)),
      await step(`our tests ${line.name}`, () => ownTests(line)),
      // One line stands for all; `make survival` tries each.
      ...(isEmulated ? [] : await enduranceAndReplay(line, line === built[0]!.line ? base : undefined)),
      await step(`upstream's tests ${line.name}`, () => upstreamTests(line, base)),
    ];
    tallies.push(...own);
    const { passed, failed } = total(own);
    if (failed > 0) continue;
    await recordVerified(line, base, { level: 'built and tested', passed });
  }
  for (const check of checks) tallies.push(await check());
  closing(tallies);
}
