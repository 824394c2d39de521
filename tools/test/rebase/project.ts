import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import { type BaseRecord, LAYOUT, recordOf } from '../../base/base.ts';
import { prepareTree, startFork } from '../../base/tree.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import { proposalsOn } from '../../core/proposals.ts';
import { commitProposals } from '../../fork/apply.ts';
import { rebase } from '../../rebase/rebase.ts';
import { rebaseAbort, rebaseContinue } from '../../rebase/resume.ts';

delete process.env['KEEP_TREE'];
delete process.env['NODE_DIR'];

export const text = (...lines: readonly string[]) => `${lines.join('\n')}\n`;
export const version = (release: string) => {
  const [major, minor, patch] = release.split('.');
  return text(`#define NODE_MAJOR_VERSION ${major}`, `#define NODE_MINOR_VERSION ${minor}`, `#define NODE_PATCH_VERSION ${patch}`);
};

export const net = text(
  '\'use strict\';', '', 'const a = 1;', 'const b = 2;', 'const c = 3;', '',
  'function connect(options) {', '  check(options);', '  return options;', '}', '',
  'const d = 4;', 'const e = 5;', 'const f = 6;', '',
  'function listen(options) {', '  check(options);', '  return options;', '}', '',
  'module.exports = {', '  connect,', '  listen,', '};');
export const http = text(...Array.from({ length: 20 }, (_, index) => `const v${index} = ${index};`));
export const manual = text('# Net', '', '## `connect()`', '', 'C.', '', '## `listen()`', '', 'L.');

export type Texts = Readonly<Record<string, string | null>>;
export const upstream = {
  'src/node_version.h': version('24.21.0'),
  'lib/net.js': net,
  'lib/http.js': http,
  'doc/api/net.md': manual,
} satisfies Texts;

/** Text with a line added after another one. */
export const after = (content: string, line: string, added: string) => content.replace(`${line}\n`, `${line}\n${added}\n`);
export const one = after(net, 'function connect(options) {', '  one(options);');
export const two = after(one, 'function listen(options) {', '  two(options);');
export const oneHttp = after(http, 'const v9 = 9;', 'one();');

export const proposals = [
  {
    name: 'one',
    title: 'One',
    upstream: [],
    owns: ['lib/internal/one.js', 'test-parallel/test-one.js'],
    docs: ['doc-api/one.net.md'],
    probe: { file: 'lib/net.js', line: '^function one\\(' },
    lines: {
      'v24.x': { state: 'carried', owns: ['src/one.cc', 'test-parallel/test-one-24.js'], docs: ['doc-api/one-24.net.md'] },
      'v20.x': { state: 'carried' },
    },
  },
  {
    name: 'two',
    title: 'Two',
    upstream: [],
    owns: ['lib/internal/two.js'],
    docs: [],
    lines: { 'v24.x': { state: 'carried' } },
  },
];

export const line: Line = { name: 'v24.x', base: { from: 'suite', suite: 'forky', source: 'nodejs', library: 'libnode-dev', major: 24 } };

/** Printed at the end of a rebase onto the branch `upstream`. */
export const local = '; the patches now belong to upstream, a base that this machine alone has (lines.json names forky): ' +
  '`make rebase LINE=v24.x ONTO=forky` goes back';

export const ours: Readonly<Record<string, string>> = {
  'lines.json': JSON.stringify({ default: line.name, lines: { 'v24.x': { base: line.base }, 'v20.x': { base: line.base } } }),
  'proposals.json': `${JSON.stringify({ proposals }, null, 2)}\n`,
  'lib/internal/one.js': 'one();\n',
  'lib/internal/two.js': 'two();\n',
  'src/one.cc': 'one();\n',
  'test-parallel/test-one.js': 'test();\n',
  'test-parallel/test-one-24.js': 'test24();\n',
  'doc-api/one.net.md': text('<!-- splice after="## `connect()`" -->', '## `one()`', '', 'One.'),
  'doc-api/one-24.net.md': text('<!-- splice after="## `listen()`" -->', '## `one24()`', '', 'One.'),
  'patches/one/message.txt': 'net: add one\n',
  'patches/two/message.txt': 'net: add two\n',
};

