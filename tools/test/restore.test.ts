import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import t from 'tap';
import { restoreStripped } from '../restore.ts';

t.test('gyp is put back, without what Python keeps beside it', async (t) => {
  const kept = path.join(path.dirname(createRequire(import.meta.url).resolve('node-gyp/package.json')), 'gyp', 'pylib', '__pycache__');
  const planted = path.join(kept, 'planted.pyc');
  await mkdir(kept, { recursive: true });
  await writeFile(planted, '');
  t.teardown(() => rm(planted));
  const tree = t.testdir({ 'configure.py': '', 'node.gyp': '' });
  const restored = await restoreStripped(path.join(tree, 'sysroot'), tree);
  t.match(restored, [/^gyp of node-gyp \d/], 'the lists name no builtins');
  const pylib = path.join(tree, 'tools', 'gyp', 'pylib');
  t.ok(existsSync(path.join(pylib, 'gyp', '__init__.py')));
  t.notOk(existsSync(path.join(pylib, '__pycache__')));
});
