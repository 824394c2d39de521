import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { BaseRecord } from '../../base/base.ts';
import { describe } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import { addOwned } from '../../fork/export/owned.ts';
import { toolsIn } from '../tools.ts';

// A small project with its own copy of the tools, so that their folders are its own.
delete process.env['BINDERY_OUT'];
delete process.env['KEEP_TREE'];
delete process.env['PROPOSAL'];

const text = (...lines: readonly string[]) => `${lines.join('\n')}\n`;
const letters = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
const net = text(...letters);
const manual = text('# Net', '', '## `a()`', '', '<!-- YAML', 'added: v1.0.0', '-->', '', '* `options` {Object}', '  * `x` {number}',
                    '', 'A.', '', '## `b()`', '', 'B.', '', '[z]: #z');

const upstream: Readonly<Record<string, string>> = {
  'lib/net.js': net,
  'lib/http.js': net,
  'lib/dgram.js': net,
  'doc/api/net.md': manual,
  'doc/api/tls.md': manual,
};

/** A patch that adds a line after the one at that index. */
const hook = (file: string, lines: readonly string[], at: number, added: string) => {
  const context = (from: number, to: number) => lines.slice(from, to).map((line) => ` ${line}\n`).join('');
  return `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n` +
    `@@ -${at - 2},6 +${at - 2},7 @@\n${context(at - 3, at)}+${added}\n${context(at, at + 3)}`;
};

const proposal = (name: string, rest: object) => ({ name, title: name, upstream: [], docs: [], ...rest });
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

const line: Line = { name: 'v24.x', base: { from: 'suite', suite: 'forky', source: 'nodejs', library: 'libnode-dev', major: 24 } };
const withOne = [...letters.slice(0, 5), 'one', ...letters.slice(5)];

const ours: Readonly<Record<string, string>> = {
  'lines.json': JSON.stringify({ default: line.name, lines: { 'v24.x': { base: line.base }, 'v20.x': { base: line.base } } }),
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
  'patches/one/v24.x.patch': hook('lib/http.js', letters, 9, 'one') + hook('lib/net.js', letters, 5, 'one'),
  'patches/two/message.txt': 'net: add two\n',
  'patches/two/v24.x.patch': hook('lib/net.js', withOne, 16, 'two'),
};

