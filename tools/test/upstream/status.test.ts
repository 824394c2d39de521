import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import t, { type Test } from 'tap';
import { type BaseRecord, keyOf, LAYOUT } from '../../base/base.ts';
import type { Line } from '../../core/lines.ts';
import { isStatusTableCurrent, statusTable, writeStatusTable } from '../../upstream/status-table.ts';
import { toolsIn } from '../tools.ts';

// A small project with its own copy of the tools, so that their folders are its own.
delete process.env['BINDERY_OUT'];
delete process.env['KEEP_TREE'];
delete process.env['GITHUB_TOKEN'];
// There is no mirror to say what a suite contains.
process.env['BINDERY_MIRROR'] = 'file:///nowhere';

const origin = { from: 'suite' as const, suite: 'forky', source: 'nodejs', library: 'libnode-dev', major: 24 };
const line = { name: 'v24.x', base: origin } satisfies Line;
const git = { from: 'git' as const, repository: 'https://example.com/node.git', ref: 'v20.19.0', major: 20 };
const locked = { version: '24.21.0-1', date: '2026-01-01T00:00:00Z', files: [{ path: 'pool/a_all.deb', sha256: 'a'.repeat(64), size: 1 }] };
const record: BaseRecord = {
  layout: LAYOUT, version: '24.21.0-1', origin: 'forky', configure: [], commit: 'c0', date: '1 +0000', sysroot: 'a', lock: keyOf(line, locked),
};

const patch = ['diff --git a/f b/f', 'index 1..2 100644', '--- a/f', '+++ b/f', '@@ -1 +1,2 @@', ' 1', '+2', ''].join('\n');

const proposals = [
  {
    name: 'one',
    title: 'One',
    upstream: ['https://github.com/nodejs/node/pull/1', 'https://github.com/nodejs/node/issues/22'],
    owns: ['lib/internal/one.js'],
    docs: [],
    budget: 3,
    lines: { 'v24.x': { state: 'carried' }, 'v20.x': { state: 'not applicable', reason: 'a | b' } },
  },
  {
    name: 'second',
    title: 'Two',
    upstream: [],
    owns: [],
    docs: [],
    lines: { 'v24.x': { state: 'landed', releases: ['v26.1.0', 'v24.2.0'] } },
  },
];

const table = [
  '| Proposal | Upstream | v24.x | v20.x |',
  '| --- | --- | --- | --- |',
  '| `one` | [#1](https://github.com/nodejs/node/pull/1), [#22](https://github.com/nodejs/node/issues/22) | ' +
    'carried, 1 hook line | not applicable: a \\| b |',
  '| `second` |  | landed in v26.1.0 and v24.2.0 | absent |',
  '| Hook lines in all |  | 1 | 0 |',
  '| What is verified here |  | built and tested | lib/ alone, C++ unverified |',
  '',
].join('\n');

const README = '# x\n\n<!-- status -->\n\nold $1\n\n<!-- /status -->\n\nend\n';

function folderOf(t: Test): string {
  return t.testdir({
    'README.md': README,
    'lines.json': JSON.stringify({ default: 'v24.x', lines: { 'v24.x': { base: origin }, 'v20.x': { base: git } } }),
    'bases.lock.json': JSON.stringify({ lines: { 'v24.x': locked } }),
    'proposals.json': JSON.stringify({ proposals }),
    'patches': { one: { 'v24.x.patch': patch } },
    'lib': { internal: { 'one.js': 'one();\n' } },
  });
}

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

type Tools = Pick<typeof import('../../upstream/status.ts'), 'status'> &
  Pick<typeof import('../../fork/verified.ts'), 'recordVerified'> &
  Pick<typeof import('../../upstream/newest.ts'), 'recordNewest'>;

/** An npm that prints a file as the registry's answer, and fails if there is none. */
function npmOver(dir: string): void {
  mkdirSync(path.join(dir, 'bin'));
  const npm = path.join(dir, 'bin', 'npm');
  writeFileSync(npm, `#!/bin/sh\nexec cat '${dir}/registry.json'\n`);
  chmodSync(npm, 0o755);
  process.env['PATH'] = `${path.dirname(npm)}:${process.env['PATH']}`;
}

/** The tools for a small project. */
async function project(t: Test): Promise<{ dir: string; tools: Tools; put: (file: string, text: string) => void }> {
  const dir = folderOf(t);
  const load = toolsIn(dir);
  const put = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  };
  npmOver(dir);
  const tools = Object.assign({}, ...await Promise.all(['fork/verified.ts', 'upstream/newest.ts', 'upstream/status.ts'].map(load))) as Tools;
  return { dir, tools, put };
}

