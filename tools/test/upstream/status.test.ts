import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { Line } from '../../core/lines.ts';
import { line } from '../project.ts';
import { git, linesOf, locked, patch, printed, project, proposals, record, today } from './status-project.ts';

t.test('what is known of each line', async (t) => {
  const { dir, tools, put } = await project(t);
  const lineStatus = async () => {
    const lines = await linesOf(t, tools);
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
  const found = async () => (await linesOf(t, tools)).map(({ base, onto, rebase }) => ({ base, onto, rebase }));
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
  await tools.recordVerified(other, { ...record, version: '20.19.0', part: 'lib' }, { level: tools.overOfficial(other), passed: 9 });
  t.match(await printed(t, tools, false), ` 20.19.0      lib/ and addon on v20.x official, hooks of src/ unverified  ${today}, 9 tests passed\n`);
});

t.test('what is printed', async (t) => {
  const { tools } = await project(t);
  t.equal(await printed(t, tools, false), [
    'proposal   budget  v24.x                          v20.x',
    'Numbers:',
    '  one      3       carried, 1 hook line           not applicable: a | b',
    'Ordinals:',
    '  second   -       landed in v26.1.0 and v24.2.0  absent',
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
      topic: 'Numbers',
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
      topic: 'Ordinals',
      upstream: [],
      budget: null,
      lines: {
        'v24.x': { state: 'landed', releases: ['v26.1.0', 'v24.2.0'], hookLines: 0 },
        'v20.x': { state: 'absent', hookLines: 0 },
      },
    },
  ]);
});
