import { existsSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { loadLock, NPM, packageIn } from '../../base/lock.ts';
import { changelogOf, npmIn, placeNpm } from '../../base/npm.ts';
import { baseRecord } from '../repository.ts';
import { write } from '../files.ts';

t.test('the npm of a release is the last that its list of changes names', async (t) => {
  t.equal(changelogOf('24.21.0'), 'doc/changelogs/CHANGELOG_V24.md');
  t.equal(npmIn('* **deps**: upgrade npm to 11.19.0 (npm team)\n* **deps**: upgrade npm to 11.18.0\n'), '11.19.0');
  t.equal(npmIn(''), undefined);
  for (const [name, locked] of loadLock()) if (name !== 'main') t.match(packageIn(locked, NPM)?.path, /^npm\/-\/npm-\d/, name);
});

t.test('npm stays where it is, and another version is refused', async (t) => {
  const [, version] = /npm-(.*)\.tgz$/.exec(packageIn(loadLock().get('v24.x')!, NPM)!.path)!;
  const tree = t.testdir({});
  const prefix = path.join(tree, 'prefix');
  const base = { ...baseRecord('commit'), version: '24.21.0-1' };
  const carries = (carried: string) => {
    write(path.join(tree, changelogOf('24.21.0')), `upgrade npm to ${carried}\n`);
  };
  const own = path.join(prefix, 'lib', 'node_modules', 'npm', 'package.json');
  write(own, JSON.stringify({ version }));
  carries(version!);
  await placeNpm('v24.x', base, tree, prefix);
  t.ok(existsSync(own));
  carries('1.2.3');
  await t.rejects(placeNpm('v24.x', base, tree, prefix), { name: 'UserError', message: /^Node\.js 24\.21\.0 carries npm 1\.2\.3, and/ });
});
