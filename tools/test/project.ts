// What small projects that tests make have in common. It imports no tools that depend
// on BINDERY_OUT, so that it can be loaded before that is set.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';
import type { LinkedLine } from '../core/lines.ts';
import { write } from './files.ts';

export const line: LinkedLine = {
  name: 'v24.x',
  base: { from: 'suite', suite: 'forky', source: 'nodejs', library: 'libnode-dev', major: 24 },
};

/** The date of all commits, in git's internal format. */
export const DATE = '1700000000 +0000';

/** The text of lines.json with lines of these names, which have the same base. */
export const linesJson = (...names: readonly string[]) =>
  JSON.stringify({ default: line.name, lines: Object.fromEntries(names.map((name) => [name, { base: line.base }])) });

const none: readonly string[] = [];

/** An entry of proposals.json. */
export const proposal = <T extends object>(name: string, rest: T) =>
  ({ name, title: name, topic: 'a topic', reason: 'a reason', mayGo: 'later', upstream: none, owns: none, docs: none, ...rest });

/** What some work did, or its error line. */
export async function outcome(work: () => Promise<{ did: string }>): Promise<string> {
  try {
    return (await work()).did;
  } catch (error) {
    // A copy of the tools has a UserError of its own.
    return (error as { line?: string }).line ?? describe(error, 'out');
  }
}

/** The folder of a small project, and its fork tree. */
export class Folders {
  readonly tree: string;

  constructor(readonly dir: string, readonly repository: Repository) {
    this.tree = repository.dir;
  }

  read(file: string): string {
    return readFileSync(path.join(this.dir, file), 'utf8');
  }

  write(file: string, content: string): void {
    write(path.join(this.dir, file), content);
  }

  inTree(file: string): string {
    return readFileSync(path.join(this.tree, file), 'utf8');
  }

  writeTree(file: string, content: string): void {
    write(path.join(this.tree, file), content);
  }
}
