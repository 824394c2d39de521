import path from 'node:path';
import { nodeVersion } from '../../base/base.ts';
import { versionOf } from '../../base/checkout.ts';
import { officialNode } from '../../base/official.ts';
import { lastOf, lockedOf, publishedReleases, variantFor } from '../../base/releases.ts';
import { buildAddon } from '../../build/addon.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import { type GitLine, isGit, type Line } from '../../core/lines.ts';
import { arch, root } from '../../core/paths.ts';
import { isTest, proposalsOn } from '../../core/proposals.ts';
import { type Done, say, step } from '../../core/report.ts';
import type { Tally } from '../../core/tally.ts';
import { applyProposals } from '../../fork/apply.ts';
import { type ForkTree, libTree } from '../../fork/lib-tree.ts';
import { overOfficial, recordVerified } from '../../fork/verified.ts';
import { replay } from '../../rebase/replay.ts';
import { recordNewest } from '../../upstream/newest.ts';
import { leaveOut } from '../emulator/limits.ts';
import { excuses } from './excuses.ts';
import { loadOverlay, type Overlay, runOverlayTests } from './overlay.ts';

/** A release's official binary with a patched lib/ and our C++ laid over it. */
async function overlayOn(version: string, folder: string): Promise<Overlay> {
  return { binary: await officialNode(version), folder, addon: await buildAddon(version, arch) };
}

/**
 * The names that the patched lib/ uses and a built line's own base lacks, too. Its tests
 * have shown that they are never reached.
 */
async function missingOnBase(line: Line): Promise<readonly string[]> {
  const locked = isGit(line) ? null : lockedOf(line);
  if (locked === null) return [];
  const { tree, base } = await libTree(line, nodeVersion(locked));
  await applyProposals(line, base, tree);
  return (await loadOverlay(await overlayOn(base.version, path.join(tree, 'lib')))).missing;
}

/**
 * Applies a line's half of lib/ to a release, and loads and tests the result with the
 * official binary.
 */
async function checkTree(line: Line, { tree, base }: ForkTree, common: string): Promise<Tally & Done> {
  await step(`apply ${line.name}`, () => applyProposals(line, base, tree));
  const { version } = base;
  const overlay = await overlayOn(version, path.join(tree, 'lib'));
  const { loaded } = await step('load', async () => {
    const { loaded, missing: all } = await loadOverlay(overlay);
    const known = all.length > 0 ? await missingOnBase(line) : [];
    const missing = all.filter((name) => !known.includes(name));
    if (missing.length > 0) {
      throw new UserError(`the patched lib/ asks for what v${version} does not have: ${missing.join(', ')}`,
                          `bring the hooks of ${line.name} up to date`);
    }
    return { loaded, did: `${loaded.length} builtins: ${loaded.join(', ')}` };
  });
  const changed = await new Repository(tree).git(['diff', '--name-only', base.commit, 'HEAD', '--', 'lib']);
  const missing = changed.trim().split('\n').find((file) => !loaded.includes(file.replace(/^lib\/|\.js$/g, '')));
  if (missing !== undefined) {
    throw new UserError(`${missing} is changed on ${line.name} and was not loaded`, 'tools/verify/check must learn why');
  }
  const tests = proposalsOn(line).flatMap(({ owns }) => owns.filter(isTest)).map((file) => path.join(root, file));
  const nameOf = (test: string) => `parallel/${path.basename(test, '.js')}`;
  const beyond = await leaveOut(tests.map(nameOf));
  const results = await runOverlayTests(overlay, common, tests.filter((test) => !beyond.has(nameOf(test))));
  const count = (wanted: string) => results.filter(({ outcome }) => outcome === wanted).length;
  const failing = results.filter(({ outcome }) => outcome === 'fail');
  const excused = excuses(version);
  const failed = failing.filter(({ name }) => !excused.has(name));
  for (const { name } of failing.filter((test) => !failed.includes(test))) say(`cannot pass: ${name} (${excused.get(name)})`);
  for (const { name, output } of failed) say(`FAILED ${name}\n${output}`);
  return {
    passed: loaded.length + count('pass'),
    failed: failed.length,
    did: `${loaded.length} builtins loaded, ${count('pass')} of ${results.length} tests passed, ` +
      `${failing.length - failed.length} cannot, ${count('skip')} skipped` +
      (beyond.size > 0 ? `, ${beyond.size} more are beyond the emulator` : ''),
  };
}

/** The release that the line's hooks are written for. */
async function checkPinned(line: GitLine, common: string): Promise<Tally> {
  const version = versionOf(line.base.ref);
  const fork = await step(`lib of v${version}`, () => libTree(line, version));
  const checked = await step(`check ${line.name} on v${version}`, () => checkTree(line, fork, common));
  const replayed = await step(`replay ${line.name}`, () => replay(line, fork.base));
  const passed = checked.passed + replayed.passed;
  if (checked.failed === 0) await recordVerified(line, fork.base, { level: overOfficial(line), passed });
  return { passed, failed: checked.failed };
}

/**
 * The newest release that upstream has published, in a separate tree. Failures are
 * counted and printed.
 */
async function checkNewest(line: Line, version: string, common: string): Promise<Tally> {
  return step(`check ${line.name} on v${version}, the newest`, async () => {
    try {
      const checked = await checkTree(variantFor(line, version), await libTree(line, version, 'lib-newest'), common);
      await recordNewest(line, version, checked);
      return checked;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await recordNewest(line, version, { passed: 0, failed: 1 });
      say(error.line);
      say(isGit(line) ?
        `the hooks are not written for it: run \`make rebase LINE=${line.name} ONTO=${version}\`` :
        `write hooks for it beside the line's own: run \`make next LINE=${line.name}\``);
      return { passed: 0, failed: 1, did: 'FAILED' };
    }
  });
}

/**
 * Verifies as much of a line as possible with official binaries: its half of lib/, with our
 * C++ as an addon, on the newest release, and if its source is not available here, on the
 * release that its hooks are written for.
 * @param common a source tree of Node, whose test/common our tests use
 * @param newest whether to check the newest release of the line as well
 */
export async function check(line: Line, common: string, newest: boolean): Promise<Tally> {
  const pinned = isGit(line) ? await checkPinned(line, common) : { passed: 0, failed: 0 };
  const last = newest ? lastOf(line, await publishedReleases()) : undefined;
  if (last === undefined) return pinned;
  if (isGit(line) && last === versionOf(line.base.ref)) {
    await recordNewest(line, last, pinned);
    return pinned;
  }
  const latest = await checkNewest(line, last, common);
  return { passed: pinned.passed + latest.passed, failed: pinned.failed + latest.failed };
}
