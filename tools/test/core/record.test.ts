import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readRecord, writeRecord } from '../../core/record.ts';

t.test('a record', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'below', 'some.json');
  t.equal(await readRecord(file, 'this'), undefined);
  await writeRecord(file, { a: [1] });
  t.same(await readRecord(file, 'this'), { a: [1] });
  await writeRecord(file, null);
  t.equal(await readRecord(file, 'this'), null);
  t.same(readdirSync(path.dirname(file)), ['some.json'], 'nothing else is left there');
});

t.test('what is no record', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'some.json');
  writeFileSync(file, '{');
  await t.rejects(readRecord(file, '`make x`'), {
    name: 'UserError', message: /some\.json is no JSON$/, remedy: 'remove it; `make x` writes it again',
  });
  await t.rejects(readRecord(folder, '`make x`'), { code: 'EISDIR' }, 'other errors are told as they are');
});
