import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { answering, serveApi } from '../github.ts';
import { printed, project, proposals, today } from './status-project.ts';

t.test('what upstream says', async (t) => {
  const { dir, tools } = await project(t);
  const [pull, issue] = proposals[0]!.upstream as [string, string];
  const merged = {
    title: 'net: add it', state: 'closed', created_at: '2026-06-01T00:00:00Z', closed_at: '2026-06-23T08:00:00Z',
    pull_request: { merged_at: '2026-06-23T08:00:00Z' },
  };
  const { host, close } = await serveApi(t, answering({ '/repos/nodejs/node/issues/1': merged }));
  const closing = (text: string) => text.split('\n').slice(14);
  const rows = [
    'upstream        state                 as asked on  title',
    `nodejs/node#1   merged on 2026-06-23  ${today}   net: add it`,
    'nodejs/node#22  not known             never',
    '',
  ];
  const online = closing(await printed(t, tools, false, true));
  await close();
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
