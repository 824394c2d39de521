import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { Repository } from '../../core/git.ts';
import { DATE } from '../project.ts';
import { repositoryOf } from '../repository.ts';

const repository = (t: Test): Promise<Repository> => repositoryOf(t.testdir({}), { 'a.txt': 'one\n' });

t.test('revisions', async (t) => {
  const made = await repository(t);
  const head = await made.resolve('HEAD');
  t.match(head, /^[0-9a-f]{40}$/);
  t.equal(await made.resolve('refs/heads/fork'), head);
  t.equal(await made.resolve(head!), head);
  t.equal(await made.resolve('refs/bindery/applied'), undefined);
  t.equal(await made.resolve('0'.repeat(40)), undefined, 'an id of nothing');
});

t.test('exit codes', async (t) => {
  const made = await repository(t);
  await t.rejects(made.git(['rev-parse', '--verify', 'nothing']), { name: 'UserError' });
  t.equal((await made.try(['rev-parse', '--verify', 'nothing'])).code, 128);
  await t.rejects(made.git(['diff', '--exit-code', '--no-index', 'a.txt', '/dev/null']), { name: 'UserError' },
                  'a 1 is a failure where nobody looks at it');
});

t.test('content is stored byte by byte', async (t) => {
  const made = await repository(t);
  t.equal(`${await made.store('one\n')}\n`, await made.git(['rev-parse', 'HEAD:a.txt']));
  const bytes = Uint8Array.from([0, 255, 13, 10, 128]);
  const object = await made.store(bytes);
  t.equal(Number(await made.git(['cat-file', '-s', object])), bytes.length);
  t.equal(await made.git(['cat-file', 'blob', await made.store('ä\r\n')]), 'ä\r\n');
});

t.test('another index leaves the work tree and its own index alone', async (t) => {
  const made = await repository(t);
  const index = path.join(made.dir, '.git', 'another-index');
  const staged = made.withIndex(index);
  const before = readFileSync(path.join(made.dir, '.git', 'index'));
  await staged.git(['read-tree', 'HEAD']);
  const object = await staged.store('two\n');
  await staged.git(['update-index', '--add', '--cacheinfo', `100644,${object},a.txt`]);
  await staged.git(['update-index', '--add', '--cacheinfo', `100644,${object},b.txt`]);
  const commit = await staged.commitIndex('change\n', [(await made.resolve('HEAD'))!], DATE);

  t.equal(await made.git(['show', `${commit}:a.txt`]), 'two\n');
  t.equal(await made.git(['ls-tree', '--name-only', commit]), 'a.txt\nb.txt\n');
  t.equal(readFileSync(path.join(made.dir, 'a.txt'), 'utf8'), 'one\n');
  t.notOk(existsSync(path.join(made.dir, 'b.txt')));
  t.ok(readFileSync(path.join(made.dir, '.git', 'index')).equals(before));
  t.equal(await made.git(['status', '--porcelain']), '');
  t.not(await made.resolve('HEAD'), commit, 'a commit moves no branch');
});

t.test('equal content makes equal commits', async (t) => {
  const made = await repository(t);
  const head = (await made.resolve('HEAD'))!;
  const message = 'title\n\nText: ä\n';
  const commit = await made.commitIndex(message, [head], DATE);
  t.equal(commit, await made.commitIndex(message, [head], DATE), 'again');
  t.not(commit, await made.commitIndex('other\n', [head], DATE), 'another message');
  t.not(commit, await made.commitIndex(message, [head], '1700000001 +0000'), 'another date');
  t.not(commit, await made.commitIndex(message, [], DATE), 'other parents');
  const who = 'bindery <bindery@localhost> 1700000000 +0000';
  const tree = (await made.git(['rev-parse', `${commit}^{tree}`])).trim();
  t.equal(await made.git(['cat-file', 'commit', commit]),
          `tree ${tree}\nparent ${head}\nauthor ${who}\ncommitter ${who}\n\n${message}`, 'nothing else is in it');
});

t.test('nobody\'s settings count', async (t) => {
  const made = await repository(t);
  const home = path.join(made.dir, '.git');
  writeFileSync(path.join(home, '.gitconfig'), '[user]\n\tname = Somebody\n[core]\n\tautocrlf = true\n');
  const env = { HOME: home };
  t.notMatch(await made.git(['config', '--list'], { env }), /somebody/i);
  t.equal((await made.git(['config', 'core.autocrlf'], { env })).trim(), 'false');
});

t.test('a git hook\'s environment names no other repository', async (t) => {
  const made = await repository(t);
  const top = (await made.git(['rev-parse', '--absolute-git-dir'])).trim();
  const names = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE'];
  t.teardown(() => { for (const name of names) Reflect.deleteProperty(process.env, name); });
  for (const name of names) process.env[name] = '/nonexistent';
  t.equal((await made.git(['rev-parse', '--absolute-git-dir'])).trim(), top);
  t.equal((await made.git(['status', '--porcelain'])).trim(), '');
});
