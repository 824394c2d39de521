import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { Line } from '../../core/lines.ts';
import type { Proposal } from '../../core/proposals.ts';
import { hookFile, landing } from '../../fork/apply.ts';
import { hook } from '../patch.ts';
import { line } from '../project.ts';
import { clean, manual, net, ours, Project, proposals } from './apply-project.ts';

t.test('the patch of a line\'s next release', async (t) => {
  const folder = t.testdir({ patches: { one: { 'v24.x-next.patch': '' }, two: { 'v24.x.patch': '' } } });
  const next: Line = { ...line, isNext: true };
  const of = (name: string, lines: Proposal['lines'], on: Line) =>
    path.relative(folder, hookFile({ name, title: '', topic: '', reason: '', mayGo: '', upstream: [], owns: [], docs: [], lines }, on, folder));
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

  t.equal(project.inTree('lib/net.js'), net.replace('e\n', 'e\none\n').replace('o\np', 'o\ntwo\np'));
  t.equal(project.inTree('src/one.cc'), '// ä\n');
  t.equal(project.inTree('test/parallel/test-one.js'), 'test();\n');
  t.equal(project.inTree('doc/api/net.md'), manual.replace('## `b()`', '## `one()`\n\nOne.\n\n## `b()`').replace('[z]', '[one]: #one\n[z]'));
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
  t.match(project.inTree('lib/net.js'), /^another$/m);
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
  t.equal(project.inTree('src/one.cc'), 'new();\n');

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
  t.equal(project.inTree('lib/net.js'), net.replace('o\np', 'o\ntwo\np'));
  t.equal(project.inTree('doc/api/net.md'), manual);
  rmSync(path.join(project.dir, 'patches/two/v24.x.patch'));
  t.equal(await project.apply(), '1 proposals, 1 files updated');
  t.equal(project.inTree('lib/net.js'), net, 'a proposal may have no hook');
});

t.test('a hook follows its context', async (t) => {
  const moved = `first\nsecond\n${net}`;
  const project = await Project.make(t, { 'lib/net.js': moved });
  await project.apply();
  t.equal(project.inTree('lib/net.js'), moved.replace('e\n', 'e\none\n').replace('o\np', 'o\ntwo\np'));
});
