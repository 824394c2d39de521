import { rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { addOwned } from '../../fork/export/owned.ts';
import { ours, Project } from './export-project.ts';

t.test('new files', async (t) => {
  const project = await Project.make(t);
  project.writeTree('lib/internal/a.js', 'a();\n');
  project.writeTree('test/parallel/test-z.js', 'z();\n');
  await project.refused(t, /^lib\/internal\/a\.js is new, and no proposal owns it; run again with PROPOSAL=one or PROPOSAL=two, which then takes it$/);
  const before = project.read('proposals.json');
  await project.roundTrip(t, 'one');
  t.equal(project.read('proposals.json'), before
    .replace(/( +)"lib\/internal\/one\.js",/, '$1"lib/internal/a.js",\n$&')
    .replace(/( +)"test-parallel\/test-one\.js"/, '$&,\n$1"test-parallel/test-z.js"'));
  t.equal(project.read('lib/internal/a.js'), 'a();\n');
  t.equal(project.read('test-parallel/test-z.js'), 'z();\n');

  project.writeTree('src/b.cc', 'b();\n');
  await project.roundTrip(t, 'two');
  t.match(project.read('proposals.json'), /"state": "landed",\n +"owns": \["src\/b\.cc"\],\n/, 'what has landed owns more than tests on its line');

  project.writeTree('lib/internal/three.js', 'other\n');
  await project.refused(t, /^lib\/internal\/three\.js is a file of three already, which has it on another line; /, 'one');
  rmSync(path.join(project.tree, 'lib/internal/three.js'));
  project.writeTree('test/fixtures/x.txt', 'x\n');
  await project.refused(t, /^test\/fixtures\/x\.txt is new, and new files of ours lie in lib, src, test\/parallel and benchmark alone; /, 'one');
});

t.test('the manual', async (t) => {
  const project = await Project.make(t);
  const page = 'doc/api/net.md';
  project.edit(page, 'One.\n\n', 'One, two.\n\nNew.\n\n');
  project.edit(page, 'Sub.', 'Sub\nsub.');
  project.edit(page, 'More.', 'Still more.');
  project.edit(page, '    description: One.', '    description: >\n      Two.');
  project.edit(page, '    and more.', '    and\n    less.');
  project.edit(page, '[two]: #two', '[two]: #2\n[u]: #u');
  t.equal(await project.roundTrip(t), '1 files changed in the tree, 2 updated in the project');
  t.equal(project.read('doc-api/one.net.md'), ours['doc-api/one.net.md']!
    .replace('One.\n\n', 'One, two.\n\nNew.\n\n').replace('Sub.', 'Sub\nsub.')
    .replace('    description: One.', '    description: >\n      Two.').replace('  and more.', '  and\n  less.')
    .replace('[two]: #two', '[two]: #2\n[u]: #u'));
  t.equal(project.read('doc-api/one-more.net.md'), ours['doc-api/one-more.net.md']!.replace('More.', 'Still more.'));

  project.edit(page, 'Sub\nsub.\n', 'Sub\nsub.\n\n### `one.end()`\n\nEnd.\n');
  await project.roundTrip(t);
  t.match(project.read('doc-api/one.net.md'), 'sub.\n\n### `one.end()`\n\nEnd.\n\n<!-- splice');
});

t.test('the list of owned files keeps its form', async (t) => {
  const add = (list: string, owned: string) => addOwned(`{"proposals": [{"name": "x", "owns": ${list}, "lines": {}}]}`, 0, { state: 'carried' }, 'v24.x', owned)
    .replace(/^.*"owns": (.*), "lines".*$/s, '$1');
  t.equal(add('[]', 'lib/a.js'), '["lib/a.js"]');
  t.equal(add('["lib/b.js"]', 'lib/a.js'), '["lib/a.js", "lib/b.js"]');
  t.equal(add('["lib/a.js"]', 'lib/b.js'), '["lib/a.js", "lib/b.js"]');
  t.equal(add('["lib/c.js", "lib/a.js"]', 'lib/b.js'), '["lib/c.js", "lib/a.js", "lib/b.js"]', 'what has no order gets none');
  t.equal(add('[\n  "lib/a.js"\n]', 'lib/b.js'), '[\n  "lib/a.js",\n  "lib/b.js"\n]');
});
