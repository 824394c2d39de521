import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { recordOf } from '../../base/base.ts';
import { newTree } from '../../base/tree.ts';
import type { Line } from '../../core/lines.ts';
import { shown } from '../../core/paths.ts';
import { rebase } from '../../rebase/rebase.ts';
import { rebaseContinue } from '../../rebase/resume.ts';
import { after, write, writeAll } from '../files.ts';
import { hook } from '../patch.ts';
import { DATE, line } from '../project.ts';
import { commit } from '../repository.ts';
import { elsewhere, http, local, manual, net, one, ours, Project, proposals, renamed, upstream, version } from './project.ts';

/** The line of these tests where its base is a tag of a repository. */
const git: Line = { name: 'v24.x', base: { from: 'git', repository: 'https://example.com/node.git', ref: 'v24.21.0', major: 24 } };
const gitLines = JSON.stringify({ default: 'v24.x', lines: { 'v24.x': { base: git.base }, 'v20.x': { base: line.base } } });

t.test('what upstream has taken is recorded as landed', async (t) => {
  const project = await Project.make(t, { 'patches/one/v20.x.patch': 'of another line\n' });
  const landed = net.replace('function listen', 'function one() {}\n\nfunction listen');
  await project.upstream(['net: add one', { 'lib/net.js': landed, 'src/node_version.h': version('24.22.0') }]);
  const { end, said } = await project.rebase(t);
  t.equal(end, `1 proposals merged on upstream, 1 landed (one), 1 patches refreshed${local}`);
  t.same(said, ['doc-api/one-24.net.md', 'patches/one/v24.x.patch', 'patches/two/v24.x.patch', 'proposals.json', 'src/one.cc']);
  t.notOk(existsSync(path.join(project.dir, 'patches/one/v24.x.patch')));
  t.ok(existsSync(path.join(project.dir, 'patches/one/v20.x.patch')));
  t.notOk(existsSync(path.join(project.dir, 'src/one.cc')), 'a file of that line alone goes');
  t.same((JSON.parse(project.read('proposals.json')) as { proposals: object[] }).proposals[0], {
    ...proposals[0],
    docs: [],
    lines: {
      'v24.x': { state: 'landed', releases: ['v24.22.0'], owns: ['test-parallel/test-one-24.js'] },
      'v20.x': { state: 'carried', docs: ['doc-api/one.net.md'] },
    },
  });
  t.equal(project.read('proposals.json').split('  {\n      "name": "two"')[1], ours['proposals.json']!.split('  {\n      "name": "two"')[1],
          'other text stays');
  t.equal(project.inTree('test/parallel/test-one.js'), 'test();\n', 'its tests stay');
  t.equal(project.inTree('doc/api/net.md'), manual);
  t.equal(project.inTree('lib/net.js'), after(landed, 'function listen(options) {', '  two(options);'));
  await project.settled(t, 'upstream');
});

t.test('a test whose name upstream has taken with it', async (t) => {
  const project = await Project.make(t);
  const landed = net.replace('function listen', 'function one() {}\n\nfunction listen');
  const theirs = { 'test/parallel/test-one.js': 'theirs\n', 'test/parallel/test-one-24.js': 'theirs\n' };
  await project.upstream(['net: add one', { 'lib/net.js': landed, ...theirs }]);
  const { end, said } = await project.rebase(t);
  t.match(end, /^1 proposals merged on upstream, 1 landed \(one\), 1 patches refreshed/);
  t.same(said.slice(0, 2), ['test-one.js', 'test-one-24.js'].map((name) =>
    `upstream has a test/parallel/${name} of its own, so v24.x leaves out ours`));
  const { proposals: found } = JSON.parse(project.read('proposals.json')) as { proposals: ReadonlyArray<typeof proposals[0]> };
  t.same(found[0]!.owns, ['lib/internal/one.js']);
  t.same(found[0]!.lines, {
    'v24.x': { state: 'landed', releases: ['v24.21.0'] },
    'v20.x': { state: 'carried', docs: ['doc-api/one.net.md'], owns: ['test-parallel/test-one.js'] },
  });
  t.equal(project.read('test-parallel/test-one.js'), 'test();\n', 'another line has it');
  t.notOk(existsSync(path.join(project.dir, 'test-parallel/test-one-24.js')));
  for (const [file, text] of Object.entries(theirs)) t.equal(project.inTree(file), text);
  await project.settled(t, 'upstream');

  // Landed earlier, and left as it was resolved.
  project.write('test-parallel/test-one-more.js', 'more();\n');
  project.write('proposals.json', project.read('proposals.json')
    .replace('["v24.21.0"]', '["v24.21.0"], "owns": ["test-parallel/test-one-more.js"]'));
  await project.applyAgain();
  const next = await commit(project.repository, project.record().commit, 'test: more', { 'test/parallel/test-one-more.js': 'theirs\n' });
  await project.repository.git(['update-ref', 'refs/heads/next', next]);
  const done = await project.rebase(t, 'next');
  t.match(done.said, ['next has a test/parallel/test-one-more.js of its own, so v24.x leaves out ours']);
  t.match(done.end, /^2 proposals merged on next, /);
  t.notMatch(project.read('proposals.json'), 'test-one-more');
  t.equal(project.inTree('test/parallel/test-one-more.js'), 'theirs\n');
  await project.settled(t, 'next');
});

