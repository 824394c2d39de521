import { existsSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { changedLines } from '../patch.ts';
import { Project } from './export-project.ts';

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
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/http.js', '+far', '+one', 'lib/net.js', '+ONE']);
  t.same(changedLines(project.read('patches/two/v24.x.patch')), ['lib/net.js', '+two', '+2']);
});

t.test('a hook that is taken back', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/net.js', 'two\n', '');
  await project.roundTrip(t);
  t.notOk(existsSync(path.join(project.dir, 'patches/two/v24.x.patch')), 'none is left');
  project.edit('lib/http.js', 'one\n', '');
  await project.roundTrip(t);
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/net.js', '+one']);
});

t.test('commits come back too', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/net.js', 'one\n', 'uno\n');
  await project.commit('net: an ordinary one');
  project.edit('lib/net.js', 't\n', 't\nlast\n');
  await project.commit('fixup! net: add one');
  project.edit('lib/dgram.js', 'b\n', 'B\n');
  project.writeTree('test/parallel/test-one-new.js', 'new();\n');
  await project.commit('fixup! net: add two');
  project.edit('lib/net.js', 'two\n', 'dos\n');
  await project.roundTrip(t);
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/http.js', '+one', 'lib/net.js', '+uno', '+last']);
  t.same(changedLines(project.read('patches/two/v24.x.patch')), ['lib/dgram.js', '-b', '+B', 'lib/net.js', '+dos']);
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
  project.writeTree('test/parallel/test-two-new.js', 'new();\n');
  await project.commit('fixup! net: add two');
  project.edit('lib/dgram.js', 't\n', 'T\n');
  await project.commit('fixup! net: add one');
  await repository.git(['rebase', '--quiet', '--interactive', '--autosquash', 'refs/bindery/base'], { env: { GIT_SEQUENCE_EDITOR: ':' } });
  t.equal(await repository.git(['log', '--format=%s', 'refs/bindery/base..HEAD']), 'net: add two\nnet: add one\n');
  project.edit('lib/net.js', 'two\n', 'dos\n');
  await project.commit('net: one more');
  project.edit('lib/net.js', 'one\n', 'uno\n');
  await project.roundTrip(t);
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/dgram.js', '-t', '+T', 'lib/http.js', '+uno', 'lib/net.js', '+uno'],
         'each has what its commit had');
  t.same(changedLines(project.read('patches/two/v24.x.patch')), ['lib/dgram.js', '-b', '+B', 'lib/net.js', '+dos']);
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
  t.same(changedLines(project.read('patches/one/v24.x.patch')).slice(-1), ['+uno'], 'what can be told is not taken');
  t.same(changedLines(project.read('patches/two/v24.x.patch')), ['lib/net.js', '-k', '+K', '+two']);

  project.edit('lib/dgram.js', 'k\n', 'K\n');
  await project.refused(t, /^whose the change at lib\/dgram\.js:11 is cannot be told: no proposal changes that file; run again with PROPOSAL=/);
  await project.roundTrip(t, 'one');
  t.same(changedLines(project.read('patches/one/v24.x.patch')).slice(0, 3), ['lib/dgram.js', '-k', '+K']);
});

t.test('an export that was cut off is brought to its end', async (t) => {
  const project = await Project.make(t);
  project.edit('lib/internal/one.js', 'one();', 'more();');
  project.write('lib/internal/one.js', 'more();\n');
  t.equal(await project.export(), 'nothing changed in the tree, the patches are as they should be');
  t.equal(await project.repository.git(['status', '--porcelain']), '');
  t.equal(await project.apply(), '2 proposals, unchanged');
});
