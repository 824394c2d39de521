import { existsSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { linePaths } from '../../core/paths.ts';
import { which } from '../../core/system.ts';
import { type Texts, text } from '../files.ts';
import { line, outcome } from '../project.ts';
import { baseRecord, commit, repositoryOf } from '../repository.ts';
import { newFindings, hookFaults } from '../../pull/lint.ts';

const script = (...lines: readonly string[]) => text('\'use strict\';', '', ...lines);

/** What is said of a branch that changes a file like this. */
async function said(t: Test, file: string, before: string, after: string): Promise<string> {
  const repository = await repositoryOf(path.join(t.testdir({}), 'node'), { [file]: before } satisfies Texts);
  const base = (await repository.resolve('HEAD'))!;
  const changed = await commit(repository, base, 'net: x', { [file]: after });
  return outcome(async () => {
    const faults = await hookFaults(line, baseRecord(base), { repository, name: 'x', commit: changed, needs: [] });
    return { did: faults.join('; ') || 'nothing' };
  });
}

t.test('what a hook needs and nobody brings', async (t) => {
  const before = script('unknown();', 'module.exports = 1;');
  t.match(await said(t, 'lib/net.js', before, script('unknown();', 'early.check();', 'module.exports = 1;')),
          /^x: lib\/net\.js:4: 'early' is not defined\. no-undef; correct the hooks in patches\/x, or name/);
  t.match(await said(t, 'lib/net.js', before, script('const early = require(\'net\');', 'unknown();', 'module.exports = 1;')),
          /^lib\/net\.js:3: 'early' is assigned a value but never used\. no-unused-vars$/);
});

t.test('what the base has too', async (t) => {
  t.equal(await said(t, 'lib/net.js', script('unknown();', 'module.exports = 1;'), script('unknown();', 'module.exports = 2;')),
          'nothing');
});

// What `make lint` installs, and the style of a tree that `make apply` makes.
const hasLinters = which('cpplint') !== undefined && which('clang-format') !== undefined &&
  existsSync(path.join(linePaths(line.name).tree, '.clang-format'));

t.test('in C++', { skip: !hasLinters }, async (t) => {
  t.match(await said(t, 'src/tcp_wrap.cc', 'int a;\n', `int a;\nint ${'b'.repeat(90)};\n`), /^src\/tcp_wrap\.cc:2: .*80/);
});

t.test('findings that are new', async (t) => {
  const finding = (line: number) => ({ file: 'a', line, what: 'w' });
  const before = new Map([['a', text('x', 'y')]]);
  const after = new Map([['a', text('new', ' x', 'y', 'y')]]);
  t.same(newFindings([before, [finding(1), finding(2)]], [after, [1, 2, 3, 4].map(finding)]), [finding(1), finding(4)]);
  t.same(newFindings([before, [finding(1)]], [after, [finding(1)]]), [], 'of a changed line');
});
