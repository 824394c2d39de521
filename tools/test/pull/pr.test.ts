import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { Repository } from '../../core/git.ts';
import type { Proof } from '../../pull/prove.ts';
import { root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import { summaryOf, unwrapped } from '../../pull/pr-text.ts';
import { after, text, type Texts, write, writeAll } from '../files.ts';
import { hook } from '../patch.ts';
import { line, linesJson, outcome, proposal } from '../project.ts';
import { baseRecord, forkTree, ownRepository, repositoryOf, signature } from '../repository.ts';
import { toolsIn } from '../tools.ts';

const pull = 'https://github.com/nodejs/node/pull/1';

const carried = (name: string, extra: object = {}) => proposal(name, {
  upstream: [pull],
  owns: [`lib/internal/${name}.js`],
  lines: { 'v24.x': { state: 'carried' } },
  ...extra,
});

/** A message as upstream gets it, without trailers. */
const sent = (title: string) =>
  `${title}\n\nThere was none.\n\n\`net.${title.at(-1)}()\` is there.\n\nAnother way is slower.\n`;

const description = `\`net.one()\` is there, which
it was not.

## Alternatives

* Another way
  is slower.

\`\`\`js
net.one();
net.one();
\`\`\`
`;

const figures = `# x

## What it costs

Measured once on v24.x:

| | ratio |
| --- | --- |
| \`one()\` to Node's | 1.00 |
| \`two()\` to C | 2.00 |
| \`two()\`, \`one()\` to C | 3.00 |

## What that means

Little.
`;

const platforms = `# y

## Limits

* Tried on Linux. arm64
  was not run.
* It is small.
`;

const net = text('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');

const ours: Texts = {
  'lines.json': linesJson('v24.x'),
  'proposals.json': JSON.stringify({
    proposals: [
      carried('one', { owns: ['lib/internal/one.js', 'test-parallel/test-one.js'], docs: ['doc-api/one.net.md'] }),
      carried('two', { needs: ['one'] }),
      carried('three', { lines: { 'v24.x': { state: 'landed', releases: ['v24.1.0'], owns: ['test-parallel/test-three.js'] } } }),
    ],
  }),
  'doc/figures.md': figures,
  'doc/platforms.md': platforms,
  'lib/internal/one.js': '\'use strict\';\n\nmodule.exports = 1;\n',
  'lib/internal/two.js': '\'use strict\';\n\nmodule.exports = 2;\n',
  'test-parallel/test-one.js': '\'use strict\';\n\nrequire(\'../common\');\n',
  'test-parallel/test-three.js': '\'use strict\';\n\nrequire(\'../common\');\n',
  'doc-api/one.net.md': '<!-- splice after="## `net.a()`" -->\n## `net.one(value)`\n\n<!-- YAML\nadded: REPLACEME\n-->\n\n* `value` {integer}\n\nIt is one.\n',
  'patches/one/message.txt': sent('net: add one'),
  'patches/one/description.md': description,
  'patches/one/v24.x.patch': hook('lib/net.js', net, 2, 'one', 1),
  'patches/two/message.txt': sent('net: add two'),
  'patches/two/description.md': 'It does two.\n',
  'patches/two/v24.x.patch': hook('lib/net.js', after(net, 'b', 'one'), 3, 'two', 1),
  'patches/three/message.txt': 'net: add three\n\nIt was not there.\n',
  'patches/three/description.md': 'It adds three.\n',
  'patches/three/landed.message.txt': 'test: add three\n\nThey are tests.\n',
  'patches/three/landed.description.md': 'These are tests.\n',
};

const upstream: Texts = {
  'lib/net.js': net,
  'node.gyp': '{}\n',
  'doc/api/net.md': '# Net\n\n## `net.a()`\n\nA.\n\n## `net.z()`\n\nZ.\n',
};

interface Project {
  readonly dir: string;
  readonly tree: Repository;
  readonly base: string;
  /** What it did, or its error line. */
  pr(name: string): Promise<string>;
  /** Does it for each, where one that is named fails; resolves to its error line. */
  prs(failing: string): Promise<string>;
  /** The description of a proposal. */
  text(name: string): string;
}

/**
 * A small project with its own copy of the tools, and its fork tree.
 * @param proof what is said to be found out about each branch
 */
async function make(t: Test, changes: Texts = {}, proof: Proof = { facts: ['it was not built'], faults: [], seconds: 0 }): Promise<Project> {
  const dir = t.testdir({});
  const load = toolsIn(dir);
  for (const file of ['eslint.config.mjs', '.remarkrc.mjs', 'package.json', 'tsconfig.json']) cpSync(path.join(root, file), path.join(dir, file));
  symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  writeAll(dir, { ...ours, ...changes });
  await ownRepository(dir);
  const { repository: tree, base } = await forkTree(path.join(dir, 'out', 'v24.x', 'node'), upstream);
  const { pr, requireNeeds } = await load('pull/pr.ts') as typeof import('../../pull/pr.ts');
  const { needFaults } = await load('fork/needs.ts') as typeof import('../../fork/needs.ts');
  const { prs } = await load('pull/prs.ts') as typeof import('../../pull/prs.ts');
  return {
    dir,
    tree,
    base,
    pr: (name) => outcome(async () => {
      requireNeeds(line, name, needFaults(line));
      return pr(line, baseRecord(base), name, async () => proof);
    }),
    prs: (failing) => outcome(async () => {
      const found = { facts: [], own: 1, upstream: 2, seconds: 3 };
      await prs(line, baseRecord(base), async ({ name }) => ({ ...found, faults: name === failing ? ['it fails'] : [] }));
      return { did: 'no fault' };
    }),
    text: (name) => readFileSync(path.join(dir, 'out', 'v24.x', 'pr', `${name}.md`), 'utf8'),
  };
}

/** What must not change: HEAD, the index and the work tree. */
const stateOf = async (repository: Repository) => [
  await repository.git(['symbolic-ref', 'HEAD']),
  await repository.resolve('HEAD'),
  await repository.git(['ls-files', '--stage']),
  await repository.git(['status', '--porcelain']),
];

t.test('no line breaks within paragraphs and items', async (t) => {
  t.equal(unwrapped('# a\nb\nc `d\ne`.\n#1 f\n#2 g.\n\n* f\n  g\n  * h\n    [i][]\n* j\n\n  k\n  l\n'), '# a\nb c `d e`. #1 f #2 g.\n\n* f g\n  * h [i][]\n* j\n\n  k l\n');
  t.equal(unwrapped('1. a\n   b\n2. c\n\n   ```js\n   d\n   e\n   ```\n\nf:\n\n```text\ng\nh\n```\n'),
          '1. a b\n2. c\n\n   ```js\n   d\n   e\n   ```\n\nf:\n\n```text\ng\nh\n```\n');
  const same = '| a |\n| - |\n| b |\n\n> c\n> d\n\n[e]: f\n[g]: h\n<!-- i -->\n';
  t.equal(unwrapped(same), same);
});

t.test('what a part of the manual adds and changes', async (t) => {
  t.same(summaryOf('<!-- splice change="### `a(b)`" -->\n<!-- splice option="### `a(b)`" beside="c" -->\n* x\n' +
                   '<!-- splice after="## `d`" -->\n## `e()`\n\n```c\n# define x\n```\n', 'doc/api/net.md'),
         ['`e()`, in `doc/api/net.md`', 'changed: `a(b)`, in `doc/api/net.md`']);
});

t.test('a proposal alone', async (t) => {
  const project = await make(t);
  const before = await stateOf(project.tree);
  t.equal(await project.pr('one'), 'bindery/one in out/v24.x/node');
  t.same(await stateOf(project.tree), before);
  const { tree } = project;
  t.equal(await tree.resolve('bindery/one^'), project.base);
  t.equal(await tree.git(['log', '-1', '--format=%an %ae %cn%n%B', 'bindery/one']),
          `Zoë Q zoe@example.com Zoë Q\n${sent('net: add one')}\nRefs: ${pull}\n${signature}\n\n`);
  t.same((await tree.git(['diff', '--name-only', project.base, 'bindery/one'])).trim().split('\n'),
         ['doc/api/net.md', 'lib/internal/one.js', 'lib/net.js', 'test/parallel/test-one.js']);
  t.equal(await tree.git(['show', 'bindery/one:lib/net.js']), 'a\nb\none\nc\nd\ne\nf\ng\nh\n');

  const said = project.text('one');
  t.ok(said.startsWith('# net: add one\n\n`net.one()` is there, which it was not.\n\n## Alternatives\n\n* Another way is slower.\n\n' +
    '```js\nnet.one();\nnet.one();\n```\n\n## API\n\n'), said);
  t.match(said, '* `net.one(value)`, in `doc/api/net.md`\n');
  t.match(said, '* `lib/internal/one.js` (new)\n* `lib/net.js`: 1 line, at 3\n');
  t.match(said, '* `test/parallel/test-one.js`\n');
  t.match(said, `This branch alone, on 24.21.0-1, on Linux on ${process.arch}:\n\n* it was not built\n`);
  t.match(said, 'All proposals of v24.x together, on 24.21.0-1: unverified (no run is recorded).\n');
  t.match(said, '## Benchmarks\n\nNone were run. `make pr PROPOSAL=one LINE=v24.x BENCH=1` compares the branch with its base.\n\n');
  t.match(said, 'Measured once on v24.x:\n\n| | ratio |\n| --- | --- |\n| `one()` to the Node.js | 1.00 |\n\n');
  t.match(said, '* Tried on Linux. arm64 was not run.\n\n## Upstream');
  t.match(said, '* [ ] `make -j4 test` (Unix), or `vcbuild test` (Windows) passes\n* [x] tests and/or benchmarks are included\n* [x] doc');
  t.match(said, /\n<!-- git -C out\/v24\.x\/node push <your fork> bindery\/one; .* -->\n$/);
  t.notMatch(said, /two/);
  const remark = path.join(root, 'node_modules', 'remark-cli', 'cli.js');
  const { stderr } = await run(process.execPath, [remark, '--frail', '--no-stdout', '--no-color', '--quiet', 'out/v24.x/pr/one.md'],
                               { cwd: project.dir, accept: 'any' });
  t.equal(stderr, '');

  const made = await tree.resolve('bindery/one');
  t.equal(await project.pr('one'), 'bindery/one in out/v24.x/node');
  t.equal(await tree.resolve('bindery/one'), made, 'again, it is the same');
});

t.test('a proposal that needs another', async (t) => {
  const project = await make(t);
  t.equal(await project.pr('two'), 'bindery/two in out/v24.x/node, on top of one');
  t.equal(await project.tree.resolve('bindery/two~2'), project.base);
  t.match(project.text('two'), 'It does not apply alone: the branch is on top of `one`.');
  t.match(project.text('two'), '* [ ] tests and/or benchmarks are included\n* [ ] documentation');
});

t.test('a hook beside that of a proposal that it does not need', async (t) => {
  const { proposals } = JSON.parse(ours['proposals.json']!) as { proposals: object[] };
  const two = after(after(net, 'b', 'one'), 'one', 'two');
  const project = await make(t, {
    'proposals.json': JSON.stringify({ proposals: [...proposals, carried('four', { needs: ['one'] })] }),
    'lib/internal/four.js': '\'use strict\';\n\nmodule.exports = 4;\n',
    'patches/four/message.txt': sent('net: add four'),
    'patches/four/description.md': 'It does four.\n',
    'patches/four/v24.x.patch': hook('lib/net.js', two, 4, 'four', 1),
  });
  t.equal(await project.pr('four'), 'bindery/four in out/v24.x/node, on top of one');
  t.equal(await project.tree.git(['show', 'bindery/four:lib/net.js']), 'a\nb\none\nfour\nc\nd\ne\nf\ng\nh\n');
});

t.test('a proposal that does not say what it needs', async (t) => {
  const project = await make(t, { 'lib/internal/one.js': '\'use strict\';\n\nmodule.exports = require(\'internal/two\');\n' });
  t.match(await project.pr('one'), /^one: lib\/internal\/one\.js requires .*two.*; name in proposals\.json what it needs/);
  t.match(await project.pr('two'), /^one: /, 'it is on that branch as well');
  t.equal(await project.pr('three'), 'bindery/three in out/v24.x/node');
});

t.test('what landed stands alone', async (t) => {
  const project = await make(t);
  t.equal(await project.pr('three'), 'bindery/three in out/v24.x/node');
  t.equal(await project.tree.resolve('bindery/three^'), project.base);
  t.match(project.text('three'), /^# test: add three\n\nThese are tests\.\n\n## /);
  t.match(project.text('three'), '## Upstream\n\nUpstream has it since v24.1.0; this is what is left.\n\n* <');
  t.match(project.text('three'), '## Benchmarks\n\nIt changes no file that upstream has a benchmark of.\n\n## Platforms');
});

t.test('a branch with someone\'s work stays', async (t) => {
  const project = await make(t);
  const { tree } = project;
  await project.pr('one');
  const made = await tree.resolve('bindery/one');
  write(path.join(project.dir, 'lib/internal/one.js'), '\'use strict\';\n\nmodule.exports = 11;\n');
  await project.pr('one');
  t.not(await tree.resolve('bindery/one'), made, 'one of ours is replaced');

  await tree.git(['update-ref', 'refs/heads/bindery/one', project.base]);
  t.match(await project.pr('one'), /^the branch bindery\/one of out\/v24\.x\/node has commits that were not made here; rename it/);
  t.equal(await tree.resolve('bindery/one'), project.base);

  await tree.git(['update-ref', 'refs/heads/bindery/one', (await tree.resolve('refs/bindery/pr/one'))!]);
  await tree.git(['symbolic-ref', 'HEAD', 'refs/heads/bindery/one']);
  write(path.join(project.dir, 'lib/internal/one.js'), ours['lib/internal/one.js']!);
  t.match(await project.pr('one'), /^the branch bindery\/one of out\/v24\.x\/node is checked out; check out another/);
});

t.test('what upstream would refuse', async (t) => {
  const project = await make(t, {
    'lib/internal/one.js': '\'use strict\';\n\nvar x = 1\n',
    'patches/two/message.txt': 'Add two.\n',
    'patches/three/landed.description.md': 'These are tests.\n\n## Tests\n\nOf three.\n',
  });
  t.match(await project.pr('one'), /^a linter found something in one: lib\/internal\/one\.js:3:\d+ +error .*; correct it/);
  t.match(await project.pr('two'), /^the message of (one|two) is not one that upstream takes: /);
  t.match(await project.pr('three'), /^patches\/three\/landed\.description\.md: "Tests" is a section that `make pr` writes itself; /);
  t.match(await project.pr('four'), /^v24\.x has no proposal four; name one of one, two, three$/);
  t.notOk(existsSync(path.join(project.dir, 'out', 'v24.x', 'pr')));
  t.equal(await project.tree.git(['for-each-ref', 'refs/heads/bindery', 'refs/bindery/pr']), '');
});

t.test('what was found out about a branch', async (t) => {
  const bench = '| a | b |\n| --- | --- |\n| c | +1.0 % |';
  const proof = { facts: ['it compiles', 'it passes'], faults: [], own: 1, upstream: 2, seconds: 3, bench };
  const proved = await make(t, {}, proof);
  t.equal(await proved.pr('one'), 'bindery/one in out/v24.x/node');
  t.match(proved.text('one'), '* it compiles\n* it passes\n');
  t.match(proved.text('one'), `## Benchmarks\n\n${bench}\n\nMeasured once on v24.x:`);
  const refuted = await make(t, {}, { ...proof, faults: ['a fails', 'b fails'] });
  t.equal(await refuted.pr('one'), 'one: a fails; b fails; correct it in this project and run again (the branch is in out/v24.x-pr/node and its logs beside it)');
  t.equal(await refuted.tree.git(['for-each-ref', 'refs/heads/bindery', 'refs/bindery/pr']), '');
});

t.test('all of them', async (t) => {
  const project = await make(t);
  t.equal(await project.prs('one'), '1 of 3 proposals failed; the last column says why; correct them and run again: what was proved is kept');
  t.equal(await project.tree.resolve('bindery/one'), undefined);
  t.equal(await project.tree.resolve('bindery/two~2'), project.base, 'it goes on');
  t.equal(await project.prs('none'), 'no fault');
  t.ok(await project.tree.resolve('bindery/one'));
});

t.test('in a checkout of Node\'s', async (t) => {
  const project = await make(t);
  const dir = path.join(project.dir, 'checkout');
  // Moved, with changes nearby: git merges it.
  const checkout = await repositoryOf(dir, { ...upstream, 'lib/net.js': `0\n${upstream['lib/net.js']}i\n` });
  write(path.join(dir, 'lib/net.js'), 'work\n');
  const before = await stateOf(checkout);
  process.env['NODE_DIR'] = dir;
  t.teardown(() => delete process.env['NODE_DIR']);

  t.equal(await project.pr('two'), 'bindery/two in checkout, on top of one');
  t.same(await stateOf(checkout), before);
  t.equal(readFileSync(path.join(dir, 'lib', 'net.js'), 'utf8'), 'work\n');
  t.equal(await checkout.resolve('bindery/two~2'), await checkout.resolve('HEAD'));
  t.equal(await checkout.git(['show', 'bindery/two:lib/net.js']), '0\na\nb\none\ntwo\nc\nd\ne\nf\ng\nh\ni\n');
  t.match(await checkout.git(['log', '-1', '--format=%an%n%B', 'bindery/two']), signature);
  t.match(project.text('two'), '\n<!-- git -C checkout push <your fork> bindery/two -->\n');
  t.notOk(existsSync(path.join(dir, '.git', 'bindery-pr-index')));
  t.equal(await project.tree.resolve('bindery/two'), undefined);

  process.env['NODE_DIR'] = path.join(project.dir, 'other');
  await repositoryOf(process.env['NODE_DIR'], { ...upstream, 'lib/net.js': 'a\nb\nX\nc\nd\n' });
  t.match(await project.pr('one'), /^the change conflicts with other, at lib\/net\.js:1; check out a commit nearer/);
  process.env['NODE_DIR'] = path.join(project.dir, 'lib');
  t.match(await project.pr('one'), /^\S+lib is not Node's source; name a checkout/);
  process.env['NODE_DIR'] = path.join(project.dir, 'nowhere');
  t.match(await project.pr('one'), /^\S+nowhere is no checkout of git's; name a checkout/);
});
