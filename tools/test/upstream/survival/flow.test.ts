import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { Repository } from '../../../core/git.ts';
import type { Line } from '../../../core/lines.ts';
import type { Matrix } from '../../../upstream/survival/survival.ts';
import { toolsIn } from '../../tools.ts';

// A small project with its own copy of the tools, so that their folders are its own.
delete process.env['BINDERY_OUT'];

const line: Line = { name: 'v24.x', base: { from: 'suite', suite: 'forky', source: 'nodejs', library: 'libnode-dev', major: 24 } };
const net = Array.from({ length: 12 }, (_, index) => `const v${index + 1} = ${index + 1};\n`).join('');

const hook = `diff --git a/lib/net.js b/lib/net.js
index 1111111..2222222 100644
--- a/lib/net.js
+++ b/lib/net.js
@@ -3,6 +3,7 @@
 const v3 = 3;
 const v4 = 4;
 const v5 = 5;
+hook();
 const v6 = 6;
 const v7 = 7;
 const v8 = 8;
`;

const proposals = [{
  name: 'one',
  title: 'One',
  upstream: [],
  owns: [],
  docs: [],
  lines: { 'v24.x': { state: 'landed', releases: ['v26.4.0', 'v24.2.0'] } },
}, {
  name: 'two',
  title: 'Two',
  upstream: [],
  owns: [],
  docs: [],
  lines: { 'v24.x': { state: 'landed', releases: ['v24.2.0'] } },
}];

/** A release with this text as its lib/net.js. It is queried as if it were a node. */
const release = (text: string) => `#!/bin/sh\nexec '${process.execPath}' -e "
  process.binding = () => ({ net: ${JSON.stringify(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}, other: '' });
  process.argv.splice(1, 3);
  (0, eval)(process.env.SCRIPT);" -- "$@"\n`;

const texts: Readonly<Record<string, string>> = {
  '24.1.0': net,
  '24.2.0': net,
  '24.3.0': net.replace('const v5', 'let v5'),
  '24.10.0': `more();\n${net}`,
};

/** An npm whose registry has those releases. Each download takes a while and is logged. */
const npm = (dir: string) => `#!/bin/sh
case $1 in
view) echo '${JSON.stringify([...Object.keys(texts), '24.4.0', '24.5.0-rc.1', '20.0.0'])}' ;;
pack)
  version=\${5##*@}
  echo "start $version" >> '${dir}/npm.log'
  sleep 0.3
  echo "end $version" >> '${dir}/npm.log'
  test -d "${dir}/registry/$version" || exit 1
  tar -czf "$4/node.tgz" -C "${dir}/registry/$version" package
  echo node.tgz ;;
esac
`;

