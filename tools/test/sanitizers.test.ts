import t from 'tap';
import { sanitizedGraph } from '../sanitize-node.ts';
import { asan, requireFixedAddresses } from '../sanitizers.ts';

t.test('addresses that are too random', async (t) => {
  const proc = (bits: string, personality: string) => t.testdir({
    sys: { vm: { mmap_rnd_bits: `${bits}\n` } },
    self: { personality: `${personality}\n` },
  });
  await t.resolves(requireFixedAddresses(proc('28', '00000000')));
  await t.resolves(requireFixedAddresses(proc('32', '00040000')), 'setarch -R');
  await t.resolves(requireFixedAddresses(t.testdir({})), 'a kernel that does not say');
  await t.rejects(requireFixedAddresses(proc('32', '00000000')), {
    name: 'UserError',
    message: 'this kernel places memory at random by 32 bits, where the sanitizers can take 28',
    remedy: 'run `setarch -R make sanitize`',
  });
});

t.test('the graph of a binary under a sanitizer', async (t) => {
  const command = (file: string, output: string) => `g++ -MF ${output}.d '-DX=$Y' -O3 -fPIC -c ${file} -o ${output}`;
  const units = [
    { file: 'src/tcp_wrap.cc', output: 'obj/src/node_base.tcp_wrap.o' },
    { file: 'gen/node_javascript.cc', output: 'obj/gen/node_base.node_javascript.o' },
  ].map((unit) => ({ ...unit, command: command(`../../${unit.file}`, unit.output) }));
  const graph = sanitizedGraph(asan, units, { source: '/x/options.cc', text: 'a=1:log_path=/y' });
  t.match(graph, /^include relink\.ninja\n/);
  t.ok(graph.includes('build relink/asan/node_base.tcp_wrap.o: relink_compile ../../src/tcp_wrap.cc || obj/src/node_base.tcp_wrap.o\n' +
    '  command = g++ -MF relink/asan/node_base.tcp_wrap.o.d \'-DX=$$Y\' -O1 -g1 -fPIC -c ../../src/tcp_wrap.cc ' +
    '-o relink/asan/node_base.tcp_wrap.o -fsanitize=address,undefined\n'), 'the unit, at a place of its own');
  t.notMatch(graph, /node_base\.node_javascript/, 'data needs no sanitizer');
  t.ok(graph.includes('build relink/asan/node: relink_link relink/node_main.o relink/node_snapshot.o relink/node_javascript.o ' +
    'relink/asan/options.o relink/asan/node_base.tcp_wrap.o\n  cxx = $cxx -fsanitize=address,undefined\n'));
  t.ok(graph.includes('\'-DSANITIZER_OPTIONS="a=1:log_path=/y"\''));
});