function write(file: string, content: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

class Project {
  readonly tree: string;
  readonly repository: Repository;

  private constructor(readonly dir: string, private readonly base: BaseRecord,
                      private readonly tools: typeof import('../../fork/apply.ts') & typeof import('../../fork/export/export.ts')) {
    this.tree = path.join(dir, 'out', 'v24.x', 'node');
    this.repository = new Repository(this.tree);
  }

  static async make(t: Test): Promise<Project> {
    const dir = t.testdir({});
    const load = toolsIn(dir);
    const tree = path.join(dir, 'out', 'v24.x', 'node');
    const repository = new Repository(tree);
    for (const [file, content] of Object.entries(upstream)) write(path.join(tree, file), content);
    await repository.git(['init', '--quiet', '--initial-branch=fork']);
    await repository.git(['add', '--all']);
    const date = '1700000000 +0000';
    const commit = await repository.commitIndex('deps: import\n', [], date);
    for (const ref of ['refs/heads/fork', 'refs/bindery/base', 'refs/bindery/applied']) {
      await repository.git(['update-ref', ref, commit]);
    }
    for (const [file, content] of Object.entries(ours)) write(path.join(dir, file), content);
    const tools = { ...await load('fork/apply.ts') as typeof import('../../fork/apply.ts'), ...await load('fork/export/export.ts') as typeof import('../../fork/export/export.ts') };
    const base: BaseRecord = { layout: 1, version: '24.21.0-1', origin: 'forky', configure: [], commit, date };
    const project = new Project(dir, base, tools);
    await project.apply();
    // The first export gives the patches their final form.
    t.match(await project.export(), /^nothing changed in the tree, 2 patches written anew$/);
    return project;
  }

  /** What it did, or its error line. */
  private async outcome(work: () => Promise<{ did: string }>): Promise<string> {
    try {
      return (await work()).did;
    } catch (error) {
      // The copy of the tools has its own UserError.
      return (error as { line?: string }).line ?? describe(error, 'out');
    }
  }

  apply(): Promise<string> {
    return this.outcome(() => this.tools.applyProposals(line, this.base));
  }

  async export(name?: string): Promise<string> {
    if (name !== undefined) process.env['PROPOSAL'] = name;
    try {
      return await this.outcome(() => this.tools.exportLine(line, this.base));
    } finally {
      delete process.env['PROPOSAL'];
    }
  }

  read(file: string): string {
    return readFileSync(path.join(this.dir, file), 'utf8');
  }

  /** Changes a file in the tree, which must contain `from`. */
  edit(file: string, from: string, to: string): void {
    const place = path.join(this.tree, file);
    const old = readFileSync(place, 'utf8');
    if (!old.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(place, old.replace(from, to));
  }

  add(file: string, content: string): void {
    write(path.join(this.tree, file), content);
  }

  async commit(message: string): Promise<void> {
    await this.repository.git(['add', '--all']);
    await this.repository.git(['commit', '--quiet', `--message=${message}`]);
  }

  /** All files of the project, or of the tree, with their content. */
  files(folder: string, except: readonly string[]): Record<string, string> {
    return Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .filter((file) => !except.some((name) => file.startsWith(`${name}/`)))
      .sort()
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
  }

  project(): Record<string, string> {
    return this.files(this.dir, ['out', 'tools']);
  }

  /** Exports. The tree must not change, and applying the project must reproduce it. */
  async roundTrip(t: Test, name?: string): Promise<string> {
    const before = this.files(this.tree, ['.git']);
    const timeOf = (file: string) => statSync(path.join(this.tree, file), { bigint: true }).mtimeNs;
    const times = () => Object.keys(before).map(timeOf);
    const old = times();
    const did = await this.export(name);
    t.match(did, /^\d+ files changed in the tree, \d+ updated in the project$/);
    t.same(this.files(this.tree, ['.git']), before, 'the tree is as it was');
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
      tree: this.files(this.tree, ['.git']),
      refs: await this.repository.git(['for-each-ref']),
      status: await this.repository.git(['status', '--porcelain']),
      left: readdirSync(path.join(this.dir, 'out', 'v24.x')),
    });
    const before = await state();
    t.match(await this.export(name), expected);
    t.same(await state(), before, 'nothing was changed');
  }
}

/** The lines that a patch adds and removes, by file. */
const lines = (patch: string) => patch.split('\n').filter((entry) => /^([+-](?!\+\+|--)|diff)/.test(entry))
  .map((entry) => entry.replace(/^diff .* b\//, ''));

t.test('nothing changed', async (t) => {
  const project = await Project.make(t);
  const before = project.project();
  t.match(before['patches/one/v24.x.patch'], /^index [0-9a-f]{40}\.\.[0-9a-f]{40} 100644$/m);
  t.notMatch(before['patches/one/v24.x.patch'], /doc\/api|internal/);
  t.equal(await project.export(), 'nothing changed in the tree, the patches are as they should be');
  t.same(project.project(), before);
  t.equal(await project.apply(), '2 proposals, unchanged');
});

t.test('owned files and hooks come back', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/internal/one.js', 'one();', 'more();');
  project.edit('test/parallel/test-two.js', 'test2();', 'ä();');
  project.edit('lib/http.js', 'c\n', 'c\nfar\n');
  project.edit('lib/net.js', 'one\n', 'ONE\n');
  project.edit('lib/net.js', 'two\n', 'two\n2\n');
  t.match(await project.apply(), /^the fork tree out\/v24\.x\/node has changes/, 'applying still refuses');
  t.equal(await project.roundTrip(t), '4 files changed in the tree, 4 updated in the project');
  t.equal(project.read('lib/internal/one.js'), 'more();\n');
  t.equal(project.read('test-parallel/test-two.js'), 'ä();\n');
  t.same(lines(project.read('patches/one/v24.x.patch')), ['lib/http.js', '+far', '+one', 'lib/net.js', '+ONE']);
  t.same(lines(project.read('patches/two/v24.x.patch')), ['lib/net.js', '+two', '+2']);
});

t.test('a hook that is taken back', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/net.js', 'two\n', '');
  await project.roundTrip(t);
  t.notOk(existsSync(path.join(project.dir, 'patches/two/v24.x.patch')), 'none is left');
  project.edit('lib/http.js', 'one\n', '');
  await project.roundTrip(t);
  t.same(lines(project.read('patches/one/v24.x.patch')), ['lib/net.js', '+one']);
});

