import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { Line } from '../../core/lines.ts';
import { rebase } from '../../rebase/rebase.ts';
import { after } from '../files.ts';
import { changedLines } from '../patch.ts';
import { line } from '../project.ts';
import { http, local, manual, net, oneHttp, ours, Project } from './project.ts';

t.test('a file that upstream has deleted', async (t) => {
  const project = await Project.make(t);
  const [, cause] = await project.upstream(['lib: more', { 'lib/net.js': `${net}// Last.\n` }], ['http: drop it', { 'lib/http.js': null }]);
  const { end, said } = await project.rebase(t);
  t.same(said, [`lib/http.js: the hook \`one();\` has lost its file, by commit ${cause} http: drop it`]);
  t.match(end, /^one has a conflict with upstream; /);
  t.match(await project.repository.git(['status', '--porcelain']), /^DU lib\/http\.js$/m);
  t.equal(project.inTree('lib/http.js'), oneHttp);
  await project.repository.git(['add', 'lib/http.js']);
  t.match((await project.continue(t)).end, /^lib\/http\.js is new in the tree, and hooks only change files; /);
  await project.repository.git(['rm', '--quiet', '-f', 'lib/http.js']);
  t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 2 patches refreshed${local}`);
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/net.js', '+  one(options);']);
  await project.settled(t, 'upstream');
});

t.test('a line that upstream has taken out', async (t) => {
  const project = await Project.make(t);
  const without = http.replace('const v9 = 9;\n', '');
  const [cause] = await project.upstream(
    ['http: drop v9', { 'lib/http.js': without }],
    ['http: more', { 'lib/http.js': `${without}// Last.\n` }]);
  const { said } = await project.rebase(t);
  t.same(said, [`lib/http.js:10: the hook \`one();\` is in conflict with commit ${cause} http: drop v9`]);
});

t.test('a file that upstream has renamed', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['http: move it', { 'lib/http.js': null, 'lib/internal/http.js': http.replace('v3', 'three') }]);
  const { end, said } = await project.rebase(t);
  t.equal(end, `2 proposals merged on upstream, 1 patches refreshed${local}`);
  t.equal(said[0], 'one: its hooks follow into lib/internal/http.js, which was lib/http.js');
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/internal/http.js', '+one();', 'lib/net.js', '+  one(options);']);
  await project.settled(t, 'upstream');
});

t.test('one that it has renamed and changed at the hook', async (t) => {
  const project = await Project.make(t);
  const changed = http.replace('const v9 = 9;', 'let nine;');
  const [cause] = await project.upstream(['http: move and change it', { 'lib/http.js': null, 'lib/internal/http.js': changed }]);
  const { said } = await project.rebase(t);
  t.same(said, [`lib/internal/http.js:10: the hook \`one();\` is in conflict with commit ${cause} http: move and change it, which was lib/http.js`]);
  t.match(await project.repository.git(['status', '--porcelain']), /^UU lib\/internal\/http\.js$/m);
  t.notOk(existsSync(path.join(project.tree, 'lib/http.js')));
  project.writeTree('lib/internal/http.js', after(changed, 'let nine;', 'one();'));
  await project.repository.git(['add', '--all']);
  t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 1 patches refreshed${local}`);
  await project.settled(t, 'upstream');
});

t.test('one that lines.json knows to have moved, with a stub in its former place', async (t) => {
  const project = await Project.make(t);
  const { repository } = project;
  const moved: Line = { ...line, moved: { 'lib/internal/http.js': 'lib/http.js' } };
  const stub = 'module.exports = require(\'internal/http\');\n';
  await project.upstream(['http: move it', { 'lib/http.js': stub, 'lib/internal/http.js': http.replace('v3', 'three') }]);
  await repository.git(['update-ref', 'refs/heads/old', project.record().commit]);
  const before = project.read('patches/one/v24.x.patch');
  const onto = (name: string) => rebase(moved, { tree: project.tree, base: project.record() }, name, project.dir);
  t.match((await onto('upstream')).did, /^2 proposals merged on upstream, 1 patches refreshed/);
  t.same(changedLines(project.read('patches/one/v24.x.patch')), ['lib/internal/http.js', '+one();', 'lib/net.js', '+  one(options);']);
  t.equal(project.inTree('lib/http.js'), stub);
  await project.settled(t, 'upstream');
  t.match((await onto('old')).did, /^2 proposals merged on old, 1 patches refreshed/);
  t.equal(project.read('patches/one/v24.x.patch'), before, 'and back');
  await project.settled(t, 'old');
});

t.test('a heading that is gone', async (t) => {
  const project = await Project.make(t);
  const page = manual.replace('## `connect()`', '## `dial()`');
  const [cause] = await project.upstream(['doc: rename it', { 'doc/api/net.md': page }]);
  const { said, end } = await project.rebase(t);
  const expected = `doc/api/net.md: doc/api/net.md has the heading "## \`connect()\`" 0 times, not once (commit ${cause} doc: rename it): mend the block in doc-api/one.net.md`;
  t.same(said, [expected]);
  t.match(end, /^one has a conflict with upstream; /);
  t.equal(await project.repository.git(['diff', '--name-only', '--diff-filter=U']), '');
  t.same(await project.continue(t), { said, end }, 'as long as it is not mended');
  project.write('doc-api/one.net.md', ours['doc-api/one.net.md']!.replace('connect', 'dial'));
  t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 0 patches refreshed${local}`);
  t.match(project.inTree('doc/api/net.md'), /C\.\n\n## `one\(\)`\n\nOne\.\n/);
  await project.settled(t, 'upstream');
});

t.test('a page that is gone', async (t) => {
  const project = await Project.make(t);
  const [cause] = await project.upstream(['doc: drop the page', { 'doc/api/net.md': null, 'doc/api/all.md': manual }]);
  const { said } = await project.rebase(t);
  t.match(said, [`doc/api/net.md: doc-api/one-24.net.md has lost its page, by commit ${cause} doc: drop the page: `, /doc-api\/one\.net\.md/]);
  for (const name of ['one', 'one-24']) project.write(`doc-api/${name}.all.md`, project.read(`doc-api/${name}.net.md`));
  project.write('proposals.json', ours['proposals.json']!.replaceAll('.net.md', '.all.md'));
  t.match((await project.continue(t)).end, /^2 proposals merged on upstream/);
  t.match(project.inTree('doc/api/all.md'), '## `one24()`');
  await project.settled(t, 'upstream');
});

t.test('a file of the user in the way is not lost', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['lib: a new one', { 'lib/new.js': 'theirs\n' }]);
  project.writeTree('lib/new.js', 'mine\n');
  t.match((await project.rebase(t)).end, /^lib\/new\.js in \S+ is nobody's, and the rebase has one to put there; move it out of the tree and run again$/);
  t.equal(project.inTree('lib/new.js'), 'mine\n');
  rmSync(path.join(project.tree, 'lib/new.js'));
  t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 0 patches refreshed${local}`);
  await project.settled(t, 'upstream');
});
