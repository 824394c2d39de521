import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { Line } from '../config.ts';
import { type BaseRecord, LAYOUT } from '../fetch.ts';
import { Repository } from '../git.ts';
import { rebase } from '../rebase.ts';
import { startFork } from '../tree.ts';
import { after, commit, DATE, http, line, manual, net, ours, Project, proposals, renamed, upstream, version, write } from './rebase-project.ts';

t.test('what upstream has taken is recorded as landed', async (t) => {
  const project = await Project.make(t, { 'patches/one/v20.x.patch': 'of another line\n' });
  const landed = net.replace('function listen', 'function one() {}\n\nfunction listen');
  await project.upstream(['net: add one', { 'lib/net.js': landed, 'src/node_version.h': version('24.22.0') }]);
  const { end, said } = await project.rebase(t);
  t.equal(end, '1 proposals merged on upstream, 1 landed (one), 1 patches refreshed');
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
  const before = await project.state();
  const folder = path.join(project.dir, 'out', 'v24.x', 'node', 'lib');
  for (const [onto, expected] of [
    ['', /^ONTO is not set; say what to rebase onto: ONTO=<git ref, folder, or a newer version>$/],
    ['nowhere', /^there is no nowhere that v24\.x could be rebased onto; name a git ref with NODE_DIR=<a checkout that has it>, a folder, or a newer version$/],
    [folder, /lib is no tree of Node's: it has no src\/node_version\.h; name another with ONTO$/],
    ['refs/bindery/base', /^v24\.x stands on refs\/bindery\/base already; /],
    ['fork', /^fork has the proposals in it already; /],
    ['upstream', /^upstream has a lib\/internal\/two\.js of its own, and two owns one; give ours another name in this project, run `make apply` and begin again$/],
  ] as const) {
    t.match((await project.rebase(t, onto)).end, expected);
    t.same(await project.state(), before, onto);
  }
  write(path.join(project.tree, 'lib/net.js'), 'mine\n');
  t.match((await project.rebase(t)).end, /has changes \(M lib\/net\.js \.\.\.\); /);
  t.equal(project.inTree('lib/net.js'), 'mine\n');
});

t.test('a folder, a checkout and a ref of NODE_DIR', async (t) => {
  const project = await Project.make(t);
  const folder = path.join(project.dir, 'plain');
  const next = { ...upstream, 'lib/net.js': renamed };
  for (const [file, content] of Object.entries(next)) write(path.join(folder, file), content);
  write(path.join(folder, 'out', 'built.o'), 'x');
  write(path.join(folder, '.gitignore'), 'lib\n');
  t.same((await project.rebase(t, folder)).said,
         [`lib/net.js:17: the hook \`two(options);\` is in conflict with a change between 24.21.0-1 and ${folder}`]);
  const taken = await project.repository.git(['ls-tree', '--name-only', 'refs/bindery/onto']);
  t.equal(taken, '.gitignore\ndoc\nlib\nsrc\n', 'not what was built, but what git would ignore');
  await project.abort(t);

  const checkout = new Repository(folder);
  rmSync(path.join(folder, '.gitignore'));
  await checkout.git(['init', '--quiet', '--initial-branch=main']);
  const released = await commit(checkout, undefined, '24.21.0', upstream);
  await checkout.git(['update-ref', 'refs/tags/v24.21.0', released]);
  const change = await commit(checkout, released, 'net: rename listen()', next);
  await checkout.git(['update-ref', 'refs/heads/next', change]);
  await checkout.git(['update-ref', 'refs/heads/main', change]);
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
  // The patch also changes a file that such a tree does not have.
  const rest = 'diff --git a/src/a.cc b/src/a.cc\nindex 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644\n' +
    '--- a/src/a.cc\n+++ b/src/a.cc\n@@ -1 +1,2 @@\n a\n+b\n';
  project.write('patches/one/v24.x.patch', project.read('patches/one/v24.x.patch') + rest);
  const { repository } = project;
  const base = await commit(repository, undefined, 'lib: import', { 'lib/net.js': net, 'lib/http.js': http });
  const release = await commit(repository, undefined, 'lib: import', { 'lib/net.js': `// First.\n${net}`, 'lib/http.js': http });
  await repository.git(['update-ref', 'refs/tags/v24.22.0', release]);
  await startFork(repository, base);
  await repository.git(['reset', '--quiet', '--hard', base]);
  const git: Line = { name: 'v24.x', base: { from: 'git', repository: 'https://example.com/node.git', ref: 'v24.21.0', major: 24 } };
  project.write('lines.json', JSON.stringify({ default: 'v24.x', lines: { 'v24.x': { base: git.base }, 'v20.x': { base: line.base } } }));
  const record: BaseRecord = { layout: LAYOUT, version: '24.21.0', origin: 'the official binary 24.21.0', part: 'lib', configure: [], commit: base, date: DATE };
  const { did } = await rebase(git, { tree: project.tree, base: record }, 'v24.22.0', project.dir);
  t.equal(did, '2 proposals merged on v24.22.0, 2 patches refreshed');
  t.match(project.read('patches/one/v24.x.patch'), /^diff --git a\/lib\/http\.js [^]*\ndiff --git a\/lib\/net\.js [^]*@@ -6,6 \+6,7 @@/);
  t.ok(project.read('patches/one/v24.x.patch').endsWith(rest), 'what lies elsewhere is kept');
  t.match(project.read('lines.json'), '"ref":"v24.22.0"', 'the line names the release then');
  t.same(JSON.parse(project.read('out/v24.x/node.json')), { ...record, version: '24.22.0', origin: 'the official binary 24.22.0', commit: release });
});
