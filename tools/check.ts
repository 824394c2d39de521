import path from 'node:path';
import { applyProposals } from './apply.ts';
import { versionOf } from './checkout.ts';
import { type GitLine, isTest, proposalsOn } from './config.ts';
import { UserError } from './errors.ts';
import { Repository } from './git.ts';
import { type ForkTree, libTree } from './libtree.ts';
import { officialNode } from './official.ts';
import { loadOverlay, runOverlayTests } from './overlay.ts';
import { root } from './paths.ts';
import { replay } from './rebase-replay.ts';
import { type Done, say, step } from './report.ts';
import { LIB_ALONE, recordVerified } from './status.ts';
import { publishedReleases } from './survival-natives.ts';
import type { Tally } from './tap.ts';

/** The newest release of a line that the registry has. */
async function newestOf({ base }: GitLine): Promise<string | undefined> {
  return (await publishedReleases()).filter((version) => version.startsWith(`${base.major}.`)).at(-1);
}

/** Applies a line's half of lib/ to a release, and loads and tries the result over its official binary. */
async function checkTree(line: GitLine, { tree, base }: ForkTree, common: string): Promise<Tally & Done> {
  await step(`apply ${line.name}`, () => applyProposals(line, base, tree));
  const { version } = base;
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
  return {
    passed: loaded.length + count('pass'),
    failed: count('fail'),
    did: `${loaded.length} builtins loaded, ${count('pass')} of ${results.length} tests passed, ` +
      `${count('needs C++')} need our C++, ${count('skip')} skipped`,
  };
}

/** The release that the line's hooks are written for. */
async function checkPinned(line: GitLine, common: string): Promise<Tally> {
  const version = versionOf(line.base.ref);
  const fork = await step(`lib of v${version}`, () => libTree(line, version));
  const checked = await step(`check ${line.name} on v${version}`, () => checkTree(line, fork, common));
  const replayed = await step(`replay ${line.name}`, () => replay(line, fork.base));
  const passed = checked.passed + replayed.passed;
  if (checked.failed === 0) await recordVerified(line, fork.base, { level: LIB_ALONE, passed });
  return { passed, failed: checked.failed };
}

/** A release that upstream has made since, in a tree of its own; what fails is counted and told. */
async function checkNewest(line: GitLine, version: string, common: string): Promise<Tally> {
  return step(`check ${line.name} on v${version}, the newest`, async () => {
    try {
      return await checkTree(line, await libTree(line, version, 'lib-newest'), common);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(error.line);
      say(`the hooks are not written for it: run \`make rebase LINE=${line.name} ONTO=${version}\``);
      return { passed: 0, failed: 1, did: 'FAILED' };
    }
  });
}

/**
 * Verifies what can be of a line whose source is not here: its half of lib/,
 * over official binaries, which have none of our C++.
 * @param common a source tree of Node, whose test/common our tests use
 * @param newest whether the newest release of the line is checked too
 */
export async function check(line: GitLine, common: string, newest: boolean): Promise<Tally> {
  const pinned = await checkPinned(line, common);
  const last = newest ? await newestOf(line) : undefined;
  if (last === undefined || last === versionOf(line.base.ref)) return pinned;
  const latest = await checkNewest(line, last, common);
  return { passed: pinned.passed + latest.passed, failed: pinned.failed + latest.failed };
}
