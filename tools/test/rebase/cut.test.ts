import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { recordOf } from '../../base/base.ts';
import { after } from '../files.ts';
import { local, Project, renamed, version } from './project.ts';

t.test('cut off at any step, it can be ended and undone', async (t) => {
  const project = await Project.make(t);
  const [, last] = await project.upstream(
    ['lib: a new one', { 'lib/new.js': 'new\n' }],
    ['net: rename listen()', { 'lib/net.js': renamed, 'src/node_version.h': version('24.22.0') }]);
  t.ok(last);
  const before = await project.state();
  const file = path.join(project.place, 'rebase.json');
  // The intermediate states, from a rebase that is not interrupted.
  const states: string[] = [];
  await project.rebase(t);
  const stopped = JSON.parse(readFileSync(file, 'utf8')) as { commits: unknown[]; stopped: object };
  const known = (change: object) => JSON.stringify({ ...stopped, ...change });
  const unseen = { ...stopped.stopped, isShown: false };
  states.push(known({ commits: [], stopped: undefined }), known({ stopped: undefined }), known({ stopped: unseen }));
  await project.abort(t);
  t.same(await project.state(), before);

  const resolve = async () => {
    project.writeTree('lib/net.js', after(after(renamed, 'function connect(options) {', '  one(options);'), 'function serve(options) {', '  two(options);'));
    await project.repository.git(['add', '--all']);
  };
  for (const state of states) {
    writeFileSync(file, state);
    // Half of a checkout: files that are in no index, and a lock.
    project.writeTree('.git/index.lock', 'half');
    if (state.includes('isShown')) project.writeTree('lib/new.js', 'ne');
    t.match((await project.abort(t)).end, /is as it was/);
    t.same(await project.state(), before);

    writeFileSync(file, state);
    if (state.includes('isShown')) project.writeTree('lib/new.js', 'ne');
    t.match((await project.continue(t)).end, /^two has a conflict with upstream; /);
    await resolve();
    t.equal(project.inTree('lib/new.js'), 'new\n');
    t.match((await project.abort(t)).end, /is as it was/);
    t.same(await project.state(), before);
  }

  await project.rebase(t);
  await resolve();
  // A folder in place of the record: everything else is written before this fails.
  const obstacle = `${recordOf(project.tree)}.partial`;
  mkdirSync(obstacle);
  await t.rejects(project.continue(t));
  const finishing = readFileSync(file, 'utf8');
  rmSync(obstacle, { recursive: true });
  t.match(finishing, '"finish"');
  await project.abort(t);
  t.same(await project.state(), before, 'undone while it was being written');

  for (const end of ['continue', 'abort'] as const) {
    writeFileSync(file, finishing);
    // The project's files are written, and half of the tree.
    const { files } = (JSON.parse(finishing) as { finish: { files: Record<string, string> } }).finish;
    for (const [name, content] of Object.entries(files)) project.write(name, content);
    project.writeTree('lib/new.js', 'ne');
    if (end === 'abort') {
      await project.abort(t);
      t.same(await project.state(), before);
      continue;
    }
    t.equal((await project.continue(t)).end, `2 proposals merged on upstream, 2 patches refreshed${local}`);
    await project.settled(t, 'upstream');
    // Back to the start, to finish the other way.
    await project.repository.git(['update-ref', 'refs/bindery/onto', 'refs/bindery/base']);
    writeFileSync(file, finishing);
    await project.abort(t);
    t.same(await project.state(), before);
  }

  writeFileSync(file, JSON.stringify({ ...stopped, isAborting: true }));
  t.match((await project.continue(t)).end, /^the rebase of v24\.x is being undone; run `make rebase-abort LINE=v24\.x` again$/);
});
