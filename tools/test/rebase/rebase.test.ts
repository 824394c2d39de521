import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { type BaseRecord, recordOf } from '../../base/base.ts';
import { applyProposals } from '../../fork/apply.ts';
import { rebase, rebaseTo } from '../../rebase/rebase.ts';
import { after, text } from '../files.ts';
import { changedLines } from '../patch.ts';
import { quietly } from '../process.ts';
import { DATE, line } from '../project.ts';
import { http, local, manual, net, oneHttp, Project, renamed, version } from './project.ts';

t.test('what git can merge is merged, and the hooks written anew', async (t) => {
  const project = await Project.make(t);
  await project.upstream(
    ['lib: more', { 'lib/http.js': `// First.\n${http}`, 'lib/net.js': net.replace('  return options;\n}\n\nconst', '  return freeze(options);\n}\n\nconst') }],
    ['2026-11-01, Version 24.22.0', { 'src/node_version.h': version('24.22.0'), 'doc/api/net.md': manual.replace('C.', 'C, c.') }]);
  const { end, said } = await project.rebase(t);
  t.equal(end, `2 proposals merged on upstream, 2 patches refreshed${local}`);
  t.same(said, ['patches/one/v24.x.patch', 'patches/two/v24.x.patch']);
  t.match(project.read('patches/one/v24.x.patch'), /\+ {2}one\(options\);\n {3}check\(options\);\n {3}return freeze\(options\);\n/);
  t.match(project.read('patches/one/v24.x.patch'), '@@ -9,6 +9,7 @@');
  t.equal(project.inTree('lib/http.js'), `// First.\n${oneHttp}`);
  t.match(project.inTree('doc/api/net.md'), /C, c\.\n\n## `one\(\)`\n\nOne\.\n/);
  t.same(project.record(), {
    ...project.base,
    version: '24.22.0',
    onto: 'upstream',
    commit: await project.repository.resolve('upstream'),
    date: DATE,
  });
  await project.settled(t, 'upstream');
  await project.applies(t, 'one');
  await project.applies(t, 'two');
  t.match((await project.rebase(t)).end, /^v24\.x stands on upstream already; name another base with ONTO$/);
});

t.test('a renamed function stops it: file, hook and commit are named', async (t) => {
  const project = await Project.make(t);
  const [, cause] = await project.upstream(
    ['lib: more', { 'lib/http.js': `// First.\n${http}` }],
    ['net: rename listen()', { 'lib/net.js': renamed }],
    ['net: touch it once more', { 'lib/net.js': `${renamed}// Last.\n` }]);
  const { end, said } = await project.rebase(t);
  t.same(said, [`lib/net.js:17: the hook \`two(options);\` is in conflict with commit ${cause} net: rename listen()`]);
  t.match(end, /^two has a conflict with upstream; resolve in \S+\/out\/v24\.x\/node, `git add` there, then `make rebase-continue LINE=v24\.x`, or `make rebase-abort LINE=v24\.x`$/);
  t.match(project.inTree('lib/net.js'), text(
    '<<<<<<< upstream', 'function serve(options) {', '||||||| 24.21.0-1', 'function listen(options) {', '=======',
    'function listen(options) {', '  two(options);', '>>>>>>> two'));
  t.match(project.inTree('lib/net.js'), '  one(options);', 'what came before is there');
  t.equal(project.inTree('lib/internal/two.js'), 'two();\n', 'and its own files');
  t.match(await project.repository.git(['status', '--porcelain']), /^A {2}lib\/internal\/two\.js\nUU lib\/net\.js\n$/);
  t.match(await project.repository.git(['log', '--format=%s', 'HEAD', '-2']), 'net: add one\nnet: touch it once more\n');

  const resolved = after(after(renamed, 'function connect(options) {', '  one(options);'), 'function serve(options) {', '  two(options);') + '// Last.\n';
  const { repository } = project;
  t.match((await project.continue(t)).end, /^lib\/net\.js:17 has a conflict marker; resolve it, `git add` the file and run again$/);
  await repository.git(['add', 'lib/net.js']);
  t.match((await project.continue(t)).end, /^lib\/net\.js:17 has a conflict marker; /, 'also where it was added');
  await repository.git(['checkout', '--quiet', '--merge', '--', 'lib/net.js']);
  project.writeTree('lib/net.js', resolved);
  t.match((await project.continue(t)).end, /^lib\/net\.js is not marked as resolved; resolve it, `git add` it and run again$/);
  await repository.git(['add', 'lib/net.js']);
  t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 2 patches refreshed${local}`);
  t.equal(project.inTree('lib/net.js'), resolved);
  t.same(changedLines(project.read('patches/two/v24.x.patch')), ['lib/net.js', '+  two(options);']);
  t.match(project.read('patches/two/v24.x.patch'), ' function serve(options) {\n+  two(options);\n');
  await project.settled(t, 'upstream');
  await project.applies(t, 'two');
});

t.test('the user may change more to resolve it', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['net: rename listen()', { 'lib/net.js': renamed }]);
  await project.rebase(t);
  const resolved = after(after(renamed, 'function connect(options) {', '  one(options);'), 'function serve(options) {', '  two(options);');
  project.writeTree('lib/net.js', resolved);
  project.writeTree('lib/http.js', after(oneHttp, 'const v15 = 15;', 'two();'));
  project.writeTree('lib/internal/two.js', 'more();\n');
  await project.repository.git(['add', '--all']);
  for (const [file, content, expected] of [
    ['lib/internal/one.js', 'mine\n', /^lib\/internal\/one\.js was changed, and one owns it, not two; /],
    ['doc/api/net.md', 'mine\n', /^doc\/api\/net\.md was changed in the tree, and its sections come from doc-api; mend them there, undo it here with `git checkout [0-9a-f]{10} -- doc\/api\/net\.md` and run again$/],
    ['lib/new.js', 'mine\n', /^lib\/new\.js is new in the tree, and hooks only change files; /],
  ] as const) {
    const before = existsSync(path.join(project.tree, file)) ? project.inTree(file) : undefined;
    project.writeTree(file, content);
    t.match((await project.continue(t)).end, expected);
    if (before === undefined) rmSync(path.join(project.tree, file));
    else project.writeTree(file, before);
  }
  rmSync(path.join(project.tree, 'src/node_version.h'));
  t.match((await project.continue(t)).end, /^src\/node_version\.h was deleted, and a proposal only changes files; /);
  await project.repository.git(['checkout', 'HEAD', '--', 'src/node_version.h']);
  t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 2 patches refreshed${local}`);
  t.same(changedLines(project.read('patches/two/v24.x.patch')), ['lib/http.js', '+two();', 'lib/net.js', '+  two(options);']);
  t.equal(project.read('lib/internal/two.js'), 'more();\n', 'an owned file comes back');
  await project.settled(t, 'upstream');
});

