import { chmodSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { ensure, which } from '../../core/system.ts';
import { setPath } from '../process.ts';

t.test('programs are looked for as a shell does', async (t) => {
  const dir = t.testdir({
    one: { 'tool': '', 'only-text': '' },
    two: { 'tool': '', 'later': '', 'only-text': '', 'with space': '' },
  });
  for (const file of ['one/tool', 'two/tool', 'two/later', 'two/with space']) chmodSync(path.join(dir, file), 0o755);
  chmodSync(path.join(dir, 'one/only-text'), 0o644);
  chmodSync(path.join(dir, 'two/only-text'), 0o644);
  setPath(t, ['missing', 'one', 'two'].map((folder) => path.join(dir, folder)).join(path.delimiter));
  t.equal(which('tool'), path.join(dir, 'one', 'tool'), 'the first');
  t.equal(which('later'), path.join(dir, 'two', 'later'));
  t.equal(which('with space'), path.join(dir, 'two', 'with space'));
  t.equal(which('only-text'), undefined, 'what cannot be run does not count');
  t.equal(which('nowhere'), undefined);
  delete process.env['PATH'];
  t.equal(which('nowhere'), undefined);
});

t.test('nothing is installed where nothing is missing', async (t) => {
  const asked: string[] = [];
  const need = (name: string) => ({
    package: name,
    present: async () => {
      asked.push(name);
      return true;
    },
  });
  t.same(await ensure([need('a'), need('b')]), { did: 'nothing missing' });
  t.same(asked, ['a', 'b']);
});

t.test('without apt the packages are named', async (t) => {
  setPath(t, t.testdir({}));
  const need = (name: string, present: boolean) => ({ package: name, present: async () => present });
  await t.rejects(ensure([need('git', true), need('ninja-build', false), need('xz-utils', false)]), {
    message: 'these programs are missing: ninja-build, xz-utils (Debian\'s names)',
  });
});