/** What status prints. */
async function printed(t: Test, tools: Tools, json: boolean, online?: true): Promise<string> {
  const parts: string[] = [];
  const captured = t.capture(process.stdout, 'write', (part: string) => parts.push(part) > 0);
  try {
    await tools.status({ json, ...online && { online } });
  } finally {
    captured.restore();
  }
  return parts.join('');
}

t.test('what is known of each line', async (t) => {
  const { dir, tools, put } = await project(t);
  const today = new Date().toISOString().slice(0, 10);
  const lineStatus = async () => {
    const { lines } = JSON.parse(await printed(t, tools, true)) as { lines: Array<Record<string, unknown>> };
    t.equal(lines.length, 2);
    t.match(lines[1], { name: 'v20.x', base: '20.19.0', verified: 'unverified' });
    const { base, verified, details } = lines[0]!;
    return [base, verified, details];
  };
  t.same(await lineStatus(), [null, 'unverified', 'no run is recorded']);

  mkdirSync(path.join(dir, 'out/v24.x/sysroots/a'), { recursive: true });
  put('out/v24.x/node/.git/bindery-base.json', JSON.stringify(record));
  t.same(await lineStatus(), [record.version, 'unverified', 'no run is recorded']);

  process.env['KEEP_TREE'] = '1';
  await tools.recordVerified(line, record, { level: 'applied only' });
  delete process.env['KEEP_TREE'];
  t.same(await lineStatus(), [record.version, 'unverified', 'no run is recorded'], 'a tree of the user\'s is not recorded');
  await tools.recordVerified(line, record, { level: 'applied only' });
  t.same(await lineStatus(), [record.version, 'applied only', today]);
  await tools.recordVerified(line, record, { level: 'built and tested', passed: 77 });
  const tested = [record.version, 'built and tested', `${today}, 77 tests passed`];
  t.same(await lineStatus(), tested);
  await tools.recordVerified(line, record, { level: 'applied only' });
  t.same(await lineStatus(), tested, 'that the same applies is no news');
  t.notOk(existsSync(path.join(dir, 'out/v24.x/verified.json.partial')));

  for (const file of ['lib/internal/one.js', 'patches/one/v24.x.patch']) {
    const before = readFileSync(path.join(dir, file), 'utf8');
    put(file, file.endsWith('.js') ? 'two();\n' : patch.replace('+2', '+two'));
    t.same(await lineStatus(), [record.version, 'unverified', `it was built and tested on ${today} and has changed since`], file);
    put(file, before);
    t.same(await lineStatus(), tested, file);
  }

  put('out/v24.x/node/.git/bindery-base.json', JSON.stringify({ ...record, version: '24.22.0-1' }));
  t.same(await lineStatus(), ['24.22.0-1', 'unverified', `on ${today} it was built and tested on 24.21.0-1`]);
  await tools.recordVerified(line, { ...record, version: '24.22.0-1' }, { level: 'applied only' });
  t.same(await lineStatus(), ['24.22.0-1', 'applied only', today], 'of another base it is');

  put('bases.lock.json', JSON.stringify({ lines: { 'v24.x': { ...locked, version: '24.22.0-1' } } }));
  t.match(await lineStatus(), [null, 'unverified', /it was applied only on 24\.22\.0-1$/], 'another lock names another base');
  put('bases.lock.json', JSON.stringify({ lines: { 'v24.x': locked } }));
  rmSync(path.join(dir, 'out/v24.x/sysroots'), { recursive: true });
  t.match(await lineStatus(), [null, 'unverified', /it was applied only on 24\.22\.0-1$/]);
  put('out/v24.x/verified.json', '{');
  await t.rejects(tools.status({ json: true }), { message: /^out\/v24\.x\/verified\.json is no JSON$/ });
});

t.test('a line that was rebased, and one that is being', async (t) => {
  const { dir, tools, put } = await project(t);
  mkdirSync(path.join(dir, 'out/v24.x/sysroots/a'), { recursive: true });
  put('out/v24.x/node/.git/bindery-base.json', JSON.stringify({ ...record, version: '24.22.0', onto: 'staging' }));
  const found = async () => {
    const { lines } = JSON.parse(await printed(t, tools, true)) as { lines: Array<Record<string, unknown>> };
    return lines.map(({ base, onto, rebase }) => ({ base, onto, rebase }));
  };
  const other = { base: '20.19.0', onto: null, rebase: null };
  t.same(await found(), [{ base: '24.22.0', onto: 'staging', rebase: null }, other]);
  t.match(await printed(t, tools, false), /^v24\.x +1 +forky +24\.22\.0 \(rebased onto staging\) +unverified/m);
  const state = { onto: { name: 'next' }, names: ['one', 'two', 'three'], commits: ['c1'], stopped: { conflicts: [] } };
  put('out/v24.x/rebase.json', JSON.stringify(state));
  const rebase = { onto: 'next', merged: 1, proposals: 3, conflict: 'two' };
  t.same(await found(), [{ base: '24.22.0', onto: 'staging', rebase }, other]);
  t.match(await printed(t, tools, false), '\nv24.x is being rebased onto next, 1 of 3 proposals merged, two waits to be resolved: ' +
    'end it with `make rebase-continue LINE=v24.x` or `make rebase-abort LINE=v24.x`\n');
  const { stopped, ...going } = state;
  t.ok(stopped);
  put('out/v24.x/rebase.json', JSON.stringify(going));
  t.match(await found(), [{ rebase: { ...rebase, conflict: null } }]);
});

