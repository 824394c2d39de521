import t from 'tap';
import { findEngine, fuzzer, progressOf } from '../../../verify/fuzz/native.ts';
import { sanitizedGraph } from '../../../verify/sanitize/node.ts';

t.test('the newest engine for this processor', async (t) => {
  const processor = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const clang = (version: string, archive: string) => ({ lib: { clang: { [version]: { lib: { linux: { [archive]: '' } } } } } });
  const usr = t.testdir({
    'llvm-14': clang('14.0.6', `libclang_rt.fuzzer_no_main-${processor}.a`),
    'llvm-15': clang('15.0.6', `libclang_rt.fuzzer_no_main-${processor}.a`),
    'llvm-16': clang('16', 'libclang_rt.fuzzer_no_main-s390x.a'),
    'git-core': {},
  });
  t.match(await findEngine(usr), new RegExp(`llvm-15/.*-${processor}\\.a$`));
  t.equal(await findEngine(t.testdir({})), undefined);
});

t.test('the binary that it is in', async (t) => {
  const graph = sanitizedGraph(fuzzer('/usr/lib/engine.a'), [], 'a=1');
  t.match(graph, /build relink\/fuzz\/driver\.o: relink_compile \S+\/tools\/verify\/fuzz\/driver\.cc\n/);
  t.match(graph, /build relink\/fuzz\/node: relink_link .* relink\/fuzz\/driver\.o\n/);
  t.match(graph, / -Wl,--whole-archive \/usr\/lib\/engine\.a /);
});

t.test('how far it has got', async (t) => {
  t.strictSame(progressOf(`INFO: Seed: 1
#2\tINITED cov: 3 ft: 4 corp: 1/1b exec/s: 0 rss: 26Mb
#1024\tNEW    cov: 30 ft: 45 corp: 12/90b lim: 8 exec/s: 0 rss: 26Mb L: 3/3 MS: 1 ChangeBit-
Done 2048 runs in 1 second(s)
`), [{ inputs: 2, blocks: 3, kept: 1 }, { inputs: 1024, blocks: 30, kept: 12 }]);
});
