import { rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { ours, Project } from './export-project.ts';

t.test('the manual outside our sections', async (t) => {
  const project = await Project.make(t);
  project.edit('doc/api/net.md', 'B.', 'B!');
  await project.refused(t, /^doc\/api\/net\.md:\d+ was changed outside the sections that come from doc-api; undo it there, or put it into a block of a file doc-api\/<proposal>\.net\.md, and run again$/);
  project.edit('doc/api/net.md', 'B!', 'B.');
  project.edit('doc/api/tls.md', 'B.', 'B!');
  await project.refused(t, /^doc\/api\/tls\.md:1 was changed outside/);
});

t.test('what cannot be carried back', async (t) => {
  const project = await Project.make(t);
  const { repository, tree } = project;
  const undo = () => repository.git(['reset', '--quiet', '--hard', 'refs/bindery/applied']);
  rmSync(path.join(tree, 'lib/internal/one.js'));
  await project.refused(t, /^lib\/internal\/one\.js was deleted, and one owns it; .*take lib\/internal\/one\.js off proposals\.json/);
  await undo();
  rmSync(path.join(tree, 'lib/dgram.js'));
  await project.refused(t, /^lib\/dgram\.js of upstream's was deleted, and hooks only change files; /, 'one');
  await undo();
  // A heading that another block refers to.
  project.edit('doc/api/net.md', '### `one.sub()`', '### `one.other()`');
  await project.refused(t, /^doc\/api\/net\.md has the heading "### `one\.sub\(\)`" 0 times/);
  await undo();

  project.write('lib/internal/one.js', 'of the project\n');
  project.edit('lib/internal/one.js', 'one();', 'of the tree');
  await project.refused(t, /^the project's own files have changed since the tree was made \(lib\/internal\/one\.js\), and an export would undo that; /);
  project.write('lib/internal/one.js', ours['lib/internal/one.js']!);
  await undo();

  await repository.git(['reset', '--quiet', '--hard', 'refs/bindery/base']);
  const standing = /^the commits of out\/v24\.x\/node stand neither on refs\/bindery\/applied nor, one a proposal in order, on refs\/bindery\/base; run `git reset --soft refs\/bindery\/applied` there, which keeps the files as they are, and run again$/;
  await project.refused(t, standing);
  // In another order.
  const [first, second] = await repository.commitsBetween('refs/bindery/base', 'refs/bindery/applied');
  for (const commit of [second!, first!]) {
    const [tree, head] = [await repository.resolve('refs/bindery/applied^{tree}'), await repository.resolve('HEAD')];
    const message = await repository.git(['log', '-1', '--format=%B', commit]);
    await repository.git(['reset', '--quiet', '--hard', await repository.commitTree(tree!, [head!], message)]);
  }
  await project.refused(t, standing);
  await repository.git(['reset', '--quiet', '--soft', 'refs/bindery/applied']);
  t.equal(await project.export(), 'nothing changed in the tree, the patches are as they should be', 'the remedy works');
});
