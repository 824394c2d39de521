import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import { type BaseRecord, recordOf } from '../../base/base.ts';
import { newTree, startFork } from '../../base/tree.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import { proposalsOn } from '../../core/proposals.ts';
import { commitProposals } from '../../fork/apply.ts';
import { rebase } from '../../rebase/rebase.ts';
import { rebaseAbort, rebaseContinue } from '../../rebase/resume.ts';
import { after, filesIn, text, type Texts, write, writeAll } from '../files.ts';
import { quietly } from '../process.ts';
import { Folders, line, linesJson, proposal } from '../project.ts';
import { baseRecord, type Changes, commit } from '../repository.ts';

delete process.env['KEEP_TREE'];
delete process.env['NODE_DIR'];

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

export const upstream = {
  'src/node_version.h': version('24.21.0'),
  'lib/net.js': net,
  'lib/http.js': http,
  'doc/api/net.md': manual,
} satisfies Texts;

export const one = after(net, 'function connect(options) {', '  one(options);');
export const two = after(one, 'function listen(options) {', '  two(options);');
export const oneHttp = after(http, 'const v9 = 9;', 'one();');

export const proposals = [
  proposal('one', {
    owns: ['lib/internal/one.js', 'test-parallel/test-one.js'],
    docs: ['doc-api/one.net.md'],
    probe: { file: 'lib/net.js', line: '^function one\\(' },
    lines: {
      'v24.x': { state: 'carried', owns: ['src/one.cc', 'test-parallel/test-one-24.js'], docs: ['doc-api/one-24.net.md'] },
      'v20.x': { state: 'carried' },
    },
  }),
  proposal('two', { owns: ['lib/internal/two.js'], lines: { 'v24.x': { state: 'carried' } } }),
];

/** Printed at the end of a rebase onto the branch `upstream`. */
export const local = '; the patches now belong to upstream, a base that this machine alone has (lines.json names forky): ' +
  '`make rebase LINE=v24.x ONTO=forky` goes back';

export const ours: Texts = {
  'lines.json': linesJson('v24.x', 'v20.x'),
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

/** Part of a patch, for a file that a tree of lib/ alone does not have. */
export const elsewhere = `diff --git a/src/a.cc b/src/a.cc\nindex ${'1'.repeat(40)}..${'2'.repeat(40)} 100644\n` +
  '--- a/src/a.cc\n+++ b/src/a.cc\n@@ -1 +1,2 @@\n a\n+b\n';

export class Project extends Folders {
  readonly place: string;

  private constructor(dir: string, repository: Repository, readonly base: BaseRecord) {
    super(dir, repository);
    this.place = path.dirname(this.tree);
  }

  /** A small project with its tree applied. */
  static async make(t: Test, change: Texts = {}): Promise<Project> {
    const dir = t.testdir({});
    const repository = await newTree(path.join(dir, 'out', 'v24.x', 'node'));
    const base = await commit(repository, undefined, 'deps: import', upstream);
    const withOne = await commit(repository, base, 'one', { 'lib/net.js': one, 'lib/http.js': oneHttp });
    const withTwo = await commit(repository, withOne, 'two', { 'lib/net.js': two });
    const diff = (from: string, to: string) => repository.git(['diff-tree', '-p', '--full-index', from, to]);
    const patches = {
      'patches/one/v24.x.patch': await diff(base, withOne),
      'patches/two/v24.x.patch': await diff(withOne, withTwo),
    };
    writeAll(dir, { ...ours, ...patches, ...change });
    const project = new Project(dir, repository, { ...baseRecord(base), configure: ['--shared'] });
    await project.start(project.base);
    await project.applyAgain();
    return project;
  }

  /** Makes the tree start at another base, with nothing applied. */
  private async start(record: BaseRecord): Promise<void> {
    await startFork(this.repository, record.commit);
    await this.repository.git(['reset', '--quiet', '--hard', record.commit]);
    write(recordOf(this.tree), `${JSON.stringify(record, null, 2)}\n`);
  }

  /** Makes the tree one that has lib/ alone, of a release. The patch of a proposal has more. */
  async startLib(name: string): Promise<BaseRecord> {
    const patch = `patches/${name}/v24.x.patch`;
    this.write(patch, this.read(patch) + elsewhere);
    const base = await commit(this.repository, undefined, 'lib: import', { 'lib/net.js': net, 'lib/http.js': http });
    const record = { ...baseRecord(base), version: '24.21.0', origin: 'the official binary 24.21.0', part: 'lib' } as const;
    await this.start(record);
    return record;
  }

  /** Recreates the tree from the current project. */
  async applyAgain(): Promise<void> {
    const applied = await commitProposals(this.repository, proposalsOn(line, this.dir), line, this.record(), this.dir);
    await this.repository.git(['reset', '--quiet', '--hard', applied]);
    await this.repository.git(['update-ref', 'refs/bindery/applied', applied]);
  }

  /** Commits by upstream on top of the base, one after the other, as the branch `upstream`. */
  async upstream(...commits: ReadonlyArray<readonly [message: string, changes: Changes]>): Promise<readonly string[]> {
    const made: string[] = [];
    for (const [message, changes] of commits) {
      made.push(await commit(this.repository, made.at(-1) ?? this.base.commit, message, changes));
    }
    await this.repository.git(['update-ref', 'refs/heads/upstream', made.at(-1)!]);
    return made.map((id) => id.slice(0, 7));
  }

  /** What it did, or its error line, together with the lines that it printed. */
  private async outcome(
    t: Test,
    work: () => Promise<{ did: string }>,
  ): Promise<{ end: string; said: readonly string[] }> {
    const said: string[] = [];
    const end = await quietly(t, work, said).then(({ did }) => did, (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return error.line;
    });
    return { end, said: said.map((part) => part.trim()) };
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

  /** Everything that a rebase may change. */
  async state() {
    return {
      project: filesIn(this.dir, ['out']),
      tree: filesIn(this.tree, ['.git']),
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
    const commits = await this.repository.commitsBetween(this.record().commit, 'HEAD');
    const at = proposals.findIndex((proposal) => proposal.name === name);
    await clone.git(['checkout', '--quiet', [this.record().commit, ...commits][at]!]);
    const { code, stderr } = await clone.try(['apply', '--check', '--verbose', path.join(this.dir, 'patches', name, 'v24.x.patch')]);
    t.equal(code, 0, stderr);
    t.notMatch(stderr, /offset|fuzz/);
  }
}

export const renamed = net.replaceAll('listen', 'serve');
