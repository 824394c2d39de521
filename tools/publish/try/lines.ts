import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeVersion } from '../../base/base.ts';
import { versionOf } from '../../base/checkout.ts';
import { lockedOf } from '../../base/releases.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import { isGit, type Line, loadLines, nextOf } from '../../core/lines.ts';
import { step } from '../../core/report.ts';
import { applyProposals } from '../../fork/apply.ts';
import { libTree } from '../../fork/lib-tree.ts';
import { type Hunk, hunksOf } from './hooks.ts';

/** A line of Node.js in the package, as addon/start.cjs reads it. */
export interface TryLine {
  readonly name: string;
  readonly major: number;
  /** The first release that it is for. */
  readonly since: string;
  readonly isNext: boolean;
  /** The release that its hooks were written for. */
  readonly base: string;
  readonly origin: string;
}

/** What is laid over a binary of a line: new builtins by id, and hooks in those that it has. */
export interface TryTexts {
  readonly own: Readonly<Record<string, string>>;
  readonly hooks: Readonly<Record<string, readonly Hunk[]>>;
}

const idOf = (file: string) => file.replace(/^lib\/|\.js$/g, '');

const nameOf = ({ name, isNext }: Line) => `${name}${isNext ? '-next' : ''}`;

/** The release of a line, or of its next one, that its hooks are written for. */
function releaseOf(line: Line): string {
  if (line.isNext) return versionOf(line.next!.release);
  return isGit(line) ? versionOf(line.base.ref) : nodeVersion(lockedOf(line)!);
}

async function textsOf(line: Line): Promise<{ line: TryLine; texts: TryTexts; did: string }> {
  const { tree, base } = await libTree(line, releaseOf(line), line.isNext ? 'try-next' : 'try');
  await applyProposals(line, base, tree);
  const repository = new Repository(tree);
  const diff = (...args: readonly string[]) =>
    repository.git(['diff', '--no-renames', '--no-color', '--no-ext-diff', ...args, base.commit, 'HEAD', '--', 'lib']);
  const added = (await diff('--name-only', '--diff-filter=A')).split('\n').filter((file) => file !== '');
  const own = await Promise.all(added.map(async (file) => [idOf(file), await readFile(path.join(tree, file), 'utf8')] as const));
  const hooks = [...hunksOf(await diff('--unified=3', '--diff-filter=M'))].map(([file, hunks]) => [idOf(file), hunks] as const);
  const { since } = line;
  if (since === undefined) throw new UserError(`lines.json says no since of ${line.name}`, 'add the release that its hooks work from');
  return {
    line: {
      name: nameOf(line),
      major: line.base.major,
      since: versionOf(since.release),
      isNext: line.isNext ?? false,
      base: base.version,
      origin: base.origin,
    },
    texts: { own: Object.fromEntries(own), hooks: Object.fromEntries(hooks) },
    did: `${own.length} new builtins, hooks in ${hooks.length}`,
  };
}

/** What the package has for each line, oldest release first. */
export async function tryLines(): Promise<ReadonlyArray<Awaited<ReturnType<typeof textsOf>>>> {
  const lines = [...loadLines().lines.values()].reverse()
    .flatMap((line) => (line.next ? [line, nextOf(line)] : [line]));
  const found = [];
  for (const line of lines) found.push(await step(`lib of ${nameOf(line)}`, () => textsOf(line)));
  return found;
}
