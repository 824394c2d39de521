import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import type { BaseRecord } from '../../base/base.ts';
import type { Repository } from '../../core/git.ts';
import { filesIn, text, type Texts, writeAll } from '../files.ts';
import { hook } from '../patch.ts';
import { Folders, line, linesJson, outcome, proposal } from '../project.ts';
import { baseRecord, forkTree } from '../repository.ts';
import { toolsIn } from '../tools.ts';

const letters = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
const net = text(...letters);
const manual = text('# Net', '', '## `a()`', '', '<!-- YAML', 'added: v1.0.0', '-->', '', '* `options` {Object}', '  * `x` {number}',
                    '', 'A.', '', '## `b()`', '', 'B.', '', '[z]: #z');

const upstream: Texts = {
  'lib/net.js': net,
  'lib/http.js': net,
  'lib/dgram.js': net,
  'doc/api/net.md': manual,
  'doc/api/tls.md': manual,
};

const proposals = [
  proposal('one', {
    owns: ['lib/internal/one.js', 'test-parallel/test-one.js'],
    docs: ['doc-api/one.net.md', 'doc-api/one-more.net.md'],
    lines: { 'v24.x': { state: 'carried' } },
  }),
  proposal('two', {
    owns: ['test-parallel/test-two.js'],
    lines: { 'v24.x': { state: 'landed', releases: ['v24.1.0'] } },
  }),
  proposal('three', { owns: ['lib/internal/three.js'], lines: { 'v20.x': { state: 'carried' } } }),
];

const withOne = text(...letters.slice(0, 5), 'one', ...letters.slice(5));

export const ours: Texts = {
  'lines.json': linesJson('v24.x', 'v20.x'),
  'proposals.json': `${JSON.stringify({ proposals }, null, 2)}\n`,
  'lib/internal/one.js': 'one();\n',
  'lib/internal/three.js': 'three();\n',
  'test-parallel/test-one.js': 'test();\n',
  'test-parallel/test-two.js': 'test2();\n',
  'doc-api/one.net.md': text(
    '<!-- splice after="## `a()`" -->', '', '## `one()`', '', 'One.', '', '### `one.sub()`', '', 'Sub.', '',
    '<!-- splice change="## `a()`" -->', '<!-- YAML', 'changes:', '  - version: REPLACEME', '    description: One.', '-->', '',
    '<!-- splice option="## `a()`" beside="x" -->', '* `one` {number} First', '  and more.', '* `two` {number}', '',
    '<!-- splice links -->', '[one]: #one', '[two]: #two'),
  'doc-api/one-more.net.md': text('<!-- splice before="### `one.sub()`" -->', '### `one.more()`', '', 'More.'),
  'patches/one/message.txt': 'net: add one\n\nBecause.\n',
  'patches/one/v24.x.patch': hook('lib/http.js', net, 9, 'one') + hook('lib/net.js', net, 5, 'one'),
  'patches/two/message.txt': 'net: add two\n',
  'patches/two/v24.x.patch': hook('lib/net.js', withOne, 16, 'two'),
};

/** A small project with its own copy of the tools, so that their folders are its own. */
export class Project extends Folders {
  private constructor(dir: string, repository: Repository, private readonly base: BaseRecord,
                      private readonly tools: typeof import('../../fork/apply.ts') & typeof import('../../fork/export/export.ts')) {
    super(dir, repository);
  }

  /** Makes one with everything applied, and its patches as an export writes them. */
  static async make(t: Test): Promise<Project> {
    const dir = t.testdir({});
    const load = toolsIn(dir);
    const { repository, base } = await forkTree(path.join(dir, 'out', 'v24.x', 'node'), upstream);
    writeAll(dir, ours);
    const tools = { ...await load('fork/apply.ts') as typeof import('../../fork/apply.ts'), ...await load('fork/export/export.ts') as typeof import('../../fork/export/export.ts') };
    const project = new Project(dir, repository, baseRecord(base), tools);
    await project.apply();
    t.match(await project.export(), /^nothing changed in the tree, 2 patches written anew$/);
    return project;
  }

  /** What it did, or its error line. */
  apply(): Promise<string> {
    return outcome(() => this.tools.applyProposals(line, this.base));
  }

  /** What it did, or its error line. */
  async export(name?: string): Promise<string> {
    if (name !== undefined) process.env['PROPOSAL'] = name;
    try {
      return await outcome(() => this.tools.exportLine(line, this.base));
    } finally {
      delete process.env['PROPOSAL'];
    }
  }

  /** Changes a file in the tree, which must contain `from`. */
  edit(file: string, from: string, to: string): void {
    const old = this.inTree(file);
    if (!old.includes(from)) throw new Error(`${file} has no ${from}`);
    this.writeTree(file, old.replace(from, to));
  }

  async commit(message: string): Promise<void> {
    await this.repository.git(['add', '--all']);
    await this.repository.git(['commit', '--quiet', `--message=${message}`]);
  }

  /** All files of the project, with their content. */
  project(): Record<string, string> {
    return filesIn(this.dir, ['out', 'tools']);
  }

  /** All files of the tree, with their content. */
  private files(): Record<string, string> {
    return filesIn(this.tree, ['.git']);
  }

  /** Exports. The tree must not change, and applying the project must reproduce it. */
  async roundTrip(t: Test, name?: string): Promise<string> {
    const before = this.files();
    const timeOf = (file: string) => statSync(path.join(this.tree, file), { bigint: true }).mtimeNs;
    const times = () => Object.keys(before).map(timeOf);
    const old = times();
    const did = await this.export(name);
    t.match(did, /^\d+ files changed in the tree, \d+ updated in the project$/);
    t.same(this.files(), before, 'the tree is as it was');
    t.same(times(), old, 'and no file of it was written');
    t.equal(await this.repository.git(['status', '--porcelain']), '');
    t.same(await this.repository.resolve('HEAD'), await this.repository.resolve('refs/bindery/applied'));
    const treeOf = (commit: string) => this.repository.resolve(`${commit}^{tree}`);
    t.equal(await treeOf('HEAD'), await treeOf('refs/bindery/before-export'));
    t.equal(await this.apply(), '2 proposals, unchanged');
    const project = this.project();
    t.equal(await this.export(), 'nothing changed in the tree, the patches are as they should be');
    t.same(this.project(), project, 'a second export changes nothing');
    t.same(readdirSync(path.join(this.dir, 'out', 'v24.x')), ['node'], 'nothing is left over');
    return did;
  }

  /** Exports. This must fail and change nothing at all. */
  async refused(t: Test, expected: RegExp, name?: string): Promise<void> {
    const state = async () => ({
      project: this.project(),
      tree: this.files(),
      refs: await this.repository.git(['for-each-ref']),
      status: await this.repository.git(['status', '--porcelain']),
      left: readdirSync(path.join(this.dir, 'out', 'v24.x')),
    });
    const before = await state();
    t.match(await this.export(name), expected);
    t.same(await state(), before, 'nothing was changed');
  }
}
