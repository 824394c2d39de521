import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { BaseRecord } from '../../base/base.ts';
import { deliver } from '../../build/binary.ts';
import { IncludeGraph } from '../../build/includes.ts';
import { withoutV8 } from '../../build/relink-graph.ts';
import { unitsToCompile } from '../../build/relink.ts';
import { root } from '../../core/paths.ts';
import { program } from '../files.ts';

const files = {
  src: {
    'node_builtins.cc': '#include "node_builtins.h"\n',
    'node_builtins.h': '',
    'tcp_wrap.cc': '#include "tcp_wrap.h"\n',
    'udp_wrap.cc': '#include "node.h"\n#include "udp_wrap.h"\n',
    'udp_wrap.h': '#include "stream.h"\n',
    'tcp_wrap.h': '#include "stream.h"\n',
    'stream.h': '#include "tables.inc"\n',
    'tables.inc': '',
    'plain.c': '',
    'node.h': '',
    'fs.cc': '',
    'unlisted.cc': '#include "stream.h"\n',
  },
};

const units = [
  'src/fs.cc', 'src/node_builtins.cc', 'src/tcp_wrap.cc', 'src/udp_wrap.cc', 'src/plain.c', 'gen/node_javascript.cc',
].map((file) => ({ file, command: `cc ${file}`, output: `obj/${file}.o` }));

const builtins = ['src/node_builtins.cc', 'gen/node_javascript.cc'];

const chosen = (t: Test, ...changed: readonly string[]) =>
  unitsToCompile(units, changed, new IncludeGraph(t.testdir(files), ['src'])).map((unit) => unit.file).sort();

const withBuiltins = (...more: readonly string[]) => [...builtins, ...more].sort();

t.test('the builtins are always compiled', async (t) => {
  t.same(chosen(t), withBuiltins());
});

t.test('what is no C++ compiles nothing more', async (t) => {
  t.same(chosen(t, 'lib/net.js', 'lib/internal/x.js', 'test/parallel/test-x.js', 'doc/api/net.md',
                'benchmark/net/x.js', 'typings/x.d.ts', 'node.gyp'), withBuiltins());
});

t.test('changed units', async (t) => {
  t.same(chosen(t, 'src/tcp_wrap.cc'), withBuiltins('src/tcp_wrap.cc'));
  t.same(chosen(t, 'src/plain.c'), withBuiltins('src/plain.c'), 'C too');
  t.same(chosen(t, 'src/node_builtins.cc'), withBuiltins(), 'each once');
});

t.test('units that a changed header reaches', async (t) => {
  t.same(chosen(t, 'src/udp_wrap.h'), withBuiltins('src/udp_wrap.cc'));
  t.same(chosen(t, 'src/stream.h', 'lib/net.js'), withBuiltins('src/tcp_wrap.cc', 'src/udp_wrap.cc'));
  t.same(chosen(t, 'src/tables.inc'), withBuiltins('src/tcp_wrap.cc', 'src/udp_wrap.cc'));
  t.same(chosen(t, 'src/nobody_includes.h'), withBuiltins());
});

t.test('a unit comes whole, as ninja knows it', async (t) => {
  const picked = unitsToCompile(units, ['src/fs.cc'], new IncludeGraph(t.testdir(files), ['src']));
  t.same(picked.find((unit) => unit.file === 'src/fs.cc'), { file: 'src/fs.cc', command: 'cc src/fs.cc', output: 'obj/src/fs.cc.o' });
});

t.test('what reaches beyond the units is refused', async (t) => {
  for (const file of [
    'deps/uv/src/unix/tcp.c', 'deps/v8/include/v8.h', 'common.gypi', 'node.gypi', 'configure.py', 'tools/js2c.cc',
    'not-src/x.cc', 'node.gyp.orig', 'deps/src/x.cc', 'src/inspector/node_protocol.pdl',
  ]) {
    t.throws(() => chosen(t, 'lib/net.js', file), {
      name: 'UserError',
      message: `the relink lane cannot carry a change to ${file}: the base's library was compiled without it`,
    }, file);
  }
});

t.test('headers that addons are compiled against are refused', async (t) => {
  for (const name of [
    'node', 'node_api', 'node_api_types', 'js_native_api', 'js_native_api_types', 'node_buffer', 'node_object_wrap',
    'node_version',
  ]) {
    t.throws(() => chosen(t, `src/${name}.h`), {
      name: 'UserError',
      message: `the relink lane cannot carry a change to src/${name}.h: native addons are compiled against it`,
    }, name);
  }
  t.doesNotThrow(() => chosen(t, 'src/node_builtins.h'), 'a name that begins like one');
});

t.test('a source that no target lists is refused', async (t) => {
  t.throws(() => chosen(t, 'src/unlisted.cc'), { name: 'UserError', message: 'src/unlisted.cc is in no list of node.gyp' });
  t.throws(() => chosen(t, 'src/new/thing.c'), { message: 'src/new/thing.c is in no list of node.gyp' });
});

t.test('builtins that went elsewhere are noticed', async (t) => {
  const graph = new IncludeGraph(t.testdir(files), ['src']);
  for (const builtin of builtins) {
    t.throws(() => unitsToCompile(units.filter((unit) => unit.file !== builtin), [], graph), {
      name: 'UserError',
      message: `node.gyp has no ${builtin} any more`,
    }, builtin);
  }
});

t.test('units do not wait for V8', async (t) => {
  const rest = 'build gen/x.cc: rule ../../lib/x.js || obj/node.actions_depends.stamp\n';
  t.equal(withoutV8([
    'build obj/node.actions_depends.stamp: stamp $',
    '    obj/deps/simdutf/libsimdutf.a node_js2c $',
    '    obj/tools/v8_gypfiles/libv8_snapshot.a $',
    '    gen/generate-bytecode-output-root/builtins-generated/bytecodes-builtins-list.h $',
    '    obj/tools/v8_gypfiles/v8_inspector_headers.actions_rules_copies.stamp $',
    '    gen/src/regexp/special-case.cc gen/debug-support.cc gen/src/node_protocol.json',
    '',
    'build obj/node.compile_depends.stamp: stamp $',
    '    obj/tools/v8_gypfiles/run_torque.actions_rules_copies.stamp',
    '',
    rest,
  ].join('\n')), [
    'build obj/node.actions_depends.stamp: stamp obj/deps/simdutf/libsimdutf.a node_js2c ' +
    'obj/tools/v8_gypfiles/v8_inspector_headers.actions_rules_copies.stamp gen/src/node_protocol.json',
    '',
    'build obj/node.compile_depends.stamp: stamp',
    '',
    rest,
  ].join('\n'));
  t.equal(withoutV8(rest), rest, 'other statements stay');
});

t.test('a binary that does not start is told of, also where it is in place', async (t) => {
  // It needs a file, just as a binary needs its sysroot.
  const dir = t.testdir({ library: 'v9.0.0 9.0.0-1\n' });
  const base = { version: '9.0.0-1' } as BaseRecord;
  const built = program(path.join(dir, 'built'), 'cat "$(dirname "$0")/library"');
  const node = path.join(dir, 'node');
  t.equal(await deliver(built, node, base), path.relative(root, node));
  const before = statSync(node);
  t.match(await deliver(built, node, base), /is up to date$/);
  rmSync(path.join(dir, 'library'));
  await t.rejects(deliver(built, node, base), { name: 'UserError', message: /library: No such file/, remedy: /make clean/ });
  t.equal(statSync(node).ino, before.ino);
});
