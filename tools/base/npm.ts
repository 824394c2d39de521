import { mkdir, readFile, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { readRecord } from '../core/record.ts';
import { remove } from '../core/remove.ts';
import { run } from '../core/run.ts';
import { inTemporary } from '../core/temporary.ts';
import { type BaseRecord, nodeVersion } from './base.ts';
import { obtain } from './files.ts';
import { LOCK, lockedLine, NPM, npmPath, packageIn } from './lock.ts';

/** Where a release's source lists what has changed, from the newest release on. */
export const changelogOf = (version: string): string => `doc/changelogs/CHANGELOG_V${version.split('.')[0]}.md`;

/** The version of npm that a release carries, by its list of changes. */
export const npmIn = (changelog: string): string | undefined => /upgrade npm to (\d+\.\d+\.\d+)/.exec(changelog)?.[1];

/**
 * Puts the npm that a line's release carries, and npx, beside a binary, in the
 * same places as the release does, unless they are there.
 * @param tree the line's source
 * @param prefix the folder whose bin/ has the binary
 */
export async function placeNpm(line: string, base: BaseRecord, tree: string, prefix: string): Promise<void> {
  const changelog = path.join(tree, changelogOf(nodeVersion(base.version)));
  const version = npmIn(await readFile(changelog, 'utf8').catch(() => ''));
  const locked = lockedLine(line);
  const file = packageIn(locked, NPM);
  if (version === undefined || file?.path !== npmPath(NPM, version)) {
    const has = `${LOCK} has ${file?.path ?? 'none'} for ${line}`;
    throw new UserError(`Node.js ${nodeVersion(base.version)} carries npm ${version ?? 'of no known version'}, and ${has}`,
                        `lock the base again with \`make lock LINE=${line}\``);
  }
  const folder = path.join(prefix, 'lib', 'node_modules', 'npm');
  const present = await readRecord<{ version: string }>(path.join(folder, 'package.json'), '`make node`');
  if (present?.version === version) return;
  const archive = (await obtain([file], locked.date)).get(file.path)!;
  await mkdir(path.dirname(folder), { recursive: true });
  for (const name of ['npm', 'npx']) {
    const link = path.join(prefix, 'bin', name);
    await remove(link);
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, link);
  }
  await inTemporary('.npm-', async (work) => {
    await run('tar', ['-xzf', archive, '--no-same-owner', '-C', work]);
    await remove(folder);
    await rename(path.join(work, 'package'), folder);
  }, path.dirname(folder));
}