t.test('commits come back too', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/net.js', 'one\n', 'uno\n');
  await project.commit('net: an ordinary one');
  project.edit('lib/net.js', 't\n', 't\nlast\n');
  await project.commit('fixup! net: add one');
  project.edit('lib/dgram.js', 'b\n', 'B\n');
  project.add('test/parallel/test-one-new.js', 'new();\n');
  await project.commit('fixup! net: add two');
  project.edit('lib/net.js', 'two\n', 'dos\n');
  await project.roundTrip(t);
  t.same(lines(project.read('patches/one/v24.x.patch')), ['lib/http.js', '+one', 'lib/net.js', '+uno', '+last']);
  t.same(lines(project.read('patches/two/v24.x.patch')), ['lib/dgram.js', '-b', '+B', 'lib/net.js', '+dos']);
  t.equal(project.read('test-parallel/test-one-new.js'), 'new();\n');
  t.match(await project.repository.git(['log', '--format=%s', 'refs/bindery/before-export']), /^before export\nfixup! net: add two\n/);
});

t.test('commits that were squashed into those of the proposals come back', async (t) => {
  const project = await Project.make(t);
  const { repository } = project;
  project.edit('lib/http.js', 'one\n', 'uno\n');
  project.edit('lib/internal/one.js', 'one();', 'more();');
  await project.commit('fixup! net: add one');
  project.edit('lib/dgram.js', 'b\n', 'B\n');
  project.add('test/parallel/test-two-new.js', 'new();\n');
  await project.commit('fixup! net: add two');
  project.edit('lib/dgram.js', 't\n', 'T\n');
  await project.commit('fixup! net: add one');
  await repository.git(['rebase', '--quiet', '--interactive', '--autosquash', 'refs/bindery/base'], { env: { GIT_SEQUENCE_EDITOR: ':' } });
  t.equal(await repository.git(['log', '--format=%s', 'refs/bindery/base..HEAD']), 'net: add two\nnet: add one\n');
  project.edit('lib/net.js', 'two\n', 'dos\n');
  await project.commit('net: one more');
  project.edit('lib/net.js', 'one\n', 'uno\n');
  await project.roundTrip(t);
  t.same(lines(project.read('patches/one/v24.x.patch')), ['lib/dgram.js', '-t', '+T', 'lib/http.js', '+uno', 'lib/net.js', '+uno'],
         'each has what its commit had');
  t.same(lines(project.read('patches/two/v24.x.patch')), ['lib/dgram.js', '-b', '+B', 'lib/net.js', '+dos']);
  t.equal(project.read('lib/internal/one.js'), 'more();\n');
  const { proposals: found } = JSON.parse(project.read('proposals.json')) as { proposals: Array<{ owns: string[] }> };
  t.ok(found[1]!.owns.includes('test-parallel/test-two-new.js'), 'a new file belongs to the commit that has it first');
});