function program(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

/** A node that answers like textsIn() expects: node --no-deprecation -e <script> <ids>. */
function node(text: string): string {
  return release(text).replace('exec', 'SCRIPT="$3" exec');
}

async function project(t: Test): Promise<{ dir: string; tools: typeof import('../../../upstream/survival/survival.ts'); tree: string }> {
  const dir = t.testdir({
    'lines.json': JSON.stringify({ default: line.name, lines: { 'v24.x': { base: line.base } } }),
    'bases.lock.json': JSON.stringify({ lines: {} }),
    'proposals.json': JSON.stringify({ proposals }),
    'patches': { one: { 'v24.x.patch': hook } },
  });
  const load = toolsIn(dir);
  for (const [version, text] of Object.entries(texts)) {
    program(path.join(dir, 'registry', version, 'package', 'bin', 'node'), node(text));
  }
  program(path.join(dir, 'bin', 'npm'), npm(dir));
  const tree = new Repository(path.join(dir, 'out', 'v24.x', 'node'));
  mkdirSync(path.join(tree.dir, 'lib'), { recursive: true });
  writeFileSync(path.join(tree.dir, 'lib', 'net.js'), net);
  await tree.git(['init', '--quiet', '--initial-branch=fork']);
  await tree.git(['add', '--all']);
  const commit = await tree.commitIndex('base\n', [], '1700000000 +0000');
  await tree.git(['update-ref', 'HEAD', commit]);
  await tree.git(['update-ref', 'refs/bindery/base', commit]);
  const tools = await load('upstream/survival/survival.ts') as
    typeof import('../../../upstream/survival/survival.ts');
  return { dir, tools, tree: tree.dir };
}

/** The largest number of concurrent downloads. */
function most(log: string): number {
  let running = 0;
  return Math.max(...log.trim().split('\n').map((entry) => (running += entry.startsWith('start') ? 1 : -1)));
}

t.test('from the registry to the picture', async (t) => {
  const { dir, tools, tree } = await project(t);
  const before = process.env['PATH'];
  t.teardown(() => { process.env['PATH'] = before; });
  process.env['PATH'] = `${path.join(dir, 'bin')}:${before}`;
  const cache = path.join(dir, 'out', 'cache');
  const kept = path.join(cache, 'official', '24.3.0', 'package', 'bin', 'node');
  program(kept, node(texts['24.3.0']!));

  const did = 'clean 2, merged 0, conflict 1 of 3 cells';
  t.same(await tools.survival(new Map([[line, tree]])), { did, failed: true });
  const matrix = JSON.parse(readFileSync(path.join(dir, 'out', 'survival', 'v24.x.json'), 'utf8')) as unknown;
  t.same(matrix, {
    line: 'v24.x',
    releases: ['v24.2.0', 'v24.3.0', 'v24.4.0', 'v24.10.0'],
    rows: [{
      proposal: 'one',
      file: 'lib/net.js',
      summary: 'hook();',
      cells: [
        { outcome: 'clean' },
        { outcome: 'conflict' },
        { outcome: 'missing release' },
        { outcome: 'clean', offset: 1 },
      ],
    }],
  }, 'from the landing on, without what is no release');
  t.match(readFileSync(path.join(dir, 'out', 'survival', 'v24.x.svg'), 'utf8'), 'v24.3.0 conflict: lib/net.js: hook();');

  const natives = path.join(cache, 'natives', '24.2.0.json');
  t.same(JSON.parse(readFileSync(natives, 'utf8')), { 'lib/net.js': net }, 'nothing else is kept');
  t.ok(existsSync(kept), 'a binary that was there stays');
  t.notOk(existsSync(path.join(cache, 'official', '24.2.0')), 'one that was not goes');
  t.notOk(existsSync(path.join(cache, 'natives', '24.4.0.json')));

  const log = path.join(dir, 'npm.log');
  t.same(readFileSync(log, 'utf8').split('\n').filter((entry) => entry.startsWith('start')).sort(),
         ['start 24.10.0', 'start 24.2.0', 'start 24.4.0']);
  t.ok(most(readFileSync(log, 'utf8')) <= 2, 'two downloads at once');

  writeFileSync(log, '');
  writeFileSync(natives, '{}');
  t.same(await tools.survival(new Map([[line, tree]])), { did, failed: true }, 'again');
  t.same(readFileSync(log, 'utf8').match(/(?<=start ).*/g)?.sort(), ['24.2.0', '24.4.0'],
         'only what is not there, or lacks a file, is asked for');

  const later = { ...line, since: { release: 'v24.4.0', why: 'a reason' } };
  t.same(await tools.survival(new Map([[later, tree]])), { did: 'clean 1, merged 0, conflict 0 of 1 cells', failed: true });
  const { since, rows } = JSON.parse(readFileSync(path.join(dir, 'out', 'survival', 'v24.x.json'), 'utf8')) as Matrix;
  t.same(since, later.since);
  t.same(rows[0]?.cells.map(({ outcome }) => outcome), ['too old', 'too old', 'missing release', 'clean'], 'before it begins');

  // From a certain release on, separate hooks are kept next to the line's own.
  const due = { ...line, next: { release: 'v24.10.0', since: { release: 'v24.3.0', why: 'another reason' } } };
  writeFileSync(path.join(dir, 'patches', 'one', 'v24.x-next.patch'), hook.replace(' const v5', ' let v5'));
  const next = new Repository(path.join(dir, 'out', 'v24.x', 'lib-next'));
  mkdirSync(path.join(next.dir, 'lib'), { recursive: true });
  writeFileSync(path.join(next.dir, 'lib', 'net.js'), texts['24.3.0']!);
  await next.git(['init', '--quiet', '--initial-branch=fork']);
  await next.git(['add', '--all']);
  await next.git(['update-ref', 'refs/bindery/base', await next.commitIndex('base\n', [], '1700000000 +0000')]);
  const both = new Map<Line, string>([[due, tree], [{ ...due, since: due.next.since, isNext: true }, next.dir]]);
  t.same(await tools.survival(both), { did: 'clean 2, merged 0, conflict 1 of 3 cells', failed: true });
  const cells = ['v24.x', 'v24.x-next'].map((name) => {
    const { releases, rows: [row] } = JSON.parse(readFileSync(path.join(dir, 'out', 'survival', `${name}.json`), 'utf8')) as Matrix;
    return releases.map((release, index) => [release, row!.cells[index]!.outcome]);
  });
  t.same(cells, [
    [['v24.2.0', 'clean']],
    [['v24.3.0', 'clean'], ['v24.4.0', 'missing release'], ['v24.10.0', 'conflict']],
  ]);

  writeFileSync(natives, 'no JSON');
  await t.rejects(tools.survival(new Map([[line, tree]])), { name: 'UserError', message: /24\.2\.0\.json/ });
});
