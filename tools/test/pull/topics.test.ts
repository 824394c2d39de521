import t from 'tap';
import { testsAbout, topicsOf } from '../../pull/topics.ts';

t.test('what upstream has tests of', async (t) => {
  t.same(topicsOf(['lib/net.js', 'node.gyp', 'lib/internal/errors.js']), ['net', 'tcp']);
  t.same(topicsOf(['src/tcp_wrap.cc', 'src/udp_wrap.cc', 'src/connection_wrap.h']), ['dgram', 'net', 'pipe', 'tcp']);
  t.same(topicsOf(['lib/_http_agent.js', 'lib/internal/child_process.js']), ['child-process', 'http', 'https']);
  t.same(topicsOf(['lib/internal/http2/core.js', 'lib/internal/tls/wrap.js', 'lib/_tls_wrap.js']), ['http2', 'https', 'tls']);
  t.same(topicsOf(['test/parallel/test-net-a.js', 'doc/api/net.md']), []);
});

t.test('their files', async (t) => {
  const files = ['test/parallel/test-net-a.js', 'test/parallel/test-network.js', 'test/sequential/test-http2-b.mjs', 'test/pummel/test-net-c.js'];
  t.same(files.filter((file) => testsAbout(['net', 'http2']).test(file)), [files[0], files[2]]);
});
