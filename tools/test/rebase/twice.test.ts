import { writeFileSync } from 'node:fs';
import t from 'tap';
import { recordOf } from '../../base/base.ts';
import { proposalsOn } from '../../core/proposals.ts';
import { commitProposals } from '../../fork/apply.ts';
import { after, text } from '../files.ts';
import { line } from '../project.ts';
import { commit } from '../repository.ts';
import { Project, upstream } from './project.ts';

const file = 'lib/internal/child_process.js';
const entry = (name: string) => `  '${name}': {\n    simultaneousAccepts: true,\n    send() {},\n  },\n`;
const before = text(
  '\'use strict\';', '', 'const handleConversion = {', entry('net.Native') + entry('net.Server') + entry('net.Socket') +
  entry('dgram.Native') + entry('dgram.Socket') + '};', '', 'module.exports = { handleConversion };');
const native = entry('dgram.Native').split('\n')[0]!;
const ours = before.replace(native, `  'net.BoundSocket': bound.conversion,\n\n${native}`);
// Upstream adds its own at the end of the same literal.
const theirs = before.replace(`${entry('dgram.Socket')}};`, `${entry('dgram.Socket')}${entry('net.BoundSocket')}};`);

/** A project whose proposal `two` adds a key to a literal. */
async function project(t: Parameters<typeof Project.make>[0]): Promise<Project> {
  const made = await Project.make(t);
  const { repository } = made;
  const base = await commit(repository, undefined, 'deps: import', { ...upstream, [file]: before });
  const hooked = await commit(repository, base, 'two', { [file]: ours });
  made.write('patches/two/v24.x.patch', await repository.git(['diff-tree', '-p', '--full-index', base, hooked]));
  writeFileSync(recordOf(made.tree), JSON.stringify({ ...made.record(), commit: base }));
  await repository.git(['update-ref', 'refs/bindery/base', base]);
  await made.applyAgain();
  return made;
}

t.test('a key that a proposal and the new base both have', async (t) => {
  const made = await project(t);
  const base = made.record().commit;
  const onto = await commit(made.repository, base, 'child_process: send bound sockets', { [file]: theirs });
  await made.repository.git(['update-ref', 'refs/heads/upstream', onto]);
  const was = await made.state();
  const { end, said } = await made.rebase(t);
  t.match(end, /^two has a conflict with upstream; resolve in /);
  t.ok(said.some((one) => /^lib\/internal\/child_process\.js:\d+: 'net\.BoundSocket' in handleConversion stands twice, first in line \d+, with the hooks of two$/.test(one)), said.join('\n'));
  t.equal((made.inTree(file).match(/'net\.BoundSocket'/g) ?? []).length, 2, 'it can be seen in the tree');
  t.match((await made.continue(t)).end, /^lib\/internal\/child_process\.js is not marked as resolved; /);
  await made.repository.git(['add', file]);
  t.match((await made.continue(t)).end, /^two has a conflict with upstream; /, 'it is there still');
  made.writeTree(file, after(theirs, '};', 'handleConversion[\'net.BoundSocket\'] = bound.conversion;'));
  await made.repository.git(['add', file]);
  t.match((await made.continue(t)).end, /^2 proposals merged on upstream, /);
  await made.settled(t, 'upstream');
  t.match(made.read('patches/two/v24.x.patch'), /^\+handleConversion\['net\.BoundSocket'\] = bound\.conversion;$/m);
  t.not(made.read('patches/two/v24.x.patch'), was.project['patches/two/v24.x.patch']);
});

t.test('applied, it is an error too', async (t) => {
  const made = await project(t);
  const { repository } = made;
  const onto = await commit(repository, made.record().commit, 'child_process: send bound sockets', { [file]: theirs });
  const base = { ...made.record(), commit: onto };
  await t.rejects(commitProposals(repository, proposalsOn(line, made.dir), line, base, made.dir), {
    name: 'UserError',
    message: /^lib\/internal\/child_process\.js:\d+: 'net\.BoundSocket' in handleConversion stands twice, first in line \d+, with the hooks of two$/,
  });
});
