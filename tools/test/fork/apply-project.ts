import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import type { BaseRecord } from '../../base/base.ts';
import type { Repository } from '../../core/git.ts';
import { text, type Texts, writeAll } from '../files.ts';
import { hook } from '../patch.ts';
import { Folders, line, linesJson, outcome, proposal } from '../project.ts';
import { baseRecord, forkTree } from '../repository.ts';
import { toolsIn } from '../tools.ts';

export const net = text(...Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index)));
const dgram = text('use();', '', 'module.exports = {', '  a,', '};');
export const manual = text('# Net', '', '## `a()`', '', 'A.', '', '## `b()`', '', 'B.', '', '[z]: #z');

const upstream: Texts = {
  'lib/net.js': net,
  'lib/dgram.js': dgram,
  'doc/api/net.md': manual,
  'test/parallel/test-old.js': 'old();\n',
};

export const proposals = [
  proposal('one', {
    owns: ['lib/internal/one.js', 'src/one.cc', 'test-parallel/test-one.js'],
    docs: ['doc-api/one.net.md'],
    lines: { 'v24.x': { state: 'carried' } },
  }),
  proposal('two', {
    owns: ['lib/internal/two.js', 'test-parallel/test-two.js'],
    lines: { 'v24.x': { state: 'landed', releases: ['v24.1.0'] } },
  }),
  proposal('three', {
    owns: ['lib/internal/three.js'],
    lines: { 'v24.x': { state: 'not applicable', reason: 'none' } },
  }),
  proposal('four', { owns: ['lib/internal/four.js'], lines: { 'v20.x': { state: 'carried' } } }),
];

export const ours: Texts = {
  'lines.json': linesJson('v24.x', 'v20.x'),
  'proposals.json': JSON.stringify({ proposals }),
  'lib/internal/one.js': 'one();\n',
  'lib/internal/two.js': 'two();\n',
  'lib/internal/three.js': 'three();\n',
  'lib/internal/four.js': 'four();\n',
  'src/one.cc': '// ä\n',
  'test-parallel/test-one.js': 'test();\n',
  'test-parallel/test-two.js': 'test2();\n',
  'doc-api/one.net.md': '<!-- splice after="## `a()`" -->\n## `one()`\n\nOne.\n\n<!-- splice links -->\n[one]: #one\n',
  'patches/one/message.txt': 'net: add one\n\nBecause.\n',
  'patches/one/v24.x.patch': hook('lib/net.js', net, 5, 'one'),
  'patches/one/v20.x.patch': 'of another line\n',
  'patches/one/landed.message.txt': 'net: not yet\n',
  'patches/two/message.txt': 'net: add two\n',
  'patches/two/landed.message.txt': 'net: add what two lacks\n',
  'patches/two/v24.x.patch': hook('lib/net.js', net, 15, 'two'),
  'patches/three/message.txt': 'net: add three\n',
};

/** A small project with its own copy of the tools, so that their folders are its own. */
export class Project extends Folders {
  private constructor(dir: string, repository: Repository, readonly base: BaseRecord,
                      private readonly tools: Pick<typeof import('../../fork/apply.ts'), 'applyProposals'>) {
    super(dir, repository);
  }

  /** Makes one with nothing applied. The changes are to files of upstream's. */
  static async make(t: Test, change: Texts = {}): Promise<Project> {
    const dir = t.testdir({});
    const load = toolsIn(dir);
    const { repository, base } = await forkTree(path.join(dir, 'out', 'v24.x', 'node'), { ...upstream, ...change });
    writeAll(dir, ours);
    const tools = await load('fork/apply.ts') as typeof import('../../fork/apply.ts');
    return new Project(dir, repository, baseRecord(base), tools);
  }

  private run(part?: 'lib'): Promise<{ did: string }> {
    return this.tools.applyProposals(line, { ...this.base, ...part && { part } });
  }

  async apply(part?: 'lib'): Promise<string> {
    return (await this.run(part)).did;
  }

  /** The error line of an apply that fails. */
  failure(): Promise<string> {
    return outcome(() => this.run());
  }

  /** Its state, as a single value to compare. */
  async state() {
    return {
      head: await this.repository.resolve('HEAD'),
      applied: await this.repository.resolve('refs/bindery/applied'),
      status: await this.repository.git(['status', '--porcelain']),
      left: ['bindery-applying', 'bindery-index', 'bindery-index.lock', 'index.lock']
        .filter((file) => existsSync(path.join(this.tree, '.git', file))),
    };
  }
}

/** The state of a tree that is up to date, with nothing left over. */
export const clean = (head: string | undefined) => ({ head, applied: head, status: '', left: [] });
