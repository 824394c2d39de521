import { diskFull } from './errors.ts';
import { shown } from './paths.ts';
import { NO_SPACE, run, type RunOptions, type RunResult } from './run.ts';

/** Commits made here carry no person's name and do not depend on anyone's git configuration. */
const identity = {
  GIT_AUTHOR_NAME: 'bindery',
  GIT_AUTHOR_EMAIL: 'bindery@localhost',
  GIT_COMMITTER_NAME: 'bindery',
  GIT_COMMITTER_EMAIL: 'bindery@localhost',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  // If set, as they are inside a git hook, these would point at another repository.
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_NAMESPACE: undefined,
  GIT_PREFIX: undefined,
};

/** A git repository, optionally with an index file of its own. */
export class Repository {
  constructor(readonly dir: string, private readonly env: Readonly<Record<string, string>> = {}) {}

  /** The same repository with another index, so that the work tree is left alone. */
  withIndex(file: string): Repository {
    return new Repository(this.dir, { ...this.env, GIT_INDEX_FILE: file });
  }

  /** Runs git in the repository; resolves to its standard output. */
  async git(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { stdout } = await this.try(args, { ...options, accept: [0] });
    return stdout;
  }

  /** Runs git in the repository, for callers that check the exit code themselves. */
  async try(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const result = await run('git', ['--no-optional-locks', '-c', 'core.autocrlf=false', ...args], {
      cwd: this.dir,
      accept: [0, 1, 128],
      ...options,
      env: { ...identity, ...this.env, ...options.env },
    });
    if (result.code !== 0 && NO_SPACE.test(result.stderr)) throw diskFull(shown(this.dir));
    return result;
  }

  /** The object id of a revision, or undefined if it does not exist. */
  async resolve(revision: string): Promise<string | undefined> {
    const { code, stdout } = await this.try(['rev-parse', '--verify', '--quiet', `${revision}^{object}`]);
    return code === 0 ? stdout.trim() : undefined;
  }

  /** Whether a commit is, or leads to, another. */
  async isAncestor(one: string, other: string): Promise<boolean> {
    return (await this.try(['merge-base', '--is-ancestor', one, other])).code === 0;
  }

  /** The commits between two commits, oldest first. */
  async commitsBetween(from: string, to: string): Promise<readonly string[]> {
    const log = await this.git(['rev-list', '--first-parent', '--reverse', `${from}..${to}`]);
    return log.split('\n').filter((line) => line !== '');
  }

  /** When a commit was made, in git's internal format and in UTC. */
  async dateOf(commit: string): Promise<string> {
    return `${(await this.git(['log', '-1', '--format=%ct', commit])).trim()} +0000`;
  }

  async store(content: string | Uint8Array): Promise<string> {
    return (await this.git(['hash-object', '-w', '--stdin'], { input: content })).trim();
  }

  /** Stores files from disk, given by absolute path; resolves to their object ids. */
  async storeFiles(files: readonly string[]): Promise<readonly string[]> {
    const args = ['hash-object', '-w', '--no-filters', '--stdin-paths'];
    return (await this.git(args, { input: files.join('\n') })).split('\n').slice(0, files.length);
  }

  /**
   * Adds stored objects to the index.
   * @param objects object ids by path in the tree
   */
  async stage(objects: ReadonlyMap<string, string>): Promise<void> {
    const entries = [...objects].map(([file, object]) => `100644 ${object}\t${file}\n`);
    await this.git(['update-index', '--add', '--index-info'], { input: entries.join('') });
  }

  /**
   * Commits this repository's index.
   * @param date author and committer date in git's internal format, so that
   *   equal content gets equal ids
   */
  async commitIndex(message: string, parents: readonly string[], date: string): Promise<string> {
    return this.commitTree((await this.git(['write-tree'])).trim(), parents, message, date);
  }

  /** Commits a tree; dated now, unless a date is given. */
  async commitTree(tree: string, parents: readonly string[], message: string, date?: string): Promise<string> {
    const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])];
    const env = date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return (await this.git(args, { input: message, env })).trim();
  }
}
