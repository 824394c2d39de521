import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { Line } from '../../../core/lines.ts';
import type { Matrix } from '../../../upstream/survival/survival.ts';
import { program, type Texts } from '../../files.ts';
import { hook } from '../../patch.ts';
import { programInPath } from '../../process.ts';
import { line, linesJson, proposal } from '../../project.ts';
import { forkTree } from '../../repository.ts';
import { toolsIn } from '../../tools.ts';

const net = Array.from({ length: 12 }, (_, index) => `const v${index + 1} = ${index + 1};\n`).join('');

const patch = hook('lib/net.js', net, 5, 'hook();');

const proposals = [
  proposal('one', { lines: { 'v24.x': { state: 'landed', releases: ['v26.4.0', 'v24.2.0'] } } }),
  proposal('two', { lines: { 'v24.x': { state: 'landed', releases: ['v24.2.0'] } } }),
];

/** A release with this text as its lib/net.js. It is queried as if it were a node. */
const release = (text: string) => `exec '${process.execPath}' -e "
  process.binding = () => ({ net: ${JSON.stringify(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}, other: '' });
  process.argv.splice(1, 3);
  (0, eval)(process.env.SCRIPT);" -- "$@"`;

const texts: Texts = {
  '24.1.0': net,
  '24.2.0': net,
  '24.3.0': net.replace('const v5', 'let v5'),
  '24.10.0': `more();\n${net}`,
};

/** An npm whose registry has those releases. Each download takes a while and is logged. */
const npm = (dir: string) => `case $1 in
view) echo '${JSON.stringify([...Object.keys(texts), '24.4.0', '24.5.0-rc.1', '20.0.0'])}' ;;
pack)
  version=\${5##*@}
  echo "start $version" >> '${dir}/npm.log'
  sleep 0.3
  echo "end $version" >> '${dir}/npm.log'
  test -d "${dir}/registry/$version" || exit 1
  tar -czf "$4/node.tgz" -C "${dir}/registry/$version" package
  echo node.tgz ;;
esac`;

/** A node that answers like textsIn() expects: node --no-deprecation -e <script> <ids>. */
function node(text: string): string {
  return release(text).replace('exec', 'SCRIPT="$3" exec');
}

async function project(t: Test): Promise<{ dir: string; tools: typeof import('../../../upstream/survival/survival.ts'); tree: string }> {
  const dir = t.testdir({
    'lines.json': linesJson('v24.x'),
    'bases.lock.json': JSON.stringify({ lines: {} }),
    'proposals.json': JSON.stringify({ proposals }),
    'patches': { one: { 'v24.x.patch': patch } },
  });
  const load = toolsIn(dir);
  for (const [version, text] of Object.entries(texts)) {
    program(path.join(dir, 'registry', version, 'package', 'bin', 'node'), node(text));
  }
  programInPath(t, path.join(dir, 'bin', 'npm'), npm(dir));
  const { repository } = await forkTree(path.join(dir, 'out', 'v24.x', 'node'), { 'lib/net.js': net });
  const tools = await load('upstream/survival/survival.ts') as
    typeof import('../../../upstream/survival/survival.ts');
  return { dir, tools, tree: repository.dir };
}

/** The largest number of concurrent downloads. */
function most(log: string): number {
  let running = 0;
  return Math.max(...log.trim().split('\n').map((entry) => (running += entry.startsWith('start') ? 1 : -1)));
}

t.test('from the registry to the picture', async (t) => {
  const { dir, tools, tree } = await project(t);
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
  writeFileSync(path.join(dir, 'patches', 'one', 'v24.x-next.patch'), patch.replace(' const v5', ' let v5'));
  const { repository: next } = await forkTree(path.join(dir, 'out', 'v24.x', 'lib-next'), { 'lib/net.js': texts['24.3.0']! });
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