t.test('a line whose source is not here', async (t) => {
  const { tools } = await project(t);
  const other: Line = { name: 'v20.x', base: git };
  await tools.recordVerified(other, { ...record, version: '20.19.0', part: 'lib' }, { level: 'lib/ alone, C++ unverified', passed: 9 });
  const today = new Date().toISOString().slice(0, 10);
  t.match(await printed(t, tools, false), ` 20.19.0      lib/ alone, C++ unverified  ${today}, 9 tests passed\n`);
});

t.test('what there is that is newer', async (t) => {
  const { dir, tools, put } = await project(t);
  const today = new Date().toISOString().slice(0, 10);
  const row = async () => (await printed(t, tools, false)).split('\n').slice(8, 11).map((said) => said.split(/ {2,}/).slice(0, 5));
  const found = async () => {
    const { lines } = JSON.parse(await printed(t, tools, true)) as { lines: Array<{ newest: object }> };
    return lines[0]!.newest;
  };
  t.same(await row(), [
    ['line', 'locked', 'newest in the suite', 'newest published'],
    ['v24.x', '24.21.0-1', '-', 'unknown', 'unknown'],
    ['v20.x', '20.19.0', '-', 'unknown', 'unknown'],
  ], 'without a network, and with nothing recorded');
  t.same(await found(), { locked: '24.21.0-1', suite: null, published: null, ready: null, details: 'unknown' });

  put('bases.lock.json', JSON.stringify({ lines: { 'v24.x': { ...locked, version: '24.2.0+dfsg-1' } } }));
  put('registry.json', JSON.stringify(['24.10.0', '24.9.0', '24.11.0-rc.1', '20.19.0', '2.4.0']));
  const asked = new RegExp(`^${today}T`);
  t.same((await row()).slice(1), [
    ['v24.x', '24.2.0+dfsg-1', '-', '24.10.0', 'not verified, run `make check LINE=v24.x`'],
    ['v20.x', '20.19.0', '-', '20.19.0', 'not verified, run `make check LINE=v20.x`'],
  ]);
  t.match(await found(), { published: { version: '24.10.0', asked }, ready: null });
  await tools.recordNewest(line, '24.10.0', { passed: 9, failed: 2 });
  t.match(await found(), { ready: false, details: `not ready, 2 failed on ${today}` });
  await tools.recordNewest(line, '24.10.0', { passed: 11, failed: 0 });
  const ready = { ready: true, details: `ready, 11 passed on ${today}` };
  t.match(await found(), ready);
  put('patches/one/v24.x.patch', patch.replace('+2', '+two'));
  t.match(await found(), { ready: null, details: /^not verified/ });
  put('patches/one/v24.x.patch', patch);
  t.match(await found(), ready);

  rmSync(path.join(dir, 'registry.json'));
  t.match(await found(), { ...ready, published: { version: '24.10.0' } }, 'what was recorded last');
  const then = '2026-01-02T00:00:00Z';
  const seen = { 'v24.x': { published: { version: '24.10.0', asked: then }, suite: { version: '24.3.0-1', asked: then } } };
  put('out/newest.json', JSON.stringify(seen));
  t.same((await row())[1]!.slice(2, 4), ['24.3.0-1 (as of 2026-01-02)', '24.10.0 (as of 2026-01-02)']);
  put('registry.json', JSON.stringify(['24.10.0', '24.11.0']));
  t.match(await found(), { ready: null, published: { version: '24.11.0' } }, 'there is a newer one');

  const next = { ...line, next: { release: 'v24.11.0' } };
  put('lines.json', JSON.stringify({ default: 'v24.x', lines: { 'v24.x': { base: origin, next: next.next }, 'v20.x': { base: git } } }));
  put('patches/one/v24.x-next.patch', patch.replace('+2', '+next'));
  await tools.recordNewest(next, '24.11.0', { passed: 12, failed: 0 });
  const kept = { ready: true, details: `ready, 12 passed on ${today}, with the hooks kept for it` };
  t.match(await found(), kept);
  put('patches/one/v24.x.patch', patch.replace('+2', '+two'));
  t.match(await found(), kept, 'the line\'s own hooks are not those that were tried');
  put('patches/one/v24.x-next.patch', patch);
  t.match(await found(), { ready: null });
});

