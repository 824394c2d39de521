import t from 'tap';
import { precompile, withPrecompiled } from '../../../build/full/pch.ts';

/** A target's ninja file, as gyp writes and wraps it. */
const target = (units: number, name = 'v8_compiler') => `defines = -DA $
    -DB
cflags_cc = -std=gnu++20

${Array.from({ length: units }, (_, index) => `build obj/${name}.u${index}.o: cxx $
    ../../deps/v8/src/u${index}.cc || $
    obj/${name}.compile_depends.stamp
`).join('')}build obj/${name}.plain.o: cc ../../deps/plain.c || obj/${name}.compile_depends.stamp
build obj/lib${name}.a: alink_thin obj/${name}.u0.o || obj/${name}.compile_depends.stamp
`;

const lines = (text: string) => text.split('\n');

t.test('the units of a target wait for its precompiled headers and read them', async (t) => {
  const text = withPrecompiled(target(12), 'pch/v8_compiler.h')!;
  const made = lines(text);
  t.ok(made.includes('build obj/v8_compiler.u0.o: cxx ../../deps/v8/src/u0.cc | pch/v8_compiler.h.gch || obj/v8_compiler.compile_depends.stamp'));
  t.equal(made.filter((line) => / \| pch\/v8_compiler\.h\.gch \|\| /.test(line)).length, 12);
  t.ok(made.includes('build pch/v8_compiler.h.gch: full_pch pch/v8_compiler.h || obj/v8_compiler.compile_depends.stamp'));
  t.match(made[0], /^cflags_pch_cc = -include pch\/v8_compiler\.h .*-fpch-preprocess/);
  t.ok(made.includes('defines = -DA -DB'), 'flags are as they were');
});

t.test('what is no C++ unit stays', async (t) => {
  const made = lines(withPrecompiled(target(12), 'pch/v8_compiler.h')!);
  t.ok(made.includes('build obj/v8_compiler.plain.o: cc ../../deps/plain.c || obj/v8_compiler.compile_depends.stamp'));
  t.ok(made.includes('build obj/libv8_compiler.a: alink_thin obj/v8_compiler.u0.o || obj/v8_compiler.compile_depends.stamp'));
});

t.test('units that wait for nothing', async (t) => {
  const text = Array.from({ length: 12 }, (_, index) => `build u${index}.o: cxx u${index}.cc\n`).join('');
  const made = lines(withPrecompiled(text, 'pch/x.h')!);
  t.ok(made.includes('build u11.o: cxx u11.cc | pch/x.h.gch'));
  t.ok(made.includes('build pch/x.h.gch: full_pch pch/x.h'));
});

t.test('a target of few units is not worth it', async (t) => {
  t.equal(withPrecompiled(target(11), 'pch/v8_compiler.h'), undefined);
});

const graph = `cxx = g++
rule cxx
  command = $cxx -c $in -o $out
subninja obj/tools/v8_gypfiles/v8_compiler.ninja
subninja obj/node_base.ninja
subninja obj/libnode.ninja
subninja obj/cctest.ninja
build node: phony obj/node
`;

t.test('a graph', async (t) => {
  const read = async (file: string) => target(file === 'obj/libnode.ninja' ? 1 : 20);
  const { files, targets } = await precompile(graph, read, () => false, 'full.ninja');
  t.same(targets, ['v8_compiler', 'node_base'], 'those with many units');
  t.same([...files.keys()].sort(), [
    'full.ninja', 'obj/full-node_base.ninja', 'obj/full-v8_compiler.ninja', 'pch/node_base.h', 'pch/v8_compiler.h',
  ]);
  const changed = files.get('full.ninja')!;
  t.same(changed.match(/^subninja .*$/gm), [
    'subninja obj/full-v8_compiler.ninja', 'subninja obj/full-node_base.ninja',
    'subninja obj/libnode.ninja', 'subninja obj/cctest.ninja',
  ]);
  t.ok(changed.indexOf('rule full_pch\n') < changed.indexOf('subninja '), 'the rule is known where it is used');
  t.equal(changed.match(/^rule full_pch$/gm)?.length, 1);
  t.equal(files.get('pch/v8_compiler.h'), '#include "../../../tools/msvs/pch/v8_pch.h"\n');
  t.equal(files.get('pch/node_base.h'), '#include "../../../tools/msvs/pch/node_pch.h"\n');
});

t.test('headers beyond upstream\'s list, where the line has them', async (t) => {
  const here = (file: string) => file === 'deps/v8/src/codegen/code-stub-assembler.h';
  const initializers = 'subninja obj/tools/v8_gypfiles/v8_initializers.ninja\n';
  const { files } = await precompile(initializers, async () => target(20), here, 'full.ninja');
  t.equal(files.get('pch/v8_initializers.h'),
          '#include "../../../tools/msvs/pch/v8_pch.h"\n#include "src/codegen/code-stub-assembler.h"\n');
});

t.test('a graph without those targets', async (t) => {
  await t.rejects(precompile('subninja obj/cctest.ninja\n', async () => target(20), () => true, 'full.ninja'), {
    name: 'UserError', remedy: /full\/pch\.ts/,
  });
});
