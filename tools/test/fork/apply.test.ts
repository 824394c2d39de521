import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { BaseRecord } from '../../base/base.ts';
import { describe } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import type { Proposal } from '../../core/proposals.ts';
import { hookFile, landing } from '../../fork/apply.ts';
import { toolsIn } from '../tools.ts';

// A small project with its own copy of the tools, so that their folders are its own.
delete process.env['BINDERY_OUT'];
delete process.env['KEEP_TREE'];

const numbered = (...lines: readonly string[]) => `${lines.join('\n')}\n`;
const net = numbered(...Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index)));
const dgram = numbered('use();', '', 'module.exports = {', '  a,', '};');
const manual = numbered('# Net', '', '## `a()`', '', 'A.', '', '## `b()`', '', 'B.', '', '[z]: #z');

const upstream: Readonly<Record<string, string>> = {
  'lib/net.js': net,
  'lib/dgram.js': dgram,
  'doc/api/net.md': manual,
  'test/parallel/test-old.js': 'old();\n',
};

/** A patch that adds a line after the one at that index. */
const hook = (file: string, text: string, at: number, added: string) => {
  const lines = text.trimEnd().split('\n');
  const context = (from: number, to: number) => lines.slice(from, to).map((line) => ` ${line}\n`).join('');
  return `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n` +
    `@@ -${at - 2},6 +${at - 2},7 @@\n${context(at - 3, at)}+${added}\n${context(at, at + 3)}`;
};

const proposals = [
  {
    name: 'one',
    title: 'One',
    upstream: [],
    owns: ['lib/internal/one.js', 'src/one.cc', 'test-parallel/test-one.js'],
    docs: ['doc-api/one.net.md'],
    lines: { 'v24.x': { state: 'carried' } },
  },
  {
    name: 'two',
    title: 'Two',
    upstream: [],
    owns: ['lib/internal/two.js', 'test-parallel/test-two.js'],
    docs: [],
    lines: { 'v24.x': { state: 'landed', releases: ['v24.1.0'] } },
  },
  {
    name: 'three',
    title: 'Three',
    upstream: [],
    owns: ['lib/internal/three.js'],
    docs: [],
    lines: { 'v24.x': { state: 'not applicable', reason: 'none' } },
  },
  {
    name: 'four',
    title: 'Four',
    upstream: [],
    owns: ['lib/internal/four.js'],
    docs: [],
    lines: { 'v20.x': { state: 'carried' } },
  },
];

const line: Line = { name: 'v24.x', base: { from: 'suite', suite: 'forky', source: 'nodejs', library: 'libnode-dev', major: 24 } };
const lines = { 'v24.x': { base: line.base }, 'v20.x': { base: line.base } };