t.test('what is printed', async (t) => {
  const { tools } = await project(t);
  t.equal(await printed(t, tools, false), [
    'proposal  budget  v24.x                          v20.x',
    'one       3       carried, 1 hook line           not applicable: a | b',
    'second    -       landed in v26.1.0 and v24.2.0  absent',
    '',
    'line   hook lines  from                                   base         verified',
    'v24.x  1           forky                                  not fetched  unverified  no run is recorded',
    'v20.x  0           https://example.com/node.git v20.19.0  20.19.0      unverified  no run is recorded',
    '',
    'line   locked     newest in the suite  newest published',
    'v24.x  24.21.0-1  -                    unknown           unknown',
    'v20.x  20.19.0    -                    unknown           unknown',
    '',
    'offline: this is what was recorded, upstream was not asked (`make status ONLINE=1` asks)',
    '',
  ].join('\n'));
  const { note, faults, proposals: found, upstream } = JSON.parse(await printed(t, tools, true)) as
    { note: string; faults: string[]; proposals: object[]; upstream: object };
  t.match(note, /^offline: /);
  t.same(faults, []);
  t.same(upstream, {});
  t.same(found, [
    {
      name: 'one',
      title: 'One',
      upstream: proposals[0]!.upstream,
      budget: 3,
      lines: {
        'v24.x': { state: 'carried', hookLines: 1 },
        'v20.x': { state: 'not applicable', reason: 'a | b', hookLines: 0 },
      },
    },
    {
      name: 'second',
      title: 'Two',
      upstream: [],
      budget: null,
      lines: {
        'v24.x': { state: 'landed', releases: ['v26.1.0', 'v24.2.0'], hookLines: 0 },
        'v20.x': { state: 'absent', hookLines: 0 },
      },
    },
  ]);
});

t.test('what upstream says', async (t) => {
  const { dir, tools } = await project(t);
  const [pull, issue] = proposals[0]!.upstream as [string, string];
  const merged = {
    title: 'net: add it', state: 'closed', created_at: '2026-06-01T00:00:00Z', closed_at: '2026-06-23T08:00:00Z',
    pull_request: { merged_at: '2026-06-23T08:00:00Z' },
  };
  const server = createServer((request, response) => {
    const found = request.url === '/repos/nodejs/node/issues/1';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found ? merged : {}));
  }).listen(0, '127.0.0.1');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  t.teardown(close);
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['GITHUB_API_URL'] = `http://${host}`;
  const closing = (text: string) => text.split('\n').slice(12);
  const today = new Date().toISOString().slice(0, 10);
  const rows = [
    'upstream        state                 as asked on  title',
    `nodejs/node#1   merged on 2026-06-23  ${today}   net: add it`,
    'nodejs/node#22  not known             never',
    '',
  ];
  const online = closing(await printed(t, tools, false, true));
  close();
  t.same(online, [
    ...rows,
    'upstream was asked: 1 of 2 answered',
    `nodejs/node#22: ${host} has none there (404); correct the address in proposals.json`,
    '',
  ]);
  t.same(closing(await printed(t, tools, false)), [
    ...rows,
    'offline: this is what was recorded, upstream was not asked (`make status ONLINE=1` asks)',
    '',
  ]);
  t.same(closing(await printed(t, tools, false, true)), [
    ...rows,
    `offline: this is what was recorded, ${host} cannot be reached (ECONNREFUSED)`,
    '',
  ]);
  const { upstream } = JSON.parse(await printed(t, tools, true)) as { upstream: object };
  t.same(Object.keys(upstream), [pull]);
  const asked = new RegExp(`^${today}T`);
  t.match(upstream, { [pull]: { state: 'merged', date: '2026-06-23T08:00:00Z', title: 'net: add it', asked } });

  const opened = { state: 'open', date: '2026-06-01T00:00:00Z', title: 'x', asked: '2026-06-02T00:00:00Z' };
  writeFileSync(path.join(dir, 'out', 'upstream.json'), JSON.stringify({ [issue]: opened }));
  t.match(await printed(t, tools, false), /^nodejs\/node#22 +open since 2026-06-01 +2026-06-02 +x$/m);
});
