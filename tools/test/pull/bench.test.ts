import t from 'tap';
import { changesTable, programsOf } from '../../pull/bench.ts';

const filesOf = (...files: string[]) => programsOf(files).map(({ folder, file }) => `${folder}/${file}`);

t.test('the benchmarks of what files change', async (t) => {
  t.same(filesOf('lib/net.js', 'doc/api/net.md'), ['net/net-c2s.js', 'tls/tls-connect.js']);
  t.same(filesOf('lib/internal/tls/wrap.js'), ['tls/tls-connect.js']);
  t.same(filesOf('lib/dgram.js', 'lib/_http_agent.js'), ['dgram/single-buffer.js', 'http/client-request-body.js']);
  t.same(filesOf('lib/internal/child_process.js'), ['child_process/child-process-ipc-roundtrip.js']);
  t.same(filesOf('node.gyp', 'test/parallel/test-net-x.js', 'lib/cluster.js'), []);
});

t.test('the table of what changed', async (t) => {
  const fast = { name: 'fast', change: 0.021, p: 0.3 };
  const table = changesTable([{ name: 'same', change: -0.004, p: 0.9 }, fast], 1.25);
  t.match(table, '| `same` | -0.4 % | 0.900 |\n| `fast` | +2.1 % | 0.300 |\n\nSlower by more than chance explains among 2 (Bonferroni\'s correction, 5 %): none.');
  t.match(table, /the load average was\n1\.3 on \d+ processors? before it began\./);
  t.match(changesTable([{ name: 'slow', change: -0.1, p: 0.001 }, fast], 0), '%): `slow`.');
});
