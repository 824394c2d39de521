import { rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { line } from '../project.ts';
import { git, linesOf, locked, patch, printed, project, today } from './status-project.ts';

t.test('what there is that is newer', async (t) => {
  const { dir, tools, put } = await project(t);
  const row = async () => (await printed(t, tools, false)).split('\n').slice(10, 13).map((said) => said.split(/ {2,}/).slice(0, 5));
  const found = async () => (await linesOf<{ newest: object }>(t, tools))[0]!.newest;
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
  put('lines.json', JSON.stringify({ default: 'v24.x', lines: { 'v24.x': { base: line.base, next: next.next }, 'v20.x': { base: git } } }));
  put('patches/one/v24.x-next.patch', patch.replace('+2', '+next'));
  await tools.recordNewest(next, '24.11.0', { passed: 12, failed: 0 });
  const kept = { ready: true, details: `ready, 12 passed on ${today}, with the hooks kept for it` };
  t.match(await found(), kept);
  put('patches/one/v24.x.patch', patch.replace('+2', '+two'));
  t.match(await found(), kept, 'the line\'s own hooks are not those that were tried');
  put('patches/one/v24.x-next.patch', patch);
  t.match(await found(), { ready: null });
});