t.test('a carried proposal keeps its names', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['test: take a name', { 'test/parallel/test-one.js': 'theirs\n' }]);
  t.match((await project.rebase(t)).end, /^upstream has a test\/parallel\/test-one\.js of its own, and one owns one; give ours another name /);
});

t.test('hooks whose place went with those that landed', async (t) => {
  const project = await Project.make(t, { 'patches/two/v24.x.patch': hook('lib/net.js', one, 7, '  two(options);') });
  const landed = net.replace('function connect(options) {\n', 'function one() {}\n\nfunction connect(options) {\n  start(options);\n');
  await project.upstream(['net: add one', { 'lib/net.js': landed }], ['net: more', { 'lib/net.js': `${landed}// Last.\n` }]);
  const { said, end } = await project.rebase(t);
  t.match(end, /^two has a conflict with upstream; /);
  t.match(said, [/^lib\/net\.js:10: the hook `two\(options\);` is in conflict with one, which has landed$/]);
});

t.test('what has landed must be there', async (t) => {
  const landed = JSON.stringify({ proposals: [{ ...proposals[0], lines: { 'v24.x': { state: 'landed', releases: ['v24.1.0'] } } }, proposals[1]] });
  const project = await Project.make(t, { 'proposals.json': landed });
  await project.upstream(['lib: more', { 'lib/http.js': 'x\n' }]);
  const before = await project.state();
  t.equal((await project.rebase(t)).end, 'one has landed on v24.x, and upstream does not have it in lib/net.js; ' +
    'name a base that has it with ONTO, or correct its state in proposals.json');
  t.same(await project.state(), before);
});

t.test('what cannot begin changes nothing', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['lib: take a name', { 'lib/internal/two.js': 'theirs\n' }]);
  const major = await commit(project.repository, project.record().commit, '25', { 'src/node_version.h': version('25.0.0') });
  await project.repository.git(['update-ref', 'refs/heads/major', major]);
  const before = await project.state();
  const folder = path.join(project.dir, 'out', 'v24.x', 'node', 'lib');
  for (const [onto, expected] of [
    ['', /^ONTO is not set; say what to rebase onto: ONTO=<git ref, folder, or a newer version>$/],
    ['nowhere', /^there is no nowhere that v24\.x could be rebased onto; name a git ref with NODE_DIR=<a checkout that has it>, a folder, or a newer version$/],
    [folder, /lib is no tree of Node's: it has no src\/node_version\.h; name another with ONTO$/],
    ['refs/bindery/base', /^v24\.x stands on refs\/bindery\/base already; /],
    ['fork', /^fork has the proposals in it already; /],
    ['major', /^major is Node 25\.0\.0, and v24\.x is of Node 24; name another base with ONTO, or another line with LINE$/],
    ['upstream', /^upstream has a lib\/internal\/two\.js of its own, and two owns one; give ours another name in this project, run `make apply` and begin again$/],
  ] as const) {
    t.match((await project.rebase(t, onto)).end, expected);
    t.same(await project.state(), before, onto);
  }
  process.env['NODE_DIR'] = path.join(project.dir, 'nowhere');
  t.teardown(() => { delete process.env['NODE_DIR']; });
  t.match((await project.rebase(t, 'next')).end, /^there is no folder \S+\/nowhere; name a checkout of Node with NODE_DIR=<folder>$/);
  t.same(await project.state(), before);
  write(path.join(project.tree, 'lib/net.js'), 'mine\n');
  t.match((await project.rebase(t)).end, /has changes \(M lib\/net\.js \.\.\.\); /);
  t.equal(project.inTree('lib/net.js'), 'mine\n');
});