export function write(file: string, content: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

export const DATE = '1700000000 +0000';

/** Commits other texts of some files on top of a commit; null removes a file. */
export async function commit(
  repository: Repository,
  parent: string | undefined,
  message: string,
  texts: Texts,
): Promise<string> {
  const index = path.join(repository.dir, '.git', 'test-index');
  const staged = repository.withIndex(index);
  await staged.git(['read-tree', ...parent === undefined ? ['--empty'] : [parent]]);
  for (const [file, content] of Object.entries(texts)) {
    if (content === null) await staged.git(['update-index', '--force-remove', file]);
    else await staged.stage(new Map([[file, await staged.store(content)]]));
  }
  const made = await staged.commitIndex(`${message}\n`, parent === undefined ? [] : [parent], DATE);
  rmSync(index);
  return made;
}

export class Project {
  readonly tree: string;
  readonly repository: Repository;
  readonly place: string;

  private constructor(readonly dir: string, readonly base: BaseRecord) {
    this.place = path.join(dir, 'out', 'v24.x');
    this.tree = path.join(this.place, 'node');
    this.repository = new Repository(this.tree);
  }

  /** A small project with its tree applied. */
  static async make(t: Test, change: Readonly<Record<string, string>> = {}): Promise<Project> {
    const dir = t.testdir({});
    const tree = path.join(dir, 'out', 'v24.x', 'node');
    mkdirSync(tree, { recursive: true });
    const repository = new Repository(tree);
    await repository.git(['init', '--quiet', '--initial-branch=fork']);
    await prepareTree(repository);
    const base = await commit(repository, undefined, 'deps: import', upstream);
    const withOne = await commit(repository, base, 'one', { 'lib/net.js': one, 'lib/http.js': oneHttp });
    const withTwo = await commit(repository, withOne, 'two', { 'lib/net.js': two });
    const diff = (from: string, to: string) => repository.git(['diff-tree', '-p', '--full-index', from, to]);
    const patches = {
      'patches/one/v24.x.patch': await diff(base, withOne),
      'patches/two/v24.x.patch': await diff(withOne, withTwo),
    };
    const all = { ...ours, ...patches, ...change };
    for (const [file, content] of Object.entries(all)) write(path.join(dir, file), content);
    await startFork(repository, base);
    await repository.git(['reset', '--quiet', '--hard', base]);
    const record: BaseRecord = { layout: LAYOUT, version: '24.21.0-1', origin: 'forky', configure: ['--shared'], commit: base, date: DATE };
    const project = new Project(dir, record);
    write(recordOf(tree), `${JSON.stringify(record, null, 2)}\n`);
    await project.applyAgain();
    return project;
  }

  /** Recreates the tree from the current project. */
  async applyAgain(): Promise<void> {
    const applied = await commitProposals(this.repository, proposalsOn(line, this.dir), line, this.record(), this.dir);
    await this.repository.git(['reset', '--quiet', '--hard', applied]);
    await this.repository.git(['update-ref', 'refs/bindery/applied', applied]);
  }

  /** Commits by upstream on top of the base, one after the other, as the branch `upstream`. */
  async upstream(...commits: ReadonlyArray<readonly [message: string, texts: Texts]>): Promise<readonly string[]> {
    const made: string[] = [];
    for (const [message, texts] of commits) {
      made.push(await commit(this.repository, made.at(-1) ?? this.base.commit, message, texts));
    }
    await this.repository.git(['update-ref', 'refs/heads/upstream', made.at(-1)!]);
    return made.map((id) => id.slice(0, 7));
  }

  /** What it did, or its error line, together with the lines that it printed. */
  private async outcome(
    t: Test,
    work: () => Promise<{ did: string }>,
  ): Promise<{ end: string; said: readonly string[] }> {
    const printed = t.capture(process.stdout, 'write', () => true);
    const said = () => printed().map(({ args }) => String(args[0]).trim());
    try {
      const { did } = await work();
      return { end: did, said: said() };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { end: error.line, said: said() };
    } finally {
      printed.restore();
    }
  }

  rebase(t: Test, onto = 'upstream') {
    return this.outcome(t, () => rebase(line, { tree: this.tree, base: this.record() }, onto, this.dir));
  }

  continue(t: Test) {
    return this.outcome(t, () => rebaseContinue(line, this.place, this.dir));
  }

  abort(t: Test) {
    return this.outcome(t, () => rebaseAbort(line, this.place, this.dir));
  }

  record(): BaseRecord {
    return JSON.parse(readFileSync(recordOf(this.tree), 'utf8')) as BaseRecord;
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

  /** All files in a folder, with their content. */
  private files(folder: string, except: readonly string[]): Record<string, string> {
    return Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .filter((file) => !except.some((name) => file.startsWith(`${name}/`)))
      .sort()
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
  }

  /** Everything that a rebase may change. */
  async state() {
    return {
      project: this.files(this.dir, ['out']),
      tree: this.files(this.tree, ['.git']),
      refs: await this.repository.git(['for-each-ref']),
      head: await this.repository.git(['symbolic-ref', 'HEAD']),
      status: await this.repository.git(['status', '--porcelain']),
      record: readFileSync(recordOf(this.tree), 'utf8'),
      left: [...readdirSync(this.place), ...readdirSync(path.join(this.tree, '.git')).filter((file) => /bindery|lock/.test(file))],
    };
  }

  /** The project and the tree must match again, on that base. */
  async settled(t: Test, base: string): Promise<void> {
    const { left, status, head } = await this.state();
    t.same(left, ['node', 'bindery-base.json'], 'nothing is left over');
    t.equal(status, '');
    t.equal(head, 'refs/heads/fork\n');
    const { repository } = this;
    const record = this.record();
    t.equal(record.commit, await repository.resolve(base));
    t.equal(await repository.resolve('refs/bindery/base'), record.commit);
    t.equal(await repository.resolve('refs/bindery/onto'), undefined);
    t.equal(await repository.resolve('refs/bindery/applied'), await repository.resolve('HEAD'));
    const again = await commitProposals(repository, proposalsOn(line, this.dir), line, record, this.dir);
    t.equal(again, await repository.resolve('HEAD'), 'applying gives the same commits');
  }

  /** The refreshed patch applies to its base unchanged, without an offset. */
  async applies(t: Test, name: string): Promise<void> {
    const copy = path.join(this.dir, 'out', 'copy');
    rmSync(copy, { recursive: true, force: true });
    await this.repository.git(['clone', '--quiet', '--no-checkout', '.', copy]);
    const clone = new Repository(copy);
    const commits = (await this.repository.git(['rev-list', '--reverse', `${this.record().commit}..HEAD`])).split('\n');
    const at = proposals.findIndex((proposal) => proposal.name === name);
    await clone.git(['checkout', '--quiet', [this.record().commit, ...commits][at]!]);
    const { code, stderr } = await clone.try(['apply', '--check', '--verbose', path.join(this.dir, 'patches', name, 'v24.x.patch')]);
    t.equal(code, 0, stderr);
    t.notMatch(stderr, /offset|fuzz/);
  }
}

/** The lines that a patch adds and removes, by file. */
export const lines = (patch: string) => patch.split('\n').filter((entry) => /^([+-](?!\+\+|--)|diff)/.test(entry))
  .map((entry) => entry.replace(/^diff .* b\//, ''));

export const renamed = net.replaceAll('listen', 'serve');
