import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { newTree, startFork } from '../../base/tree.ts';
import { Repository } from '../../core/git.ts';
import { withTrailers } from '../../upstream/series.ts';
import { type Texts, write, writeAll } from '../files.ts';
import { line, linesJson, outcome, proposal } from '../project.ts';
import { baseRecord, commit, me, ownRepository, signature } from '../repository.ts';
import { toolsIn } from '../tools.ts';

const pull = 'https://github.com/nodejs/node/pull/1';
const issue = 'https://github.com/nodejs/node/issues/2';

const landed = (name: string, upstream: readonly string[]) =>
  proposal(name, { upstream, owns: [`lib/internal/${name}.js`], lines: { 'v24.x': { state: 'landed', releases: ['v24.1.0'] } } });

const ours: Texts = {
  'lines.json': linesJson('v24.x'),
  'proposals.json': JSON.stringify({ proposals: [landed('one', [pull, issue]), landed('two', [])] }),
};

/** The commits of a fork tree: message and files. */
const commits: readonly (readonly [string, Texts])[] = [
  ['deps: import', { 'lib/net.js': 'a\nb\nc\n', 'lib/dgram.js': 'd\n' }],
  [`net: add one\n\nBecause.\n\nRefs: ${pull}`, { 'lib/net.js': 'a\none\nb\nc\n', 'lib/internal/one.js': 'ä\n' }],
  ['dgram: add two', { 'lib/net.js': 'a\none\nb\ntwo', 'lib/internal/two.js': 'two\n' }],
];

interface Project {
  readonly dir: string;
  readonly folder: string;
  readonly repository: Repository;
  /** What it did, or its error line. */
  series(): Promise<string>;
}

/** A small project with its own copy of the tools, and its fork tree. */
async function make(t: Test, log = commits): Promise<Project> {
  const dir = t.testdir({});
  const load = toolsIn(dir);
  writeAll(dir, ours);
  await ownRepository(dir);
  const repository = await newTree(path.join(dir, 'out', 'v24.x', 'node'));
  // User settings that would change the format of a patch.
  for (const key of ['diff.noprefix', 'diff.mnemonicPrefix', 'format.signOff']) await repository.git(['config', key, 'true']);
  const made: string[] = [];
  for (const [message, texts] of log) made.push(await commit(repository, made.at(-1), message, texts));
  await startFork(repository, made[0]!);
  await repository.git(['reset', '--quiet', '--hard', made.at(-1)!]);
  await repository.git(['update-ref', 'refs/bindery/applied', 'HEAD']);
  const { series } = await load('upstream/series.ts') as typeof import('../../upstream/series.ts');
  return {
    dir,
    folder: path.join(dir, 'out', 'v24.x', 'series'),
    repository,
    series: () => outcome(() => series(line, baseRecord(made[0]!))),
  };
}

const names = ['0001-net-add-one.patch', '0002-dgram-add-two.patch'];
const done = '2 patches, `git am` makes the fork tree of them';

/** The bytes of all patches. */
const read = (project: Project) => readdirSync(project.folder).sort()
  .map((name) => readFileSync(path.join(project.folder, name), 'utf8'));

t.test('the trailers', async (t) => {
  t.equal(withTrailers('net: x\n', [], me), `net: x\n\n${signature}\n`);
  t.equal(withTrailers(`net: x\n\nB.\n\nRefs: ${pull}\n`, [pull, issue], me),
          `net: x\n\nB.\n\nRefs: ${pull}\nRefs: ${issue}\n${signature}\n`, 'none is there twice');
  t.equal(withTrailers(`net: x\n\nPR-URL: ${pull}\n`, [pull], me), `net: x\n\nPR-URL: ${pull}\n${signature}\n`);
  t.equal(withTrailers(`net: x\n\n${signature}\n`, [pull], me), `net: x\n\nRefs: ${pull}\n${signature}\n`);
});

