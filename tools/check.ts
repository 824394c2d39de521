import path from 'node:path';
import { applyProposals } from './apply.ts';
import { versionOf } from './checkout.ts';
import { type GitLine, isTest, proposalsOn } from './config.ts';
import { UserError } from './errors.ts';
import { Repository } from './git.ts';
import { libTree } from './libtree.ts';
import { officialNode } from './official.ts';
import { loadOverlay, runOverlayTests } from './overlay.ts';
import { root } from './paths.ts';
import { replay } from './rebase-replay.ts';
import { type Done, say, step } from './report.ts';
import { LIB_ALONE, recordVerified } from './status.ts';
import { publishedReleases } from './survival-natives.ts';
import type { Tally } from './tap.ts';

/** The releases to check: the one that the hooks are written for, and the newest of the line where asked for. */
async function releasesOf({ base }: GitLine, newest: boolean): Promise<readonly string[]> {
  const pinned = versionOf(base.ref);
  if (!newest) return [pinned];
  const last = (await publishedReleases()).filter((version) => version.startsWith(`${base.major}.`)).at(-1);
  return last === undefined || last === pinned ? [pinned] : [last, pinned];
}

/** Applies a line's half of lib/ to a release, and loads and tries the result over its official binary. */
async function checkRelease(line: GitLine, version: string, common: string): Promise<Tally & Done> {
  const { tree, base } = await step(`lib of v${version}`, () => libTree(line, version));
  await step(`apply ${line.name}`, () => applyProposals(line, base, tree));
  const binary = await officialNode(version);
  const lib = path.join(tree, 'lib');
  const { loaded } = await step('load', async () => {
    const { loaded, missing } = await loadOverlay(binary, lib);
    if (missing.length > 0) {
      throw new UserError(`the patched lib/ asks for what v${version} does not have: ${missing.join(', ')}`,
                          `bring the hooks of ${line.name} up to date`);
    }
    return { loaded, did: `${loaded.length} builtins: ${loaded.join(', ')}` };
  });
  const changed = await new Repository(tree).git(['diff', '--name-only', base.commit, 'HEAD', '--', 'lib']);
  const missing = changed.trim().split('\n').find((file) => !loaded.includes(file.replace(/^lib\/|\.js$/g, '')));
  if (missing !== undefined) {
    throw new UserError(`${missing} is changed on ${line.name} and was not loaded`, 'tools/check must learn why');
  }
  const tests = proposalsOn(line).flatMap(({ owns }) => owns.filter(isTest)).map((file) => path.join(root, file));
  const results = await runOverlayTests(binary, lib, common, tests);
  const count = (wanted: string) => results.filter(({ outcome }) => outcome === wanted).length;
  for (const { name, output } of results.filter(({ outcome }) => outcome === 'fail')) say(`FAILED ${name}\n${output}`);
  const replayed = await step(`replay ${line.name}`, () => replay(line, base));
  const passed = loaded.length + count('pass') + replayed.passed;
  const failed = count('fail') + replayed.failed;
  if (failed === 0) await recordVerified(line, base, { level: LIB_ALONE, passed });
  return {
    passed,
    failed,
    did: `${loaded.length} builtins loaded, ${count('pass')} of ${results.length} tests passed, ` +
      `${count('needs C++')} need our C++, ${count('skip')} skipped`,
  };
}

/**
 * Verifies what can be of a line whose source is not here: its half of lib/,
 * over official binaries, which have none of our C++.
 * @param common a source tree of Node, whose test/common our tests use
 * @param newest whether the newest release of the line is checked too
 */
export async function check(line: GitLine, common: string, newest: boolean): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const version of await releasesOf(line, newest)) {
    tallies.push(await step(`check ${line.name} on v${version}`, () => checkRelease(line, version, common)));
  }
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
  };
}
