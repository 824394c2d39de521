import { readdir } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { requireReports } from '../../../verify/sanitize/faults.ts';
import { sanitizedGraph } from '../../../verify/sanitize/node.ts';
import { asan, requireFixedAddresses } from '../../../verify/sanitize/sanitizers.ts';
import { program } from '../../files.ts';

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
  const graph = sanitizedGraph(asan, units, 'a=1:log_path=/y');
  t.match(graph, /^include relink\.ninja\n/);
  t.ok(graph.includes(
    'build relink/asan/node_base.tcp_wrap.o: relink_compile ../../src/tcp_wrap.cc || obj/src/node_base.tcp_wrap.o\n' +
    '  command = g++ -MF relink/asan/node_base.tcp_wrap.o.d \'-DX=$$Y\' -O1 -g1 -fPIC -c ../../src/tcp_wrap.cc ' +
    '-o relink/asan/node_base.tcp_wrap.o -fsanitize=address,undefined\n'), 'the unit, at a place of its own');
  t.notMatch(graph, /node_base\.node_javascript/, 'data needs no sanitizer');
  t.ok(graph.includes(
    'build relink/asan/node: relink_link relink/node_main.o relink/node_snapshot.o relink/node_javascript.o ' +
    'relink/asan/node_base.tcp_wrap.o relink/asan/options.o relink/asan/faults.o\n' +
    `  cc = $cc ${asan.flags} ${asan.link}\n`));
  t.match(graph, /-DSANITIZER_OPTIONS="a=1:log_path=\/y"' .*options\.cc/);
});

/** A stand-in for a binary. If SANITIZER_FAULT is the one that it knows, it leaves a report. */
function binary(t: Test, knows: string, report: string) {
  const folder = t.testdir({ logs: {} });
  const node = program(path.join(folder, 'node'),
                       `if [ "$SANITIZER_FAULT" = "${knows}" ]; then echo '${report}' >${folder}/logs/x.$$; kill -ABRT $$; fi`);
  return { node, logs: path.join(folder, 'logs') };
}

t.test('a sanitizer that says nothing', async (t) => {
  const sanitizer = { ...asan, name: 'x' as 'asan', faults: { overflow: /signed integer overflow/ } };
  const good = binary(t, 'overflow', 'x.cc:1:2: runtime error: signed integer overflow: 1 + 2');
  t.same(await requireReports(good.node, sanitizer, good.logs), { did: 'overflow reported' });
  t.same(await readdir(good.logs), [], 'what was found on purpose is forgotten');
  const deaf = binary(t, 'another', 'x.cc:1:2: runtime error: signed integer overflow: 1 + 2');
  await t.rejects(requireReports(deaf.node, sanitizer, deaf.logs), {
    name: 'UserError',
    message: 'node-x does not report a fault that it was made to commit (overflow)',
  });
  const other = binary(t, 'overflow', 'x.cc:1:2: runtime error: division by zero');
  await t.rejects(requireReports(other.node, sanitizer, other.logs), { name: 'UserError' }, 'something else');
});
