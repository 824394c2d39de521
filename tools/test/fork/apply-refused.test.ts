import { rmSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { writeAll } from '../files.ts';
import { hook } from '../patch.ts';
import { clean, net, ours, Project, proposals } from './apply-project.ts';

/** Checks that nothing was applied. */
async function untouched(t: Test, project: Project): Promise<void> {
  const { head, applied, status } = await project.state();
  t.same({ head, applied, status }, { head: project.base.commit, applied: project.base.commit, status: '' }, 'the tree stays as it was');
}

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
    writeAll(project.dir, change);
    t.match(await project.failure(), expected);
    await untouched(t, project);
    writeAll(project.dir, ours);
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
  project.writeTree('lib/internal/one.js', 'mine\n');
  for (const round of ['once', 'and again']) {
    t.match(await project.failure(), /lib\/internal\/one\.js.*; move that file out of out\/v24\.x\/node and run again$/, round);
    t.equal(project.inTree('lib/internal/one.js'), 'mine\n', round);
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

  project.writeTree('lib/dgram.js', 'mine\n');
  t.match(await project.failure(), /^the fork tree out\/v24\.x\/node has changes \(M lib\/dgram\.js \.\.\.\); .*KEEP_TREE=1/);
  t.equal(project.inTree('lib/dgram.js'), 'mine\n');
  process.env['KEEP_TREE'] = '1';
  t.equal(await project.apply(), 'the fork tree is taken as it is');
  delete process.env['KEEP_TREE'];
  t.equal(project.inTree('lib/dgram.js'), 'mine\n');
  t.equal(project.inTree('src/one.cc'), ours['src/one.cc']);

  await project.repository.git(['commit', '--quiet', '--all', '--message=mine']);
  t.match(await project.failure(), /^the fork tree out\/v24\.x\/node has commits of its own; /);
  t.equal(project.inTree('lib/dgram.js'), 'mine\n');

  await project.repository.git(['reset', '--quiet', '--hard', head!]);
  project.writeTree('lib/untracked.js', 'mine\n');
  t.equal(await project.apply(), '2 proposals, 1 files updated', 'a file that is in nobody\'s way may stay');
  t.equal(project.inTree('lib/untracked.js'), 'mine\n');

  project.writeTree('lib/internal/two.js', 'mine\n');
  project.write('proposals.json', JSON.stringify({ proposals: [{ ...proposals[0], owns: ['lib/internal/two.js'] }] }));
  t.match(await project.failure(), /lib\/internal\/two\.js/, 'one that is in the way is named');
  t.equal(project.inTree('lib/internal/two.js'), 'mine\n');
});

t.test('an update that was cut off is brought to its end', async (t) => {
  const project = await Project.make(t);
  await project.apply();
  const { head } = await project.state();
  const { repository, tree, base } = project;
  const cut = async (rewind: readonly string[]) => {
    project.writeTree('.git/bindery-applying', head!);
    project.writeTree('.git/index.lock', 'half');
    project.writeTree('.git/bindery-index', 'half');
    project.writeTree('.git/bindery-index.lock', 'half');
    project.writeTree('src/one.cc', 'ha');
    rmSync(path.join(tree, 'lib/internal/one.js'), { force: true });
    for (const ref of rewind) await repository.git(['update-ref', ref, base.commit]);
  };
  for (const rewind of [['HEAD', 'refs/bindery/applied'], ['refs/bindery/applied'], []]) {
    await cut(rewind);
    t.equal(await project.apply(), '2 proposals, unchanged', `not yet written: ${rewind.join(', ') || 'nothing'}`);
    t.same(await project.state(), clean(head));
    t.equal(project.inTree('src/one.cc'), ours['src/one.cc']);
    t.equal(project.inTree('lib/internal/one.js'), ours['lib/internal/one.js']);
  }
  await cut(['HEAD']);
  project.write('src/one.cc', 'new();\n');
  t.equal(await project.apply(), '2 proposals, 1 files updated', 'then to what is wanted now');
  t.equal(project.inTree('src/one.cc'), 'new();\n');
});