t.test('undone, everything is as it was', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['net: rename both', { 'lib/net.js': renamed.replaceAll('connect', 'dial'), 'lib/other.js': 'other\n' }]);
  const before = await project.state();
  const timeOf = (file: string) => statSync(path.join(project.tree, file), { bigint: true }).mtimeNs;
  const old = new Map(Object.keys(before.tree).map((file) => [file, timeOf(file)]));
  t.match((await project.rebase(t)).end, /^one has a conflict with upstream; /);
  t.not((await project.state()).tree['lib/other.js'], undefined);
  project.writeTree('lib/http.js', 'mine\n');
  await project.repository.git(['add', '--all']);
  t.match((await project.abort(t)).end, /^\S+\/out\/v24\.x\/node is as it was, on 24\.21\.0-1$/);
  t.same(await project.state(), before);
  t.same([...old].filter(([file, time]) => timeOf(file) !== time).map(([file]) => file),
         ['lib/http.js', 'lib/internal/two.js', 'lib/net.js'], 'only what differs is written');
  t.match((await project.abort(t)).end, /^no rebase of v24\.x is under way; begin one with `make rebase LINE=v24\.x ONTO=<what>`$/);
  t.match((await project.continue(t)).end, /^no rebase of v24\.x is under way; /);
});

t.test('the record of the base comes back as it was written', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['net: rename listen()', { 'lib/net.js': renamed }], ['http: more', { 'lib/net.js': net, 'lib/http.js': `// First.\n${http}` }]);
  writeFileSync(recordOf(project.tree), JSON.stringify(project.record(), null, 1));
  const before = await project.state();
  // A step that passes on the record adds what it did.
  const onto = (name: string) => rebase(line, { tree: project.tree, base: { ...project.record(), did: 'x' } as BaseRecord }, name, project.dir);
  await t.rejects(onto('upstream~1'), { message: 'two has a conflict with upstream~1' });
  await project.abort(t);
  t.same(await project.state(), before);
  await onto('upstream');
  t.equal('did' in project.record(), false);
});

