import { existsSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { BaseRecord } from '../../base/base.ts';
import type { Line } from '../../core/lines.ts';
import { after, program, write } from '../files.ts';
import { programInPath } from '../process.ts';
import { line } from '../project.ts';
import type { Project as SmallProject } from './project.ts';

// The stand-in for an official binary is in a separate folder.
process.env['BINDERY_OUT'] = t.testdir({});
const { out } = await import('../../core/paths.ts');
const { rebase } = await import('../../rebase/rebase.ts');
const { rebaseAbort, rebaseContinue } = await import('../../rebase/resume.ts');
const { commit } = await import('../repository.ts');
const { elsewhere, http, net, Project, proposals, renamed, version } = await import('./project.ts');

const since = { release: 'v24.22.0', why: 'since then it is serve()' };
const due: Line = { ...line, next: { release: 'v24.22.1', since } };
const linesWith = (its: object) => JSON.stringify({
  default: line.name,
  lines: { 'v24.x': { base: line.base, ...its }, 'v20.x': { base: line.base } },
}, null, 2);

/** A node with those files built in. */
function official(release: string, texts: Readonly<Record<string, string>>): void {
  const file = path.join(out, 'cache', 'official', release, 'package', 'bin', 'node');
  const natives = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name.replace(/^lib\/|\.js$/g, ''), text]));
  write(`${file}.json`, JSON.stringify(natives));
  program(file, `exec cat '${file}.json'`);
}

const hooked = (text: string) => after(text, 'function serve(options) {', '  two(options);');
const withOne = after(renamed, 'function connect(options) {', '  one(options);');
// The registry has nothing newer.
programInPath(t, path.join(out, 'bin', 'npm'), 'echo "[]"');
official('24.22.1', { 'lib/net.js': renamed, 'lib/http.js': http });

/** A project with hooks of `two` for 24.22.1, where that owns another file as well. */
async function projectWith(t: Test): Promise<SmallProject> {
  const [first, second] = proposals;
  const next = { state: 'carried', owns: ['lib/internal/serve.js'] };
  const project = await Project.make(t, {
    'lines.json': linesWith({ next: due.next }),
    'proposals.json': `${JSON.stringify({ proposals: [first, { ...second, lines: { 'v24.x': { state: 'carried', next } } }] }, null, 2)}\n`,
    'lib/internal/serve.js': 'serve();\n',
  });
  const { repository } = project;
  const [from, to] = [await commit(repository, undefined, 'x', { 'lib/net.js': withOne }),
                      await commit(repository, undefined, 'x', { 'lib/net.js': hooked(withOne) })];
  project.write('patches/two/v24.x-next.patch', await repository.git(['diff-tree', '-p', '--full-index', from, to]));
  return project;
}

const onto = (project: SmallProject, name: string, to?: 'next') =>
  rebase(due, { tree: project.tree, base: project.record() }, name, project.dir, to);
const linesOf = (project: SmallProject) =>
  (JSON.parse(project.read('lines.json')) as { lines: Record<string, object> }).lines['v24.x'];
const twoOf = (project: SmallProject) =>
  (JSON.parse(project.read('proposals.json')) as { proposals: typeof proposals }).proposals[1]!.lines['v24.x'];

/** Checks that the hooks and states of the next release have become the line's own. */
async function promoted(t: Test, project: SmallProject): Promise<void> {
  t.notOk(existsSync(path.join(project.dir, 'patches/two/v24.x-next.patch')));
  t.same(linesOf(project), { base: line.base, since });
  t.same(twoOf(project), { state: 'carried', owns: ['lib/internal/serve.js'] });
  t.equal(project.inTree('lib/internal/serve.js'), 'serve();\n');
  await project.settled(t, 'upstream');
  await project.applies(t, 'one');
  await project.applies(t, 'two');
}

t.test('hooks for the next release become the line\'s own', async (t) => {
  const project = await projectWith(t);
  const before = await project.state();
  const theirs = `// First.\n${renamed}`;
  await project.upstream(['net: rename listen()', { 'lib/net.js': theirs, 'src/node_version.h': version('24.22.2') }]);
  t.match((await onto(project, 'upstream')).did, /^2 proposals merged on upstream, 2 patches refreshed; /);
  await promoted(t, project);
  t.equal(project.inTree('lib/net.js'), hooked(after(theirs, 'function connect(options) {', '  one(options);')));
  t.match(before.project['patches/two/v24.x-next.patch'], /^\+ {2}two\(options\);$/m);
});