t.test('git am takes the patches on the bare base', async (t) => {
  const project = await make(t);
  t.equal(await project.series(), done);
  t.same(readdirSync(project.folder).sort(), names);
  const [first, second] = read(project) as [string, string];
  t.match(first, /^From 0{40} Mon Sep 17/);
  t.match(first, `Because.\n\nRefs: ${pull}\nRefs: ${issue}\n${signature}\n\ndiff --git`);
  t.match(first, /^diff --git a\/lib\/net\.js b\/lib\/net\.js\nindex [0-9a-f]{40}\.\.[0-9a-f]{40} 100644$/m);
  t.notMatch(first, /\| +\d|^-- $/m, 'no graph and no version of git');
  t.equal(first.split('Signed-off-by').length, 2);
  t.match(second, `${signature}\n\ndiff --git`);

  await new Repository(project.dir).git(['clone', '--quiet', '--no-checkout', project.repository.dir, 'clone']);
  const clone = new Repository(path.join(project.dir, 'clone'));
  await clone.git(['checkout', '--quiet', '--detach', 'HEAD~2']);
  await clone.git(['am', '--quiet', ...names.map((name) => path.join(project.folder, name))]);
  t.equal(await clone.resolve('HEAD^{tree}'), await project.repository.resolve('refs/bindery/applied^{tree}'));
  t.equal(await clone.git(['log', '-1', '--format=%an %ae%n%B', 'HEAD~1']),
          `${me.name} ${me.email}\nnet: add one\n\nBecause.\n\nRefs: ${pull}\nRefs: ${issue}\n${signature}\n\n`);
});

t.test('again, it writes the same bytes and removes the old ones', async (t) => {
  const project = await make(t);
  await project.series();
  const before = read(project);
  write(path.join(project.folder, '0009-old.patch'), 'old\n');
  t.equal(await project.series(), done);
  t.same(read(project), before);
  t.same(readdirSync(path.join(project.dir, 'out', 'v24.x')).sort(), ['node', 'series'], 'nothing is left over');
  t.equal((await project.repository.git(['status', '--porcelain'])), '');
});

t.test('what cannot be done leaves the old patches', async (t) => {
  const project = await make(t);
  await project.series();
  const before = read(project);
  const fails = async (expected: RegExp) => {
    t.match(await project.series(), expected);
    t.same(read(project), before);
    t.same(readdirSync(path.join(project.dir, 'out', 'v24.x')).sort(), ['node', 'series']);
  };
  write(path.join(project.dir, 'proposals.json'), JSON.stringify({ proposals: [landed('one', [])] }));
  await fails(/^the fork tree has 2 proposals, and proposals\.json 1; run `make apply LINE=v24\.x`, then run again$/);
  write(path.join(project.dir, 'proposals.json'), ours['proposals.json']!);

  const own = new Repository(project.dir);
  await own.git(['config', '--unset', 'user.email']);
  await fails(/^git has no user\.email, and the patches are signed off with it; run `git config user\.email "you@example\.com"` here, then run again$/);
  await own.git(['config', 'user.email', me.email]);
  await own.git(['config', '--unset', 'user.name']);
  await fails(/^git has no user\.name, .*`git config user\.name "Your Name"`/);
});

t.test('a message that upstream would refuse', async (t) => {
  const [base, one, two] = commits as [typeof commits[0], typeof commits[0], typeof commits[0]];
  const project = await make(t, [base, one, ['Add two.', two[1]]]);
  t.match(await project.series(), /^the message of two is not one that upstream takes: \S.*; correct the message in patches\/two and run again$/);
  t.notOk(existsSync(project.folder));
});

t.test('a signature may be as long as a name is', async (t) => {
  const project = await make(t);
  await new Repository(project.dir).git(['config', 'user.email', `${'z'.repeat(60)}@example.com`]);
  t.equal(await project.series(), done);
});

t.test('patches that git reads otherwise are found out', async (t) => {
  const [base, one, two] = commits as [typeof commits[0], typeof commits[0], typeof commits[0]];
  const project = await make(t, [base, one, ['dgram: add two\n\nSo:\n---\nthis is lost.', two[1]]]);
  t.match(await project.series(), /^`git am` reads other messages from the patches than the proposals have; take lines like/);
  t.notOk(existsSync(project.folder));

  const mail = await make(t, [base, one, ['dgram: add two\n\nSo:\ndiff --git a/lib/net.js b/lib/net.js', two[1]]]);
  t.match(await mail.series(), /^`git am` does not take 0002 dgram: add two \(.*\); /);
  t.notOk(existsSync(mail.folder));
});