t.test('whose a change is must be said where it cannot be told', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/net.js', 'k\n', 'K\n');
  await project.refused(t, /^whose the change at lib\/net\.js:12 is cannot be told: one and two change that file elsewhere; run again with PROPOSAL=one or PROPOSAL=two, which then takes it$/);
  await project.refused(t, /^there is no proposal three on v24\.x; run again with PROPOSAL=one or PROPOSAL=two/, 'three');
  project.edit('lib/net.js', 'one\n', 'uno\n');
  await project.roundTrip(t, 'two');
  t.same(lines(project.read('patches/one/v24.x.patch')).slice(-1), ['+uno'], 'what can be told is not taken');
  t.same(lines(project.read('patches/two/v24.x.patch')), ['lib/net.js', '-k', '+K', '+two']);

  project.edit('lib/dgram.js', 'k\n', 'K\n');
  await project.refused(t, /^whose the change at lib\/dgram\.js:11 is cannot be told: no proposal changes that file; run again with PROPOSAL=/);
  await project.roundTrip(t, 'one');
  t.same(lines(project.read('patches/one/v24.x.patch')).slice(0, 3), ['lib/dgram.js', '-k', '+K']);
});

t.test('new files', async (t) => {
  const project = await Project.make(t);
  project.add('lib/internal/a.js', 'a();\n');
  project.add('test/parallel/test-z.js', 'z();\n');
  await project.refused(t, /^lib\/internal\/a\.js is new, and no proposal owns it; run again with PROPOSAL=one or PROPOSAL=two, which then takes it$/);
  const before = project.read('proposals.json');
  await project.roundTrip(t, 'one');
  t.equal(project.read('proposals.json'), before
    .replace(/( +)"lib\/internal\/one\.js",/, '$1"lib/internal/a.js",\n$&')
    .replace(/( +)"test-parallel\/test-one\.js"/, '$&,\n$1"test-parallel/test-z.js"'));
  t.equal(project.read('lib/internal/a.js'), 'a();\n');
  t.equal(project.read('test-parallel/test-z.js'), 'z();\n');

  project.add('src/b.cc', 'b();\n');
  await project.roundTrip(t, 'two');
  t.match(project.read('proposals.json'), /"state": "landed",\n +"owns": \["src\/b\.cc"\],\n/, 'what has landed owns more than tests on its line');

  project.add('lib/internal/three.js', 'other\n');
  await project.refused(t, /^lib\/internal\/three\.js is a file of three already, which has it on another line; /, 'one');
  rmSync(path.join(project.tree, 'lib/internal/three.js'));
  project.add('test/fixtures/x.txt', 'x\n');
  await project.refused(t, /^test\/fixtures\/x\.txt is new, and new files of ours lie in lib, src, test\/parallel and benchmark alone; /, 'one');
});

t.test('the manual', async (t) => {
  const project = await Project.make(t);
  const page = 'doc/api/net.md';
  project.edit(page, 'One.\n\n', 'One, two.\n\nNew.\n\n');
  project.edit(page, 'Sub.', 'Sub\nsub.');
  project.edit(page, 'More.', 'Still more.');
  project.edit(page, '    description: One.', '    description: >\n      Two.');
  project.edit(page, '    and more.', '    and\n    less.');
  project.edit(page, '[two]: #two', '[two]: #2\n[u]: #u');
  t.equal(await project.roundTrip(t), '1 files changed in the tree, 2 updated in the project');
  t.equal(project.read('doc-api/one.net.md'), ours['doc-api/one.net.md']!
    .replace('One.\n\n', 'One, two.\n\nNew.\n\n').replace('Sub.', 'Sub\nsub.')
    .replace('    description: One.', '    description: >\n      Two.').replace('  and more.', '  and\n  less.')
    .replace('[two]: #two', '[two]: #2\n[u]: #u'));
  t.equal(project.read('doc-api/one-more.net.md'), ours['doc-api/one-more.net.md']!.replace('More.', 'Still more.'));

  project.edit(page, 'Sub\nsub.\n', 'Sub\nsub.\n\n### `one.end()`\n\nEnd.\n');
  await project.roundTrip(t);
  t.match(project.read('doc-api/one.net.md'), 'sub.\n\n### `one.end()`\n\nEnd.\n\n<!-- splice');
});

t.test('the manual outside our sections', async (t) => {
  const project = await Project.make(t);
  project.edit('doc/api/net.md', 'B.', 'B!');
  await project.refused(t, /^doc\/api\/net\.md:\d+ was changed outside the sections that come from doc-api; undo it there, or put it into a block of a file doc-api\/<proposal>\.net\.md, and run again$/);
  project.edit('doc/api/net.md', 'B!', 'B.');
  project.edit('doc/api/tls.md', 'B.', 'B!');
  await project.refused(t, /^doc\/api\/tls\.md:1 was changed outside/);
});

