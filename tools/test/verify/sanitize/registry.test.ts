import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { recordOf } from '../../../base/base.ts';
import { toolchain } from '../../../build/configure.ts';
import { linePaths, root } from '../../../core/paths.ts';
import { RegistryProgram } from '../../../verify/sanitize/registry.ts';
import { asan, type Sanitizer, tsan } from '../../../verify/sanitize/sanitizers.ts';

const source = path.join(root, 'src');

/** A line whose tree and libraries are available. */
const line = ['v24.x', 'v20.x'].map(linePaths).find(({ tree }) => existsSync(recordOf(tree)));
const skip = line === undefined ? 'no line is built here' : false;

async function programOf(t: Test, sanitizer: Sanitizer) {
  const { sysroot, tree } = line!;
  const folder = t.testdir({});
  const program = new RegistryProgram({ tools: await toolchain(sysroot), sysroot, tree, source, sanitizer, folder });
  const run = async (binary: string) => program.run(binary, 1, 40, path.join(folder, 'run.log'));
  return { folder, program, run };
}

/** Breaks the registry in one place, which must exist, and expects that to be detected. */
async function broken(
  t: Test,
  { folder, program, run }: Awaited<ReturnType<typeof programOf>>,
  what: string,
  [from, to]: readonly [string, string],
  found: RegExp,
) {
  const text = readFileSync(path.join(source, 'shared_sockets.cc'), 'utf8');
  const [before, after, ...more] = text.split(from);
  t.ok(after !== undefined && more.length === 0, `${what}: the place is there`);
  const file = path.join(folder, 'shared_sockets.cc');
  await writeFile(file, `${before}${to}${after}`);
  t.match((await run(await program.build(file))).found.join('\n'), found, what);
}

t.test('the registry in many threads, its memory watched', { skip }, async (t) => {
  const parts = await programOf(t, asan);
  const { did, found } = await parts.run(await parts.program.build());
  t.same(found, []);
  t.match(did, /^seed 1: 8 threads, 64000 acts.*; nothing is left$/);
  await broken(t, parts, 'a group that stays', ['    registry->Remove(*group);\n    registry->has_closed', '    registry->has_closed'], /registry: error|leak of|heap-use-after-free/);
  await broken(t, parts, 'a path that another process has', ['group->is_handed_on && IsOpen(group->path)', 'false'], /is gone/);
  await broken(t, parts, 'another group that goes with it', [' && known->second == &group', ''], /registry: error/);
  await broken(t, parts, 'a balanced group that keeps a socket', ['err == 0 && !has_own', 'err == 0'], /descriptors, not/);
  await broken(t, parts, 'a share that is not counted', ['    group_->shares++;\n', ''], /heap-use-after-free|registry: error/);
});

t.test('the registry in many threads, their accesses watched', { skip }, async (t) => {
  const parts = await programOf(t, tsan);
  t.same((await parts.run(await parts.program.build())).found, []);
  const unlocked: readonly [string, string] = [
    '    Mutex::ScopedLock lock(GetRegistry()->mutex);\n    group_->shares++;\n', '    group_->shares++;\n',
  ];
  const alone: readonly [string, string] = [
    '    Mutex::ScopedLock lock(registry->mutex);\n    Group* known', '    Mutex own;\n    Mutex::ScopedLock lock(own);\n    Group* known',
  ];
  await broken(t, parts, 'a socket that is got without the lock', alone, /ThreadSanitizer|registry: error/);
  await broken(t, parts, 'a copy without the lock', unlocked, /ThreadSanitizer: data race .*shared_sockets\.cc/);
});