t.test('a folder, a checkout and a ref of NODE_DIR', async (t) => {
  const project = await Project.make(t);
  const folder = path.join(project.dir, 'plain');
  const next = { ...upstream, 'lib/net.js': renamed };
  writeAll(folder, next);
  for (const file of ['out/built', 'node_modules/a/index.js', 'src/a.o', 'doc/x.log']) write(path.join(folder, file), 'x');
  write(path.join(folder, 'deps/npm/node_modules/b.js'), 'x');
  write(path.join(folder, '.gitignore'), '*.log\n');
  t.same((await project.rebase(t, folder)).said,
         [`6 files of ${shown(folder)}`, `lib/net.js:17: the hook \`two(options);\` is in conflict with a change between 24.21.0-1 and ${folder}`]);
  const taken = await project.repository.git(['ls-tree', '-r', '--name-only', 'refs/bindery/onto']);
  t.same(taken.trim().split('\n'), ['.gitignore', 'deps/npm/node_modules/b.js', ...Object.keys(next).sort()],
         'not what was built or installed, nor what the folder ignores');
  await project.abort(t);

  rmSync(path.join(folder, '.gitignore'));
  const checkout = await newTree(folder);
  const released = await commit(checkout, undefined, '24.21.0', upstream);
  await checkout.git(['update-ref', 'refs/tags/v24.21.0', released]);
  const change = await commit(checkout, released, 'net: rename listen()', next);
  await checkout.git(['update-ref', 'refs/heads/next', change]);
  await checkout.git(['update-ref', 'HEAD', change]);
  const cause = [`lib/net.js:17: the hook \`two(options);\` is in conflict with commit ${change.slice(0, 7)} net: rename listen()`];
  t.same((await project.rebase(t, folder)).said, cause, 'its history tells, from the release that the base is');
  await project.abort(t);
  process.env['NODE_DIR'] = folder;
  t.teardown(() => { delete process.env['NODE_DIR']; });
  t.same((await project.rebase(t, 'next')).said, cause);
  await project.abort(t);
});

t.test('a release whose lib/ is all there is', async (t) => {
  const project = await Project.make(t);
  const { repository } = project;
  const record = await project.startLib('one');
  const release = await commit(repository, undefined, 'lib: import', { 'lib/net.js': `// First.\n${net}`, 'lib/http.js': http });
  await repository.git(['update-ref', 'refs/tags/v24.22.0', release]);
  project.write('lines.json', gitLines);
  const { did } = await rebase(git, { tree: project.tree, base: record }, 'v24.22.0', project.dir);
  t.equal(did, '2 proposals merged on v24.22.0, 2 patches refreshed');
  t.match(project.read('patches/one/v24.x.patch'), /^diff --git a\/lib\/http\.js [^]*\ndiff --git a\/lib\/net\.js [^]*@@ -6,6 \+6,7 @@/);
  t.ok(project.read('patches/one/v24.x.patch').endsWith(elsewhere), 'what lies elsewhere is kept');
  t.match(project.read('lines.json'), '"ref":"v24.22.0"', 'the line names the release then');
  t.same(project.record(), { ...record, version: '24.22.0', origin: 'the official binary 24.22.0', commit: release });
});

t.test('patches that belong to another base than the tree\'s', async (t) => {
  const project = await Project.make(t);
  const { repository } = project;
  project.write('lines.json', gitLines);
  const record = { ...project.record(), version: '24.21.0', origin: 'https://example.com/node.git v24.21.0' };
  writeFileSync(recordOf(project.tree), JSON.stringify(record));
  await project.upstream(['net: rename listen()', { 'lib/net.js': renamed }]);
  const other = await commit(repository, record.commit, 'more', { 'src/node_version.h': version('24.23.0') });
  for (const [tag, id] of [['v24.21.0', record.commit], ['v24.23.0', other]]) await repository.git(['update-ref', `refs/tags/${tag}`, id!]);
  const ofBase = ['one', 'two'].map((name) => [`patches/${name}/v24.x.patch`, project.read(`patches/${name}/v24.x.patch`)] as const);
  const onto = (name: string) => rebase(git, { tree: project.tree, base: project.record() }, name, project.dir);
  const before = await project.state();
  await t.rejects(onto('upstream'), { message: 'two has a conflict with upstream' });
  project.writeTree('lib/net.js', after(after(renamed, 'function connect(options) {', '  one(options);'), 'function serve(options) {', '  two(options);'));
  await repository.git(['add', '--all']);
  t.match((await rebaseContinue(git, project.place, project.dir)).did, /lines\.json names v24\.21\.0\): `make rebase LINE=v24\.x ONTO=v24\.21\.0` goes back$/);

  for (const [file, patch] of ofBase) project.write(file, patch);
  const stale = {
    message: /^a hook of two no longer applies to this base, at lib\/net\.js/,
    remedy: 'the tree stands on upstream: put the patches back that belong to it, or leave it with `make rebase LINE=v24.x ONTO=v24.21.0`',
  };
  await t.rejects(onto('v24.23.0'), stale, 'nobody knows what they would be there');
  t.equal((await onto('v24.21.0')).did, 'the project\'s patches are those of v24.21.0, which the tree stands on again');
  t.same(project.record(), { ...record, date: DATE });
  const now = await project.state();
  t.same({ ...now, record: '', refs: '' }, { ...before, record: '', refs: '' });
  await project.settled(t, 'v24.21.0');
});