t.test('what cannot be carried back', async (t) => {
  const project = await Project.make(t);
  const { repository, tree } = project;
  const undo = () => repository.git(['reset', '--quiet', '--hard', 'refs/bindery/applied']);
  rmSync(path.join(tree, 'lib/internal/one.js'));
  await project.refused(t, /^lib\/internal\/one\.js was deleted, and one owns it; .*take lib\/internal\/one\.js off proposals\.json/);
  await undo();
  rmSync(path.join(tree, 'lib/dgram.js'));
  await project.refused(t, /^lib\/dgram\.js of upstream's was deleted, and hooks only change files; /, 'one');
  await undo();
  // A heading that another block refers to.
  project.edit('doc/api/net.md', '### `one.sub()`', '### `one.other()`');
  await project.refused(t, /^doc\/api\/net\.md has the heading "### `one\.sub\(\)`" 0 times/);
  await undo();

  write(path.join(project.dir, 'lib/internal/one.js'), 'of the project\n');
  project.edit('lib/internal/one.js', 'one();', 'of the tree');
  await project.refused(t, /^the project's own files have changed since the tree was made \(lib\/internal\/one\.js\), and an export would undo that; /);
  write(path.join(project.dir, 'lib/internal/one.js'), ours['lib/internal/one.js']!);
  await undo();

  await repository.git(['reset', '--quiet', '--hard', 'refs/bindery/base']);
  const standing = /^the commits of out\/v24\.x\/node stand neither on refs\/bindery\/applied nor, one a proposal in order, on refs\/bindery\/base; run `git reset --soft refs\/bindery\/applied` there, which keeps the files as they are, and run again$/;
  await project.refused(t, standing);
  // In another order.
  const [first, second] = (await repository.git(['rev-list', '--reverse', 'refs/bindery/base..refs/bindery/applied'])).split('\n');
  for (const commit of [second!, first!]) {
    const tree = await repository.resolve('refs/bindery/applied^{tree}');
    const input = await repository.git(['log', '-1', '--format=%B', commit]);
    const made = (await repository.git(['commit-tree', tree!, '-p', 'HEAD'], { input })).trim();
    await repository.git(['reset', '--quiet', '--hard', made]);
  }
  await project.refused(t, standing);
  await repository.git(['reset', '--quiet', '--soft', 'refs/bindery/applied']);
  t.equal(await project.export(), 'nothing changed in the tree, the patches are as they should be', 'the remedy works');
});

t.test('an export that was cut off is brought to its end', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/internal/one.js', 'one();', 'more();');
  write(path.join(project.dir, 'lib/internal/one.js'), 'more();\n');
  t.equal(await project.export(), 'nothing changed in the tree, the patches are as they should be');
  t.equal(await project.repository.git(['status', '--porcelain']), '');
  t.equal(await project.apply(), '2 proposals, unchanged');
});

t.test('the list of owned files keeps its form', async (t) => {
  const add = (list: string, owned: string) => addOwned(`{"proposals": [{"name": "x", "owns": ${list}, "lines": {}}]}`, 0, { state: 'carried' }, 'v24.x', owned)
    .replace(/^.*"owns": (.*), "lines".*$/s, '$1');
  t.equal(add('[]', 'lib/a.js'), '["lib/a.js"]');
  t.equal(add('["lib/b.js"]', 'lib/a.js'), '["lib/a.js", "lib/b.js"]');
  t.equal(add('["lib/a.js"]', 'lib/b.js'), '["lib/a.js", "lib/b.js"]');
  t.equal(add('["lib/c.js", "lib/a.js"]', 'lib/b.js'), '["lib/c.js", "lib/a.js", "lib/b.js"]', 'what has no order gets none');
  t.equal(add('[\n  "lib/a.js"\n]', 'lib/b.js'), '[\n  "lib/a.js",\n  "lib/b.js"\n]');
});
