import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { fetchCheckout, versionOf } from '../../base/checkout.ts';
import { Repository } from '../../core/git.ts';
import type { GitLine } from '../../core/lines.ts';
import { DATE } from '../project.ts';
import { commit, repositoryOf } from '../repository.ts';

/** A checkout with two commits, the second of which is tagged as a release. */
async function checkout(t: Test): Promise<{ dir: string; commits: readonly string[] }> {
  const dir = path.join(t.testdir({}), 'upstream');
  const repository = await repositoryOf(dir, { 'net.js': 'first\n' });
  const first = (await repository.resolve('HEAD'))!;
  const release = await commit(repository, first, 'release', { 'net.js': 'release\n' });
  await repository.git(['update-ref', 'HEAD', release]);
  await repository.git(['update-ref', 'refs/tags/v22.1.0', release]);
  return { dir, commits: [first, release] };
}

const line = (repository: string, ref = 'v22.1.0'): GitLine =>
  ({ name: 'v22.x', base: { from: 'git', repository, ref, major: 22 } });

t.test('a version', async (t) => {
  t.equal(versionOf('v22.1.0'), '22.1.0');
});

for (const how of ['NODE_DIR', 'a clone'] as const) {
  t.test(`a fork tree from ${how}`, async (t) => {
    const { dir, commits } = await checkout(t);
    const tree = path.join(path.dirname(dir), 'out', 'node');
    mkdirSync(tree, { recursive: true });
    writeFileSync(path.join(tree, 'left'), '');
    if (how === 'NODE_DIR') process.env['NODE_DIR'] = dir;
    t.teardown(() => { delete process.env['NODE_DIR']; });
    // If a checkout is named, nothing may ask the remote.
    const from = how === 'NODE_DIR' ? path.join(dir, 'nowhere') : `file://${dir}`;
    t.same(await fetchCheckout(line(from), tree), { version: '22.1.0', commit: commits[1], date: DATE });
    const fork = new Repository(tree);
    t.equal(readFileSync(path.join(tree, 'net.js'), 'utf8'), 'release\n');
    for (const ref of ['HEAD', 'refs/heads/fork', 'refs/bindery/base', 'refs/bindery/applied']) {
      t.equal(await fork.resolve(ref), commits[1], ref);
    }
    t.equal(await fork.git(['status', '--porcelain']), '', 'what was there is gone, and nothing is changed');
    t.equal(await fork.resolve(commits[0]!), how === 'NODE_DIR' ? commits[0] : undefined, 'a checkout has the history');
  });
}

t.test('what cannot be fetched', async (t) => {
  const { dir } = await checkout(t);
  const tree = path.join(path.dirname(dir), 'node');
  mkdirSync(tree);
  writeFileSync(path.join(tree, 'kept'), '');
  await t.rejects(fetchCheckout(line(path.join(dir, 'nowhere')), tree), {
    name: 'UserError',
    remedy: 'name a checkout of Node that has v22.1.0 with NODE_DIR=<folder>, or verify what can be with `make check LINE=v22.x`',
  });
  t.teardown(() => { delete process.env['NODE_DIR']; });
  for (const folder of [dir, path.join(dir, 'nowhere')]) {
    process.env['NODE_DIR'] = folder;
    await t.rejects(fetchCheckout(line('https://example.com/node.git', 'v22.2.0'), tree), {
      name: 'UserError',
      message: `${folder} is no repository that has v22.2.0`,
    });
  }
  t.equal(readFileSync(path.join(tree, 'kept'), 'utf8'), '', 'the tree that was there stays');
});
