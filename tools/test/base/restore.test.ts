import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import t from 'tap';
import { restoreStripped, STRIPPER } from '../../base/restore.ts';
import { run } from '../../core/run.ts';
import { write } from '../files.ts';

t.test('gyp is put back, without what Python keeps beside it', async (t) => {
  const kept = path.join(path.dirname(createRequire(import.meta.url).resolve('node-gyp/package.json')), 'gyp', 'pylib', '__pycache__');
  const planted = path.join(kept, 'planted.pyc');
  write(planted, '');
  t.teardown(() => rm(planted));
  const tree = t.testdir({ 'configure.py': '', 'node.gyp': '' });
  const restored = await restoreStripped(path.join(tree, 'sysroot'), tree);
  t.match(restored, [/^gyp of node-gyp \d/], 'the lists name no builtins');
  const pylib = path.join(tree, 'tools', 'gyp', 'pylib');
  t.ok(existsSync(path.join(pylib, 'gyp', '__init__.py')));
  t.notOk(existsSync(path.join(pylib, '__pycache__')));
});

t.test('what a builtin requires is bundled from the suite, whatever lies in folders above it', async (t) => {
  const named = (name: string, text: string) => ({ 'package.json': `{"version":"1.0.0","main":"${name}"}`, [name]: text });
  const dir = t.testdir({
    node_modules: { 'brace-expansion': named('index.js', 'module.exports = "from above"') },
    sysroot: { usr: { share: { nodejs: {
      'minimatch': named('index.cjs', 'exports.braces = require("brace-expansion"); exports.sep = require("path").sep;'),
      'brace-expansion': named('main.js', 'module.exports = `${require("balanced-match")} it`;'),
      'balanced-match': named('index.js', 'module.exports = "the suite has"'),
    } } } },
    tree: { 'configure.py': '', 'node.gyp': "'deps/minimatch/index.js'" },
  });
  const tree = path.join(dir, 'tree');
  t.match(await restoreStripped(path.join(dir, 'sysroot'), tree), ['minimatch 1.0.0']);
  const bundle = path.join(tree, 'deps', 'minimatch', 'index.js');
  t.same(createRequire(import.meta.url)(bundle), { braces: 'the suite has it', sep: path.sep });
  t.notMatch(await readFile(bundle, 'utf8'), dir, 'and is the same wherever the sysroot is');
});

t.test('amaro is put back in the version that the tree names', async (t) => {
  const dir = t.testdir({
    package: { dist: { 'index.js': 'exports.transformSync = () => {};' } },
    tree: { 'configure.py': '', 'node.gyp': '', 'src': { 'amaro_version.h': '#define AMARO_VERSION "1.2.3"\n' } },
  });
  const [tree, archive] = [path.join(dir, 'tree'), path.join(dir, 'amaro.tgz')];
  await run('tar', ['-czf', archive, '-C', dir, 'package']);
  const restore = (version: string) => restoreStripped(path.join(dir, 'sysroot'), tree, new Map([[`amaro/-/amaro-${version}.tgz`, archive]]));
  await t.rejects(restore('1.2.4'), { name: 'UserError', message: 'src/amaro_version.h names amaro 1.2.3, which bases.lock.json does not have' });
  t.match(await restore('1.2.3'), ['amaro 1.2.3']);
  t.equal(await readFile(path.join(tree, STRIPPER), 'utf8'), 'exports.transformSync = () => {};');
});

t.test('a package that the suite has not is not taken from elsewhere', async (t) => {
  const dir = t.testdir({
    node_modules: { 'brace-expansion': { 'index.js': '' } },
    sysroot: { usr: { share: { nodejs: { minimatch: { 'index.js': 'require("brace-expansion")' } } } } },
    tree: { 'configure.py': '', 'node.gyp': "'deps/minimatch/index.js'" },
  });
  await t.rejects(restoreStripped(path.join(dir, 'sysroot'), path.join(dir, 'tree')), /brace-expansion/);
});