t.test('where they are in conflict with it', async (t) => {
  const project = await projectWith(t);
  const theirs = renamed.replace('function serve(options) {', 'function serve(options, more) {');
  await project.upstream(['net: more', { 'lib/net.js': theirs, 'src/node_version.h': version('24.22.0') }]);
  const before = await project.state();
  await t.rejects(onto(project, 'upstream'), { message: 'two has a conflict with upstream' });
  await rebaseAbort(due, project.place, project.dir);
  t.same(await project.state(), before, 'undone, they are there still');
  await t.rejects(onto(project, 'upstream'), { message: 'two has a conflict with upstream' });
  const resolved = after(after(theirs, 'function connect(options) {', '  one(options);'), 'function serve(options, more) {', '  two(options);');
  project.writeTree('lib/net.js', resolved);
  await project.repository.git(['add', '--all']);
  t.match((await rebaseContinue(due, project.place, project.dir)).did, /^2 proposals merged on upstream, /);
  await promoted(t, project);
  t.equal(project.inTree('lib/net.js'), resolved);
});

t.test('before that release the line keeps its own', async (t) => {
  const project = await projectWith(t);
  const next = project.read('patches/two/v24.x-next.patch');
  await project.upstream(['http: more', { 'lib/http.js': `// First.\n${http}` }]);
  t.match((await onto(project, 'upstream')).did, /^2 proposals merged on upstream, /);
  t.equal(project.read('patches/two/v24.x-next.patch'), next);
  t.same(linesOf(project), { base: line.base, next: due.next });
  t.same(twoOf(project), { state: 'carried', next: { state: 'carried', owns: ['lib/internal/serve.js'] } });
  t.match(project.inTree('lib/net.js'), after(net, 'function listen(options) {', '  two(options);').split('\n').slice(15).join('\n'));
  await project.settled(t, 'upstream');
});

t.test('hooks for a release are written beside the line\'s own', async (t) => {
  const project = await Project.make(t, { 'lines.json': linesWith({}) });
  const record = await project.startLib('two');
  const own = project.read('patches/two/v24.x.patch');
  const { repository } = project;
  const make = (its: Line, from: BaseRecord, release: string) => rebase(its, { tree: project.tree, base: from }, release, project.dir, 'next');
  await t.rejects(make(line, record, '24.22.1'), { message: 'two has a conflict with 24.22.1' });
  project.writeTree('lib/net.js', hooked(withOne));
  await repository.git(['add', '--all']);
  t.match((await rebaseContinue(line, project.place, project.dir)).did, /^2 proposals merged on 24\.22\.1, /);
  t.equal(project.read('patches/two/v24.x.patch'), own);
  t.notOk(existsSync(path.join(project.dir, 'patches/one/v24.x-next.patch')), 'its own fit, some lines away');
  const next = project.read('patches/two/v24.x-next.patch');
  t.match(next, / function serve\(options\) \{\n\+ {2}two\(options\);\n/);
  t.ok(next.endsWith(elsewhere), 'what lies elsewhere is kept');
  t.same(linesOf(project), { base: line.base, next: { release: 'v24.22.1' } });

  // The next one begins with these, and reports what landed.
  const landed = `function one() {}\n${renamed}`;
  official('24.23.0', { 'lib/net.js': landed, 'lib/http.js': http });
  const made = project.record();
  t.match(made, { version: '24.22.1', part: 'lib' });
  await make({ ...line, next: { release: 'v24.22.1' } }, made, '24.23.0');
  t.same(linesOf(project), { base: line.base, next: { release: 'v24.23.0' } });
  const [first] = (JSON.parse(project.read('proposals.json')) as { proposals: typeof proposals }).proposals;
  t.same(first, {
    ...proposals[0],
    lines: {
      ...proposals[0]!.lines,
      'v24.x': {
        ...proposals[0]!.lines['v24.x'],
        next: { state: 'landed', releases: ['v24.23.0'], owns: ['test-parallel/test-one-24.js'] },
      },
    },
  });
  t.equal(project.inTree('lib/net.js'), hooked(landed));
});
