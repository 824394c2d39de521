import t from 'tap';
import { newTree } from '../../base/tree.ts';
import { writeAll } from '../files.ts';

t.test('what a build and upstream\'s tests leave in a fork tree is no change of it', async (t) => {
  const dir = t.testdir({ 'own.js': '' });
  const repository = await newTree(dir);
  writeAll(dir, { 'out/node': '', 'config.gypi': '', 'node_trace.1.log': '' });
  t.equal(await repository.git(['ls-files', '--others', '--exclude-standard']), 'own.js\n');
});