t.test('a rebase of a copy prints nothing of its files', async (t) => {
  const project = await Project.make(t);
  await project.upstream(['http: more', { 'lib/http.js': `// First.\n${http}` }]);
  const said: string[] = [];
  const { did, files } = await quietly(t, () => rebaseTo(line, { tree: project.tree, base: project.record() }, 'upstream', project.dir), said);
  t.same([did, files, said], ['2 proposals merged on upstream, 1 patches refreshed', ['patches/one/v24.x.patch'], []]);
});

t.test('one conflict after the other', async (t) => {
  const project = await Project.make(t);
  const { repository } = project;
  const both = renamed.replaceAll('connect', 'dial');
  await project.upstream(['net: rename both', { 'lib/net.js': both }]);
  const first = await project.rebase(t);
  t.match(first.said, [/^lib\/net\.js:7: the hook `one\(options\);` is in conflict with commit \w+ net: rename both$/]);
  t.match((await project.rebase(t)).end, /^a rebase of v24\.x is under way; end it with `make rebase-continue LINE=v24\.x` or `make rebase-abort LINE=v24\.x`$/);
  await t.rejects(applyProposals(line, project.base, project.tree), { message: 'a rebase of v24.x is under way' });
  const withOne = after(both, 'function dial(options) {', '  one(options);');
  project.writeTree('lib/net.js', withOne);
  await project.repository.git(['add', '--all']);
  const second = await project.continue(t);
  t.match(second.end, /^two has a conflict with upstream; /);
  t.match(second.said, [/^lib\/net\.js:17: the hook `two\(options\);` /]);
  t.match((await project.repository.git(['log', '--format=%s', 'HEAD', '-1'])), 'net: add one');
  project.writeTree('lib/net.js', after(withOne, 'function serve(options) {', '  two(options);'));
  await project.repository.git(['commit', '--quiet', '--all', '--message=resolved']);
  const own = (await repository.resolve('HEAD'))!;
  await repository.git(['update-ref', 'HEAD', 'refs/bindery/base']);
  t.match((await project.continue(t)).end, /^HEAD of \S+ is not on top of what the rebase has made; run `git reset --soft [0-9a-f]{10}` there, which keeps the files, and run again$/);
  await repository.git(['update-ref', 'HEAD', own]);
  const done = await project.continue(t);
  t.equal(done.end, `2 proposals merged on upstream, 2 patches refreshed${local}`);
  t.equal(done.said[0], `commit ${own.slice(0, 7)} resolved: its changes become part of two`, 'a commit is taken too, and named');
  t.match(project.read('patches/one/v24.x.patch'), ' function dial(options) {\n+  one(options);\n');
  await project.settled(t, 'upstream');
});
