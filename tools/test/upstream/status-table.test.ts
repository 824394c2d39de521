import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { isStatusTableCurrent, statusTable, writeStatusTable } from '../../upstream/status-table.ts';
import { folderOf, patch, README } from './status-project.ts';

const table = [
  '| Topic | Upstream | v24.x | v20.x |',
  '| --- | --- | --- | --- |',
  '| Numbers: 1 proposal | [#1](https://github.com/nodejs/node/pull/1), [#22](https://github.com/nodejs/node/issues/22) | ' +
    '1 carried, 1 hook line | 1 not applicable |',
  '| Ordinals: 1 proposal |  | 1 landed in v26.1.0 and v24.2.0 |  |',
  '| Hook lines in all |  | 1 | 0 |',
  '| What is verified here |  | built and tested | lib/ and addon on v20.x official, hooks of src/ unverified |',
  '',
].join('\n');

t.test('the table of the README', async (t) => {
  const folder = folderOf(t);
  const file = path.join(folder, 'README.md');
  t.equal(statusTable(folder), table);
  t.equal(isStatusTableCurrent(folder), false);
  t.match((await writeStatusTable(folder)).did, /README\.md is written anew$/);
  t.equal(readFileSync(file, 'utf8'), README.replace('old $1\n', () => table));
  t.equal(isStatusTableCurrent(folder), true);
  t.match((await writeStatusTable(folder)).did, /README\.md is current$/);
  writeFileSync(path.join(folder, 'patches/one/v24.x.patch'), patch.replace('+1,2', '+1,3').replace('+2\n', '+2\n+3\n'));
  t.equal(isStatusTableCurrent(folder), false, 'a hook line more');
  for (const text of ['# x\n', README.replace('/status', 'status'), README.replace('<!-- status', ' <!-- status')]) {
    writeFileSync(file, text);
    t.throws(() => isStatusTableCurrent(folder), { name: 'UserError', message: /README\.md has no lines <!-- status --> and / });
  }
});
