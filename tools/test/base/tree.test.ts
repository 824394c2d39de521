import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { prepareTree } from '../../base/tree.ts';
import { Repository } from '../../core/git.ts';

t.test('what a build and upstream\'s tests leave in a fork tree is no change of it', async (t) => {
  const dir = t.testdir({ 'own.js': '' });
  const repository = new Repository(dir);
  await repository.git(['init', '--quiet']);
  await prepareTree(repository);
  await mkdir(path.join(dir, 'out'));
  for (const file of ['out/node', 'config.gypi', 'node_trace.1.log']) await writeFile(path.join(dir, file), '');
  t.equal(await repository.git(['ls-files', '--others', '--exclude-standard']), 'own.js\n');
});
