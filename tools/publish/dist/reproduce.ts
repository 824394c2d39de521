import { mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { isFull, out, root } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import type { Tally } from '../../core/tally.ts';
import { type DistPaths, distPaths } from './paths.ts';

/** The files in a SHASUMS256.txt with their hashes. */
export function readSums(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([\da-f]{64}) {2}(.+)$/gm)].map((match) => [match[2]!, match[1]!]));
}

/** The files that differ between two lists of hashes, or are only in one of them. */
export function differing(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name)).sort();
}

const sumsOf = async ({ dir }: DistPaths) => readSums(await readFile(path.join(dir, 'SHASUMS256.txt'), 'utf8'));

/** The members that differ between two archives of the same name, as diff reports them. */
async function membersThatDiffer(
  archive: string,
  folders: readonly [string, string],
  work: string,
): Promise<readonly string[]> {
  for (const [index, folder] of folders.entries()) {
    const into = path.join(work, String(index));
    await rm(into, { recursive: true, force: true });
    await mkdir(into, { recursive: true });
    await run('tar', ['-xf', path.join(folder, archive), '-C', into]);
  }
  const { stdout } = await run('diff', ['-rq', '0', '1'], { cwd: work, accept: [0, 1] });
  return stdout.trim().split('\n').filter((line) => line !== '');
}

/**
 * Makes a line's packages a second time from scratch in another folder, and compares them
 * with the existing ones.
 */
export async function reproduce(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  if (isFull) throw new UserError('a second full build takes hours', 'leave out FULL, or REPRODUCE');
  const paths = distPaths(line, base);
  const first = await sumsOf(paths);
  const home = await realpath(await mkdtemp(path.join(tmpdir(), 'bindery-again-')));
  try {
    const again = path.join(home, 'elsewhere', 'out');
    await mkdir(again, { recursive: true });
    // Downloads are reused; everything else is made again.
    await symlink(path.join(out, 'cache'), path.join(again, 'cache'));
    await run(process.execPath, ['--import', 'tsx', path.join(root, 'tools', 'bindery.ts'), 'packages'], {
      cwd: root,
      env: { BINDERY_OUT: again, LINE: line.name },
      log: path.join(paths.logs, 'dist-again.log'),
      progress: (text) => (/^\S.*: .* \(\d+\.\d s\)$/.test(text) ? `again: ${text}` : undefined),
    });
    const secondDir = path.join(again, path.relative(out, paths.dir));
    const second = await sumsOf({ ...paths, dir: secondDir });
    const different = differing(first, second);
    for (const name of different) {
      say(`FAILED ${name} differs`);
      if (!/\.(tgz|tar\.gz)$/.test(name) || !first.has(name) || !second.has(name)) continue;
      for (const what of await membersThatDiffer(name, [paths.dir, secondDir], path.join(home, 'compared'))) say(what);
    }
    const passed = first.size - different.filter((name) => first.has(name)).length;
    return { did: `${passed} of ${first.size} files come out equal`, passed, failed: different.length };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