const ours: Readonly<Record<string, string>> = {
  'lines.json': JSON.stringify({ default: line.name, lines }),
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

class Project {
  readonly tree: string;
  readonly repository: Repository;

  private constructor(readonly dir: string, readonly base: BaseRecord,
                      private readonly tools: Pick<typeof import('../../fork/apply.ts'), 'applyProposals'>) {
    this.tree = path.join(dir, 'out', 'v24.x', 'node');
    this.repository = new Repository(this.tree);
  }

  static async make(t: Test, change: Readonly<Record<string, string>> = {}): Promise<Project> {
    const dir = t.testdir({});
    const load = toolsIn(dir);
    const tree = path.join(dir, 'out', 'v24.x', 'node');
    const repository = new Repository(tree);
    for (const [file, text] of Object.entries({ ...upstream, ...change })) {
      if (file in upstream) write(path.join(tree, file), text);
    }
    await repository.git(['init', '--quiet', '--initial-branch=fork']);
    await repository.git(['add', '--all']);
    const date = '1700000000 +0000';
    const commit = await repository.commitIndex('deps: import\n', [], date);
    for (const ref of ['refs/heads/fork', 'refs/bindery/base', 'refs/bindery/applied']) {
      await repository.git(['update-ref', ref, commit]);
    }
    for (const [file, text] of Object.entries({ ...ours, ...change })) {
      if (!(file in upstream)) write(path.join(dir, file), text);
    }
    const tools = await load('fork/apply.ts') as typeof import('../../fork/apply.ts');
    return new Project(dir, { layout: 1, version: '24.21.0-1', origin: 'forky', configure: [], commit, date }, tools);
  }

  write(file: string, text: string): void {
    write(path.join(this.dir, file), text);
  }

  async apply(part?: 'lib'): Promise<string> {
    return (await this.tools.applyProposals(line, { ...this.base, ...part && { part } })).did;
  }

  /** The error line of a failed apply. */
  async failure(): Promise<string> {
    try {
      await this.apply();
    } catch (error) {
      // The copy of the tools has its own UserError.
      return (error as { line?: string }).line ?? describe(error, 'out');
    }
    return 'it did not fail';
  }

  read(file: string): string {
    return readFileSync(path.join(this.tree, file), 'utf8');
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

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The state of a tree that is up to date, with nothing left over. */
const clean = (head: string | undefined) => ({ head, applied: head, status: '', left: [] });

t.test('the patch of a line\'s next release', async (t) => {
  const folder = t.testdir({ patches: { one: { 'v24.x-next.patch': '' }, two: { 'v24.x.patch': '' } } });
  const next: Line = { ...line, isNext: true };
  const of = (name: string, lines: Proposal['lines'], on: Line) =>
    path.relative(folder, hookFile({ name, title: '', upstream: [], owns: [], docs: [], lines }, on, folder));
  const carried = { 'v24.x': { state: 'carried' } } as const;
  t.equal(of('one', carried, line), 'patches/one/v24.x.patch');
  t.equal(of('one', carried, next), 'patches/one/v24.x-next.patch');
  t.equal(of('two', carried, next), 'patches/two/v24.x.patch', 'the line\'s own, where it does not differ');
  const lands = { 'v24.x': { state: 'carried', next: { state: 'landed', releases: ['v24.3.0'] } } } as const;
  t.equal(of('two', lands, line), 'patches/two/v24.x.patch');
  t.equal(of('two', lands, next), 'patches/two/v24.x-next.patch', 'what has landed has no hooks of what was carried');
});

t.test('where a file lands', async (t) => {
  t.equal(landing('test-parallel/test-x.js'), 'test/parallel/test-x.js');
  t.equal(landing('lib/internal/x.js'), 'lib/internal/x.js');
  t.equal(landing('src/test-parallel/x.cc'), 'src/test-parallel/x.cc');
});

t.test('one commit a proposal', async (t) => {
  const project = await Project.make(t);
  const { repository, base } = project;
  t.equal(await project.apply(), '2 proposals, 6 files updated');
  const head = await repository.resolve('HEAD');
  t.same(await project.state(), clean(head));
  t.equal((await repository.git(['symbolic-ref', 'HEAD'])).trim(), 'refs/heads/fork');
  t.equal(await repository.resolve('HEAD~2'), base.commit);

  const log = await repository.git(['log', '--reverse', '--format=%B%an %at %cn %ct', '--name-status', `${base.commit}..`]);
  t.same(log.split('\n').filter((entry) => entry !== ''), [
    'net: add one', 'Because.', 'bindery 1700000000 bindery 1700000000',
    'M\tdoc/api/net.md', 'A\tlib/internal/one.js', 'M\tlib/net.js', 'A\tsrc/one.cc', 'A\ttest/parallel/test-one.js',
    'net: add what two lacks', 'bindery 1700000000 bindery 1700000000',
    'M\tlib/net.js', 'A\ttest/parallel/test-two.js',
  ], 'of what has landed, only the tests and the hook');

  t.equal(project.read('lib/net.js'), net.replace('e\n', 'e\none\n').replace('o\np', 'o\ntwo\np'));
  t.equal(project.read('src/one.cc'), '// ä\n');
  t.equal(project.read('test/parallel/test-one.js'), 'test();\n');
  t.equal(project.read('doc/api/net.md'), manual.replace('## `b()`', '## `one()`\n\nOne.\n\n## `b()`').replace('[z]', '[one]: #one\n[z]'));
  t.notOk(existsSync(path.join(project.tree, 'lib/internal/two.js')));
  t.notOk(existsSync(path.join(project.tree, 'test-parallel')));
});

t.test('a file that was written again as it was', async (t) => {
  const project = await Project.make(t);
  await project.apply();
  const file = path.join(project.tree, 'lib/net.js');
  writeFileSync(file, readFileSync(file));
  utimesSync(file, 1, 1);
  project.write('patches/one/v24.x.patch', hook('lib/net.js', net, 5, 'another'));
  t.equal(await project.apply(), '2 proposals, 1 files updated');
  t.match(project.read('lib/net.js'), /^another$/m);
});

t.test('a file of ours that upstream has too', async (t) => {
  const project = await Project.make(t);
  project.write('proposals.json', JSON.stringify({ proposals: [{ ...proposals[0], owns: ['lib/internal/one.js', 'lib/net.js'] }] }));
  project.write('lib/net.js', 'ours\n');
  t.equal(await project.failure(), 'one owns lib/net.js, and the base has one of its own; give ours another name');
});

t.test('to lib/ alone', async (t) => {
  const project = await Project.make(t);
  project.write('patches/one/v24.x.patch', ours['patches/one/v24.x.patch']! + hook('src/gone.cc', net, 5, 'one'));
  t.match(await project.failure(), /^a hook of one no longer applies to this base/);
  t.equal(await project.apply('lib'), '2 proposals, 2 files updated');
  const log = await project.repository.git(['log', '--format=', '--name-status', `${project.base.commit}..`]);
  t.same(log.split('\n').filter((entry) => entry !== '').sort(), ['A\tlib/internal/one.js', 'M\tlib/net.js', 'M\tlib/net.js']);
});

t.test('only what differs is written', async (t) => {
  const project = await Project.make(t);
  await project.apply();
  const times = () => ['lib/net.js', 'lib/dgram.js', 'lib/internal/one.js', 'src/one.cc', 'doc/api/net.md']
    .filter((file) => statSync(path.join(project.tree, file), { bigint: true }).mtimeNs !== before.get(file));
  const before = new Map<string, bigint>();
  for (const file of times()) before.set(file, statSync(path.join(project.tree, file), { bigint: true }).mtimeNs);
  t.equal(before.size, 5);
  const { head } = await project.state();

  t.equal(await project.apply(), '2 proposals, unchanged');
  t.same(times(), []);
  t.same(await project.state(), clean(head));

  project.write('src/one.cc', 'new();\n');
  t.equal(await project.apply(), '2 proposals, 1 files updated');
  t.same(times(), ['src/one.cc']);
  t.equal(project.read('src/one.cc'), 'new();\n');

  project.write('src/one.cc', ours['src/one.cc']!);
  await project.apply();
  t.same(await project.state(), clean(head), 'equal input has equal commits');
});

t.test('what is taken back goes', async (t) => {
  const project = await Project.make(t);
  await project.apply();
  project.write('proposals.json', JSON.stringify({ proposals: [proposals[1]] }));
  t.equal(await project.apply(), '1 proposals, 5 files updated');
  t.notOk(existsSync(path.join(project.tree, 'lib/internal/one.js')));
  t.equal(project.read('lib/net.js'), net.replace('o\np', 'o\ntwo\np'));
  t.equal(project.read('doc/api/net.md'), manual);
  rmSync(path.join(project.dir, 'patches/two/v24.x.patch'));
  t.equal(await project.apply(), '1 proposals, 1 files updated');
  t.equal(project.read('lib/net.js'), net, 'a proposal may have no hook');
});

t.test('a hook follows its context', async (t) => {
  const moved = `first\nsecond\n${net}`;
  const project = await Project.make(t, { 'lib/net.js': moved });
  await project.apply();
  t.equal(project.read('lib/net.js'), moved.replace('e\n', 'e\none\n').replace('o\np', 'o\ntwo\np'));
});

const untouched = async (t: Test, project: Project) => {
  const { head, applied, status } = await project.state();
  t.same({ head, applied, status }, { head: project.base.commit, applied: project.base.commit, status: '' }, 'the tree stays as it was');
};

t.test('an error of the project\'s own files stops it', async (t) => {
  const project = await Project.make(t);
  for (const [change, expected] of [
    [{ 'proposals.json': JSON.stringify({ proposals: [{ ...proposals[0], owns: ['lib/absent.js'] }] }) },
     /^proposals\.json: one owns lib\/absent\.js, which is not there; write the file or take it off the list$/],
    [{ 'proposals.json': JSON.stringify({ proposals: [{ ...proposals[0], docs: ['doc-api/one.md'] }] }), 'doc-api/one.md': 'x' },
     /^doc-api\/one\.md does not say which page it is for; name it doc-api\/<proposal>\.<page>\.md$/],
    [{ 'proposals.json': JSON.stringify({ proposals: [{ ...proposals[0], docs: ['doc-api/one.gone.md'] }] }), 'doc-api/one.gone.md': '' },
     /doc\/api\/gone\.md/],
    [{ 'doc-api/one.net.md': '<!-- splice after="## `c()`" -->\n' },
     /^doc\/api\/net\.md has the heading "## `c\(\)`" 0 times, not once; /],
    [{ 'proposals.json': '{}' }, /^proposals\.json: proposals: expected it to be there; /],
    [{ 'patches/two/v24.x.patch': hook('lib/net.js', net, 6, 'two') },
     /^a hook of two no longer applies to this base, at lib\/net\.js(:\d+)?; /],
  ] as const) {
    for (const [file, text] of Object.entries(change)) project.write(file, text);
    t.match(await project.failure(), expected);
    await untouched(t, project);
    for (const [file, text] of Object.entries(ours)) project.write(file, text);
  }
  t.equal(await project.apply(), '2 proposals, 6 files updated', 'corrected, it goes on');
});

t.test('a carried proposal without its hooks is not applied', async (t) => {
  const project = await Project.make(t);
  rmSync(path.join(project.dir, 'patches/one/v24.x.patch'));
  t.equal(await project.failure(), 'proposals.json: one is carried on v24.x, and patches/one/v24.x.patch is not there; ' +
    'write the hooks, or correct the state');
  await untouched(t, project);
});

t.test('a file of the user in the way of a new one is not lost', async (t) => {
  const project = await Project.make(t);
  write(path.join(project.tree, 'lib/internal/one.js'), 'mine\n');
  for (const round of ['once', 'and again']) {
    t.match(await project.failure(), /lib\/internal\/one\.js.*; move that file out of out\/v24\.x\/node and run again$/, round);
    t.equal(project.read('lib/internal/one.js'), 'mine\n', round);
  }
});

t.test('a hook whose context has changed says where', async (t) => {
  const project = await Project.make(t, { 'lib/net.js': net.replace('n\n', 'N\n') });
  t.equal(await project.failure(), 'a hook of two no longer applies to this base, at lib/net.js:13; ' +
    'bring patches/two/v24.x.patch up to date with the base and run again');
  await untouched(t, project);
});

t.test('own work in the tree is not lost', async (t) => {
  const project = await Project.make(t);
  await project.apply();
  const { head } = await project.state();
  project.write('src/one.cc', 'new();\n');

  write(path.join(project.tree, 'lib/dgram.js'), 'mine\n');
  t.match(await project.failure(), /^the fork tree out\/v24\.x\/node has changes \(M lib\/dgram\.js \.\.\.\); .*KEEP_TREE=1/);
  t.equal(project.read('lib/dgram.js'), 'mine\n');
  process.env['KEEP_TREE'] = '1';
  t.equal(await project.apply(), 'the fork tree is taken as it is');
  delete process.env['KEEP_TREE'];
  t.equal(project.read('lib/dgram.js'), 'mine\n');
  t.equal(project.read('src/one.cc'), ours['src/one.cc']);

  await project.repository.git(['commit', '--quiet', '--all', '--message=mine']);
  t.match(await project.failure(), /^the fork tree out\/v24\.x\/node has commits of its own; /);
  t.equal(project.read('lib/dgram.js'), 'mine\n');

  await project.repository.git(['reset', '--quiet', '--hard', head!]);
  write(path.join(project.tree, 'lib/untracked.js'), 'mine\n');
  t.equal(await project.apply(), '2 proposals, 1 files updated', 'a file that is in nobody\'s way may stay');
  t.equal(project.read('lib/untracked.js'), 'mine\n');

  write(path.join(project.tree, 'lib/internal/two.js'), 'mine\n');
  project.write('proposals.json', JSON.stringify({ proposals: [{ ...proposals[0], owns: ['lib/internal/two.js'] }] }));
  t.match(await project.failure(), /lib\/internal\/two\.js/, 'one that is in the way is named');
  t.equal(project.read('lib/internal/two.js'), 'mine\n');
});

t.test('an update that was cut off is brought to its end', async (t) => {
  const project = await Project.make(t);
  await project.apply();
  const { head } = await project.state();
  const { repository, tree, base } = project;
  const cut = async (rewind: readonly string[]) => {
    write(path.join(tree, '.git', 'bindery-applying'), head!);
    write(path.join(tree, '.git', 'index.lock'), 'half');
    write(path.join(tree, '.git', 'bindery-index'), 'half');
    write(path.join(tree, '.git', 'bindery-index.lock'), 'half');
    write(path.join(tree, 'src/one.cc'), 'ha');
    rmSync(path.join(tree, 'lib/internal/one.js'), { force: true });
    for (const ref of rewind) await repository.git(['update-ref', ref, base.commit]);
  };
  for (const rewind of [['HEAD', 'refs/bindery/applied'], ['refs/bindery/applied'], []]) {
    await cut(rewind);
    t.equal(await project.apply(), '2 proposals, unchanged', `not yet written: ${rewind.join(', ') || 'nothing'}`);
    t.same(await project.state(), clean(head));
    t.equal(project.read('src/one.cc'), ours['src/one.cc']);
    t.equal(project.read('lib/internal/one.js'), ours['lib/internal/one.js']);
  }
  await cut(['HEAD']);
  project.write('src/one.cc', 'new();\n');
  t.equal(await project.apply(), '2 proposals, 1 files updated', 'then to what is wanted now');
  t.equal(project.read('src/one.cc'), 'new();\n');
});
